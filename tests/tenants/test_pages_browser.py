"""The pages in a real browser: readable, reachable by keyboard, usable on a phone and from right to left."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tenants.models import Tenant, User
from tenants.pages.scoped_admin import TenantScopedAdmin
from tests.support.accessibility import violations
from tests.support.browser import leaving
from tests.support.factories import new_key, new_tenant
from tests.support.model_rows import new_row
from tests.support.page_checks import DESK, PHONE, ask, darken, show_as
from tests.support.people import new_platform_admin
from tests.support.web_server import WebServer

OpenPage = Callable[..., Chrome]
Findings = dict[str, Any]


def own_pages() -> list[str]:
    return [reverse(f"admin:{name}") for name in ("index", "pick_tenant", "password_change")]


def pages_of(app: str) -> list[str]:
    """The list and the form for a new row of every screen of an app."""
    screens = [model._meta.model_name for model in admin.site._registry if model._meta.app_label == app]
    return [reverse(f"admin:{app}_{screen}_{page}") for screen in screens for page in ("changelist", "add")]


@pytest.fixture
def open_page(browser: Chrome, server: WebServer, platform_admin: User, tenant: Tenant) -> OpenPage:
    """Open pages as a platform admin who looks at a tenant: `open_page("/admin/", language="ar")`."""
    new_key(tenant)
    signed_in = Client()
    signed_in.force_login(platform_admin)
    signed_in.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    browser.get(server.base_url + "/admin/login/")
    browser.add_cookie({"name": "sessionid", "value": signed_in.cookies["sessionid"].value})

    def open_it(address: str, *, language: str = "en") -> Chrome:
        browser.add_cookie({"name": "django_language", "value": language})
        browser.execute_script("localStorage.setItem('theme', 'light')")
        browser.get(server.base_url + address)
        return browser

    return open_it


def findings(open_page: OpenPage, browser: Chrome, address: str) -> Findings:
    """Return what each check finds on a page, which is loaded once a language; nothing where it may not be opened.

    Checked are: no page is wider than a phone; every text has enough contrast, in the dark as well; every control has a
    name and is large enough; the rules of WCAG that a program can tell.
    """
    show_as(browser, PHONE)
    page = open_page(address, language="ar")
    if not page.find_elements(By.ID, "header"):
        return {}
    found: Findings = {"wider than a phone (ar)": max(0, ask(page, "overflow"))}
    found["wider than a phone (en)"] = max(0, ask(open_page(address), "overflow"))
    show_as(page, DESK)
    found |= {check: ask(page, check) for check in ("lowContrast", "withoutName", "smallTargets")}
    found["wcag"] = violations(page)
    darken(page)
    found["lowContrast (dark)"] = ask(page, "lowContrast")
    return found


@pytest.mark.parametrize("app", sorted({model._meta.app_label for model in admin.site._registry}))
def test_every_page_is_readable_and_reachable(app: str, browser: Chrome, open_page: OpenPage) -> None:
    addresses = pages_of(app) + (own_pages() if app == "tenants" else [])
    found = {address: findings(open_page, browser, address) for address in addresses}
    lists = [address for address in addresses if not address.endswith("/add/")]
    assert lists
    assert all(found[address] for address in lists), "a page that is not there was checked"
    wrong = {address: {check: value for check, value in found[address].items() if value} for address in found}
    assert {address: checks for address, checks in wrong.items() if checks} == {}


def test_pages_were_looked_at_in_both_themes(open_page: OpenPage) -> None:
    """The checks above would find nothing on pages that were not dark."""
    page = open_page("/admin/")
    body = page.find_element(By.TAG_NAME, "body")
    light = body.value_of_css_property("background-color")
    darken(page)
    assert body.value_of_css_property("background-color") != light


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
    assert any('type="submit"' in name and "Create the key" in name for name in reached)


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
