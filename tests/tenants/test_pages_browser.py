"""The pages in a real browser: readable, reachable by keyboard, usable on a phone and from right to left."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from tenants.models import Tenant, User
from tenants.scoped_admin import TenantScopedAdmin
from tests.accessibility import violations
from tests.factories import new_key, new_tenant
from tests.tenants.conftest import new_platform_admin
from tests.tenants.rows import new_row
from tests.web_server import WebServer

CHECKS = Path(__file__).with_name("page_checks.js").read_text()


def ask(page: Chrome, check: str) -> Any:
    """Run one of the checks of page_checks.js on a page."""
    return page.execute_script(f"{CHECKS}\nreturn {check}()")


def every_page() -> list[str]:
    """The first page, the lists and the forms for new rows of every screen, and the pages of one's own."""
    own = ["admin:index", "admin:pick_tenant", "admin:password_change"]
    screens = [f"admin:{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    names = [*own, *(f"{screen}_{page}" for screen in screens for page in ("changelist", "add"))]
    return [reverse(name) for name in names]


@pytest.fixture
def open_page(
    browser: Chrome, server: WebServer, platform_admin: User, tenant: Tenant
) -> Iterator[Callable[..., Chrome]]:
    """Open a page as a platform admin who looks at a tenant: `open_page("/admin/", theme="dark", language="ar")`."""
    new_key(tenant)
    signed_in = Client()
    signed_in.force_login(platform_admin)
    signed_in.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    browser.get(server.base_url + "/admin/login/")
    browser.add_cookie({"name": "sessionid", "value": signed_in.cookies["sessionid"].value})

    def open_it(address: str, *, theme: str = "light", language: str = "en") -> Chrome:
        browser.add_cookie({"name": "django_language", "value": language})
        browser.execute_script("localStorage.setItem('theme', arguments[0])", theme)
        browser.get(server.base_url + address)
        return browser

    yield open_it
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def pages_open_to_the_reader(open_page: Callable[..., Chrome], **settings: str) -> Iterator[tuple[str, Chrome]]:
    for address in every_page():
        page = open_page(address, **settings)
        if page.find_elements(By.ID, "header"):  # else the reader may not add such rows
            yield address, page


def with_phone(browser: Chrome) -> None:
    phone = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_enough_contrast(theme: str, open_page: Callable[..., Chrome]) -> None:
    faint = {
        address: found
        for address, page in pages_open_to_the_reader(open_page, theme=theme)
        if (found := ask(page, "lowContrast"))
    }
    assert faint == {}


def test_every_page_keeps_the_rules_of_wcag_that_a_program_can_tell(open_page: Callable[..., Chrome]) -> None:
    broken = {address: found for address, page in pages_open_to_the_reader(open_page) if (found := violations(page))}
    assert broken == {}


def test_every_control_has_a_name_and_is_large_enough(open_page: Callable[..., Chrome]) -> None:
    unnamed, small = {}, {}
    for address, page in pages_open_to_the_reader(open_page):
        unnamed[address] = ask(page, "withoutName")
        small[address] = ask(page, "smallTargets")
    assert {address: found for address, found in unnamed.items() if found} == {}
    assert {address: found for address, found in small.items() if found} == {}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_is_wider_than_a_phone(language: str, browser: Chrome, open_page: Callable[..., Chrome]) -> None:
    with_phone(browser)
    wide = {
        address: excess
        for address, page in pages_open_to_the_reader(open_page, language=language)
        if (excess := ask(page, "overflow")) > 0
    }
    assert wide == {}


def test_no_list_is_cut_on_a_laptop(browser: Chrome, open_page: Callable[..., Chrome]) -> None:
    """Every screen with a row in it, on a window of 1280 pixels; with all tenants, whose column needs room too."""
    laptop = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", laptop)
    open_page("/admin/tenant/")
    _submit(browser, "button[value='all']")
    cut = {}
    for model, screen in admin.site._registry.items():
        if not isinstance(screen, TenantScopedAdmin):
            continue
        new_row(model, new_tenant(), "a name of two words ")
        page = open_page(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        cut[model._meta.label] = (ask(page, "overflow"), ask(page, "hiddenByList"))
    assert {label: found for label, found in cut.items() if max(found) > 0} == {}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(open_page: Callable[..., Chrome]) -> None:
    page = open_page("/admin/tenants/apikey/add/")
    page.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    body = page.find_element(By.TAG_NAME, "body")
    reached: list[str] = []
    for _ in range(150):
        (page.switch_to.active_element if reached else body).send_keys(Keys.TAB)
        focus = ask(page, "focus")
        if focus["is_body"]:
            break
        assert focus["outline"], focus["name"]
        reached.append(focus["name"])
    assert any('name="name"' in name for name in reached)
    assert any('type="submit"' in name and "Make the key" in name for name in reached)


def test_arabic_pages_run_from_right_to_left(open_page: Callable[..., Chrome]) -> None:
    page = open_page("/admin/", language="ar")
    html = page.find_element(By.TAG_NAME, "html")
    assert (html.get_attribute("lang"), html.get_attribute("dir")) == ("ar", "rtl")
    name = page.find_element(By.ID, "site-name").rect
    tools = page.find_element(By.ID, "user-tools").rect
    assert name["x"] > tools["x"]


def test_signing_in_choosing_a_tenant_and_making_a_key_works_without_script(
    browser: Chrome, server: WebServer, tenant: Tenant
) -> None:
    person = new_platform_admin()
    person.set_password("correct-horse-battery-staple")
    person.save()
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(server.base_url + "/")
        browser.find_element(By.ID, "id_username").send_keys(person.username)
        browser.find_element(By.ID, "id_password").send_keys("correct-horse-battery-staple")
        _submit(browser, "#login-form [type=submit]")
        browser.get(server.base_url + "/admin/tenant/")
        _submit(browser, f"button[value='{tenant.id}']")
        browser.get(server.base_url + "/admin/tenants/apikey/add/")
        browser.find_element(By.ID, "id_name").send_keys("CRM")
        _submit(browser, "#content-main [type=submit]")
        assert browser.find_element(By.ID, "secret").text.startswith("qfa_")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def _submit(browser: Chrome, button: str) -> None:
    """Press a button and wait until the page that it was on is gone."""
    pressed = browser.find_element(By.CSS_SELECTOR, button)
    pressed.click()
    wait = WebDriverWait(browser, 15, ignored_exceptions=[WebDriverException])  # while one page takes another's place
    wait.until(expected_conditions.staleness_of(pressed))
