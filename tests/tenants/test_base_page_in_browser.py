"""The base of our own pages in a real browser."""

from collections.abc import Callable

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tenants.models import Role, Tenant
from tests.support.browser import until
from tests.support.page_checks import SMALLEST_PHONE, findings, show_as
from tests.support.people import new_person, pages_for
from tests.support.web_server import WebServer

PAGES = ["/usage/", "/usage/months/", "/usage/health/", "/privacy/", "/admin/tenant/", "/admin/usage/llmcall/"]
Opener = Callable[..., Chrome]


@pytest.fixture
def open_page(browser: Chrome, server: WebServer, tenant: Tenant, other_tenant: Tenant) -> Opener:
    """Open pages as a manager of two tenants: `open_page("/usage/", language="ar")`."""
    manager = new_person((tenant, Role.TENANT_MANAGER), (other_tenant, Role.VIEWER))
    signed_in = pages_for(manager)
    signed_in.post("/admin/tenant/", {"tenant_id": str(tenant.id)})
    browser.get(server.base_url + "/admin/login/")
    browser.add_cookie({"name": "sessionid", "value": signed_in.cookies["sessionid"].value})

    def open_it(address: str, *, language: str = "en") -> Chrome:
        browser.add_cookie({"name": "django_language", "value": language})
        browser.get(server.base_url + address)
        return browser

    return open_it


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_readable_and_fits_the_smallest_phone(address: str, open_page: Opener, browser: Chrome) -> None:
    found = findings(browser, open_page, address)
    assert browser.find_elements(By.CSS_SELECTOR, "#menu a")
    assert found == {}


def test_the_menu_opens_on_a_phone_without_script(open_page: Opener, browser: Chrome) -> None:
    show_as(browser, SMALLEST_PHONE)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page = open_page("/usage/")
    menu = page.find_element(By.ID, "menu")
    assert not menu.is_displayed()
    page.find_element(By.CLASS_NAME, "menu-button").click()
    until(menu.is_displayed)
    menu.find_element(By.CLASS_NAME, "menu-close").click()
    until(lambda: not menu.is_displayed())


def test_the_first_stop_of_the_keyboard_skips_the_menu(open_page: Opener) -> None:
    page = open_page("/usage/")
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    link = page.switch_to.active_element
    assert link.text == "Skip to main content"
    link.send_keys(Keys.ENTER)
    until(lambda: page.switch_to.active_element.get_attribute("id") == "content-start")
