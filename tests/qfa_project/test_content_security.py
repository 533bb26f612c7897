"""Pages load from the platform alone, and work under the policy that says so."""

import httpx
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tenants.models import Tenant
from tests.support.browser import until
from tests.support.web_server import WebServer


@pytest.mark.parametrize("path", ["/admin/login/", "/v1/docs/", "/v1/health", "/nowhere"])
def test_every_answer_says_what_a_page_may_load(server: WebServer, path: str) -> None:
    policy = httpx.get(server.base_url + path, trust_env=False).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy


def test_the_documentation_of_the_api_is_shown_under_the_policy(
    server: WebServer, browser: Chrome, tenant: Tenant, other_tenant: Tenant
) -> None:
    browser.get(f"{server.base_url}/v1/docs/")
    until(lambda: browser.find_elements(By.CSS_SELECTOR, ".opblock"))
    until(lambda: browser.find_element(By.TAG_NAME, "body").text, lambda text: "/v1/summarize" in text)
    assert [entry for entry in console(browser) if "Content Security" in entry["message"]] == []


def test_the_sign_in_page_breaks_no_rule_of_the_policy(
    server: WebServer, browser: Chrome, tenant: Tenant, other_tenant: Tenant
) -> None:
    browser.get(f"{server.base_url}/admin/login/")
    assert [entry for entry in console(browser) if "Content Security" in entry["message"]] == []


def console(browser: Chrome) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return entries
