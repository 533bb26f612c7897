"""The framework editor in a real browser: opened, searched, moved by keyboard, edited, merged, compared, published."""

import os
from pathlib import Path

import pytest
from django.test import Client
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from coding.formats.files import read_file
from coding.models import FrameworkVersion, VersionStatus
from coding.services import import_framework, start_draft
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.coding.factories import new_published
from tests.coding.test_admin import client_of
from tests.coding.test_editor import outline
from tests.factories import ACTOR
from tests.web_server import WebServer

SECONDS = 10
SHIPPED = Path(__file__).resolve().parents[2] / "coding" / "demo" / "framework.json"
SCREENSHOTS = os.environ.get("EDITOR_SCREENSHOTS")


@pytest.fixture
def draft(tenant: Tenant) -> FrameworkVersion:
    published = new_published(tenant.id, name="Flood response")
    return start_draft(framework=published.framework, actor_id=ACTOR)


@pytest.fixture
def page(browser: Chrome, server: WebServer, tenant: Tenant, draft: FrameworkVersion) -> Chrome:
    """A browser in which an editor of the tenant has opened the draft."""
    editor: Client = client_of(tenant, Role.FRAMEWORK_EDITOR)
    browser.get(f"{server.base_url}/v1/health")
    browser.add_cookie({"name": "sessionid", "value": editor.cookies["sessionid"].value})
    browser.get(f"{server.base_url}/admin/coding/frameworkversion/{draft.pk}/editor/")
    return browser


def link(page: Chrome, name: str) -> WebElement:
    return page.find_element(By.XPATH, f"//ul[@id='tree']//a[.='{name}']")


def wait_for_status(page: Chrome, text: str) -> None:
    WebDriverWait(page, SECONDS).until(lambda _: page.find_element(By.ID, "status").text == text)


def keep_picture(page: Chrome, name: str) -> None:
    """Keep a picture for the docs, when EDITOR_SCREENSHOTS names a directory."""
    if SCREENSHOTS:
        page.save_screenshot(str(Path(SCREENSHOTS) / f"{name}.png"))


def press(page: Chrome, button: str) -> None:
    page.find_element(By.XPATH, f"//section[@id='code']//button[normalize-space()='{button}']").click()


def test_a_draft_is_edited_and_published_in_the_browser(page: Chrome, draft: FrameworkVersion) -> None:
    assert "9 codes" in page.find_element(By.ID, "status").text
    search = page.find_element(By.ID, "q")
    search.send_keys("pump")
    wait_for_status(page, "1")
    assert not link(page, "Taste").is_displayed()
    assert link(page, "Broken pump").is_displayed()
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.DELETE)
    WebDriverWait(page, SECONDS).until(lambda _: link(page, "Taste").is_displayed())

    link(page, "Broken pump").send_keys(Keys.ALT, Keys.ARROW_UP)
    wait_for_status(page, "Water > Supply > Broken pump")
    assert outline(draft)[2:4] == ["  Broken pump", "  Queue"]
    link(page, "Queue").send_keys(Keys.ALT, Keys.ARROW_RIGHT)
    wait_for_status(page, "Water > Supply > Broken pump > Queue")
    link(page, "Queue").send_keys(Keys.ALT, Keys.ARROW_LEFT)
    wait_for_status(page, "Water > Supply > Queue")

    link(page, "Queue").click()
    definition = WebDriverWait(page, SECONDS).until(lambda _: page.find_element(By.NAME, "definition"))
    definition.send_keys("People wait for water.")
    press(page, "Save")
    WebDriverWait(page, SECONDS).until(lambda _: "Queue is saved." in page.page_source)
    assert link(page, "Queue").get_attribute("aria-current") == "true"
    keep_picture(page, "editor")

    page.find_element(By.ID, "merge-target").send_keys("Broken pump")
    press(page, "Merge")
    WebDriverWait(page, SECONDS).until(lambda _: link(page, "Broken pump").get_attribute("aria-current") == "true")
    assert "retired" in str(link(page, "Queue").get_attribute("class"))

    page.find_element(By.CSS_SELECTOR, "a[href$='/diff/']").click()
    WebDriverWait(page, SECONDS).until(lambda _: "1 merged" in page.page_source)
    keep_picture(page, "differences")
    page.back()
    WebDriverWait(page, SECONDS).until(lambda _: page.find_element(By.ID, "tree"))
    page.find_element(By.CSS_SELECTOR, "a[href$='/publish/']").click()
    WebDriverWait(page, SECONDS).until(lambda _: page.find_element(By.CSS_SELECTOR, "input[value='Publish']")).click()
    WebDriverWait(page, SECONDS).until(lambda _: "codes from now on" in page.page_source)
    with tenant_scope(draft.tenant_id):
        draft.refresh_from_db()
    assert draft.status == VersionStatus.PUBLISHED


def test_arrow_keys_walk_the_tree_and_what_is_folded_stays_folded(page: Chrome) -> None:
    link(page, "Water").send_keys(Keys.ARROW_DOWN)
    assert page.switch_to.active_element.text == "Supply"
    page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    WebDriverWait(page, SECONDS).until(lambda _: not link(page, "Queue").is_displayed())
    page.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert page.switch_to.active_element.text == "Quality"
    link(page, "Clinic").click()
    WebDriverWait(page, SECONDS).until(lambda _: page.find_elements(By.NAME, "definition"))
    assert not link(page, "Queue").is_displayed()


def test_a_code_is_dragged_under_another(page: Chrome, draft: FrameworkVersion) -> None:
    ActionChains(page).drag_and_drop(link(page, "Taste"), link(page, "Clinic")).perform()
    wait_for_status(page, "Health > Clinic > Taste")
    assert outline(draft)[-2:] == ["  Opening hours", "  Taste"]


def test_a_refused_move_is_said_and_the_tree_stays(page: Chrome, draft: FrameworkVersion) -> None:
    before = outline(draft)
    link(page, "Water").send_keys(Keys.ALT, Keys.ARROW_LEFT)
    wait_for_status(page, "It cannot be moved there.")
    assert outline(draft) == before


def test_the_shipped_framework_opens_at_a_code(page: Chrome, server: WebServer, tenant: Tenant) -> None:
    imported = read_file(SHIPPED.name, SHIPPED.read_bytes())
    large = import_framework(tenant_id=tenant.id, imported=imported, actor_id=ACTOR)
    with tenant_scope(tenant.id):
        code = large.codes.get(external_id="question-water-points")
    page.get(f"{server.base_url}/admin/coding/frameworkversion/{large.pk}/editor/?code={code.pk}")
    assert link(page, code.name).is_displayed()
    assert "126 codes" in page.find_element(By.ID, "status").text
    keep_picture(page, "framework-editor")


def test_the_editor_fits_a_phone(page: Chrome) -> None:
    page.set_window_size(390, 844)
    link(page, "Queue").click()
    WebDriverWait(page, SECONDS).until(lambda _: page.find_elements(By.NAME, "definition"))
    script = "return document.querySelector('#editor').scrollWidth - document.documentElement.clientWidth"
    keep_picture(page, "editor-phone")
    assert page.execute_script(script) <= 0
    keep_picture(page, "editor-phone")


def test_without_script_every_act_is_still_there(page: Chrome, draft: FrameworkVersion) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.refresh()
        link(page, "Broken pump").click()
        press(page, "↑ Up")
        WebDriverWait(page, SECONDS).until(lambda _: outline(draft)[2] == "  Broken pump")
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
