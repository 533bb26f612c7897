"""The pages in a real browser: readable, reachable by keyboard, usable on a phone and from right to left."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tenants.models import Tenant, User
from tenants.pages.scoped_admin import TenantScopedAdmin
from tests.support.accessibility import violations
from tests.support.browser import Chromium, leaving
from tests.support.factories import new_key, new_tenant
from tests.support.model_rows import new_row
from tests.support.page_checks import DESK, PHONE, ask, darken, show_as
from tests.support.people import new_platform_admin
from tests.support.web_server import WebServer

OpenPage = Callable[..., Chrome]
Findings = dict[str, Any]


def every_page() -> list[str]:
    """The first page, the lists and the forms for new rows of every screen, and the pages of one's own."""
    own = ["admin:index", "admin:pick_tenant", "admin:password_change"]
    screens = [f"admin:{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    names = [*own, *(f"{screen}_{page}" for screen in screens for page in ("changelist", "add"))]
    return [reverse(name) for name in names]


def reading(browser: Chrome, server: WebServer, reader: User, tenant: Tenant) -> OpenPage:
    """Open pages as somebody who looks at a tenant: `open_page("/admin/", language="ar")`."""
    new_key(tenant)
    signed_in = Client()
    signed_in.force_login(reader)
    signed_in.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    browser.get(server.base_url + "/admin/login/")
    browser.add_cookie({"name": "sessionid", "value": signed_in.cookies["sessionid"].value})

    def open_it(address: str, *, language: str = "en") -> Chrome:
        browser.add_cookie({"name": "django_language", "value": language})
        browser.execute_script("localStorage.setItem('theme', 'light')")
        browser.get(server.base_url + address)
        return browser

    return open_it


@pytest.fixture
def open_page(browser: Chrome, server: WebServer, platform_admin: User, tenant: Tenant) -> OpenPage:
    return reading(browser, server, platform_admin, tenant)


def findings(open_page: OpenPage, browser: Chrome, address: str) -> Findings:
    """What each check finds on a page, which is loaded once a language; nothing where the reader may not open it."""
    show_as(browser, PHONE)
    page = open_page(address, language="ar")
    if not page.find_elements(By.ID, "header"):
        return {}
    found: Findings = {"overflow (ar)": ask(page, "overflow")}
    found["overflow (en)"] = ask(open_page(address), "overflow")
    show_as(page, DESK)
    found |= {check: ask(page, check) for check in ("lowContrast", "withoutName", "smallTargets")}
    found["wcag"] = violations(page)
    darken(page)
    found["lowContrast (dark)"] = ask(page, "lowContrast")
    return found


@pytest.fixture(scope="module")
def found(
    chromium: Chromium, server: WebServer, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> dict[str, Findings]:
    """What every check finds on every page, as a platform admin reads it: opening them takes long."""
    with django_db_blocker.unblock():
        browser = chromium.emptied()
        open_page = reading(browser, server, new_platform_admin(), new_tenant())
        pages = {address: findings(open_page, browser, address) for address in every_page()}
    return {address: found for address, found in pages.items() if found}


def test_every_page_was_looked_at_in_both_themes(found: dict[str, Findings], open_page: OpenPage) -> None:
    """The checks after this one would find nothing on pages that were not there, or not dark."""
    assert len(found) > len(admin.site._registry)
    page = open_page("/admin/")
    body = page.find_element(By.TAG_NAME, "body")
    light = body.value_of_css_property("background-color")
    darken(page)
    assert body.value_of_css_property("background-color") != light


@pytest.mark.parametrize(
    "check",
    [
        pytest.param("lowContrast", id="every text has enough contrast"),
        pytest.param("lowContrast (dark)", id="every text has enough contrast in the dark"),
        pytest.param("wcag", id="the rules of WCAG that a program can tell are kept"),
        pytest.param("withoutName", id="every control has a name"),
        pytest.param("smallTargets", id="every control is large enough"),
    ],
)
def test_every_page_is_readable_and_reachable(check: str, found: dict[str, Findings]) -> None:
    assert {address: each[check] for address, each in found.items() if each[check]} == {}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_is_wider_than_a_phone(language: str, found: dict[str, Findings]) -> None:
    excess = {address: each[f"overflow ({language})"] for address, each in found.items()}
    assert {address: pixels for address, pixels in excess.items() if pixels > 0} == {}


def test_no_list_is_cut_on_a_laptop(browser: Chrome, open_page: OpenPage) -> None:
    """Every screen with a row in it, on a window of 1280 pixels; with all tenants, whose column needs room too."""
    show_as(browser, DESK)
    open_page("/admin/tenant/")
    with leaving(browser):
        browser.find_element(By.CSS_SELECTOR, "button[value='all']").click()
    cut = {}
    for model, screen in admin.site._registry.items():
        if not isinstance(screen, TenantScopedAdmin):
            continue
        new_row(model, new_tenant(), "a name of two words ")
        page = open_page(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        cut[model._meta.label] = (ask(page, "overflow"), ask(page, "hiddenByList"))
    assert {label: found for label, found in cut.items() if max(found) > 0} == {}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(open_page: OpenPage) -> None:
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


def test_arabic_pages_run_from_right_to_left(open_page: OpenPage) -> None:
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
    browser.get(server.base_url + "/")
    browser.find_element(By.ID, "id_username").send_keys(person.username)
    browser.find_element(By.ID, "id_password").send_keys("correct-horse-battery-staple")
    with leaving(browser):
        browser.find_element(By.CSS_SELECTOR, "#login-form [type=submit]").click()
    browser.get(server.base_url + "/admin/tenant/")
    with leaving(browser):
        browser.find_element(By.CSS_SELECTOR, f"button[value='{tenant.id}']").click()
    browser.get(server.base_url + "/admin/tenants/apikey/add/")
    browser.find_element(By.ID, "id_name").send_keys("CRM")
    with leaving(browser):
        browser.find_element(By.CSS_SELECTOR, "#content-main [type=submit]").click()
    assert browser.find_element(By.ID, "secret").text.startswith("qfa_")
