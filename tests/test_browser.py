"""The browser of the page tests: it reaches the server under test, keeps nothing, and waits for what comes late."""

from pathlib import Path

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome

from tests.support.browser import Chromium, leaving, running_chromium, until, until_equal
from tests.support.web_server import WebServer


def test_the_login_page_shows_in_a_browser(browser: Chrome, server: WebServer) -> None:
    browser.get(f"{server.base_url}/admin/")
    assert browser.find_element("name", "password").is_displayed()
    browser.add_cookie({"name": "left_over", "value": "1"})


def test_the_next_test_finds_no_cookies(browser: Chrome, server: WebServer) -> None:
    browser.get(f"{server.base_url}/v1/health")
    assert browser.get_cookies() == []
    assert '"status"' in browser.page_source


def test_what_a_test_has_set_is_gone_for_the_next(chromium: Chromium, server: WebServer) -> None:
    page = chromium.emptied()
    page.get(f"{server.base_url}/admin/login/")
    page.execute_script("localStorage.setItem('left_over', '1')")
    page.switch_to.new_window("tab")
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    screen = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page = chromium.emptied()
    page.get(f"{server.base_url}/admin/login/")
    assert page.execute_script("return [innerWidth, localStorage.getItem('left_over')]") == [1280, None]
    page.get("data:text/html,<script>document.title = 'by script'</script>")
    assert page.title == "by script"
    assert len(page.window_handles) == 1


@pytest.mark.parametrize("died", ["Page", "Browser"])
def test_a_browser_that_has_died_is_started_anew_for_the_next_test(died: str, tmp_path: Path) -> None:
    with running_chromium(tmp_path) as own:
        page = own.emptied()
        with pytest.raises(WebDriverException):
            page.execute_cdp_cmd(f"{died}.crash", {})
        page = own.emptied()
        page.get("data:text/html,<title>alive</title>")
        assert page.title == "alive"


def test_a_page_that_comes_late_is_waited_for(browser: Chrome, server: WebServer) -> None:
    browser.get(f"{server.base_url}/v1/health")
    with leaving(browser):
        browser.execute_script("setTimeout(() => location.assign('/admin/login/'), 500)")
    assert browser.find_element("name", "password").is_displayed()
    with leaving(browser):
        browser.execute_script("setTimeout(() => history.back(), 500)")
    assert '"status"' in browser.page_source


def test_what_is_not_there_yet_is_no_error_and_nothing_is_read_twice_that_holds(browser: Chrome) -> None:
    browser.get("data:text/html,<p id=old>old</p>")
    replace = "setTimeout(() => document.body.innerHTML = '<p id=new>new</p>', 500)"
    old = browser.find_element("id", "old")
    browser.execute_script(replace)
    reads: list[str] = []

    def read() -> str:
        text = browser.find_element("id", "new").text
        reads.append(text)
        return text

    assert until(read) == "new"
    assert reads == ["new"]
    with pytest.raises(AssertionError, match="StaleElementReference"):
        until(lambda: old.text, seconds=0.2)


def test_what_never_comes_fails_with_what_was_read_last(browser: Chrome) -> None:
    browser.get("data:text/html,<title>still here</title>")
    with pytest.raises(AssertionError, match="still here"):
        until_equal(lambda: browser.title, "gone", seconds=0.2)
