"""The browser of the page tests reaches the server under test and starts each test without a session."""

from selenium.webdriver import Chrome

from tests.web_server import WebServer


def test_the_login_page_shows_in_a_browser(browser: Chrome, server: WebServer) -> None:
    browser.get(f"{server.base_url}/admin/")
    assert browser.find_element("name", "password").is_displayed()
    browser.add_cookie({"name": "left_over", "value": "1"})


def test_the_next_test_finds_no_cookies(browser: Chrome, server: WebServer) -> None:
    browser.get(f"{server.base_url}/v1/health")
    assert browser.get_cookies() == []
    assert '"status"' in browser.page_source
