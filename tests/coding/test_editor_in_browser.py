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

from coding.frameworks import editing
from coding.frameworks.formats.registry import read_file
from coding.frameworks.services import import_framework, start_draft
from coding.models import CodeAssignment, FrameworkVersion, VersionStatus
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.accessibility import accessible, violations
from tests.support.browser import leaving, resize, until, until_equal
from tests.support.factories import ACTOR
from tests.support.framework_pages import client_of, outline
from tests.support.frameworks import new_published
from tests.support.page_checks import ask, show_as
from tests.support.web_server import WebServer

SHIPPED = Path(__file__).resolve().parents[2] / "coding" / "demo" / "framework.json"
SCREENSHOTS = os.environ.get("EDITOR_SCREENSHOTS")


@pytest.fixture
def draft(tenant: Tenant) -> FrameworkVersion:
    published = new_published(tenant.id, name="Flood response")
    return start_draft(framework=published.framework, actor_id=ACTOR)


@pytest.fixture
def storing_draft(tenant: Tenant, draft: FrameworkVersion) -> FrameworkVersion:
    """The draft with something in every page: a change, a finding and stored codings."""
    with tenant_scope(tenant.id):
        published = FrameworkVersion.objects.get(framework=draft.framework, number=1)
        for name in ("Queue", "Taste"):
            CodeAssignment.objects.create(
                record_reference=name,
                framework_version=published,
                code=published.codes.get(name=name),
                evidence=name,
                assigned_by="test",
            )
        merged, into = (draft.codes.get(name=name) for name in ("Taste", "Broken pump"))
        editing.merge_codes(code=merged, into=into, actor_id=ACTOR)
        editing.change_code(code=into, colour="#aa3300", is_sensitive=True, actor_id=ACTOR)
    return draft


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


def status(page: Chrome) -> str:
    """Return the text of the live region."""
    return page.find_element(By.ID, "status").text


def wait_for_status(page: Chrome, text: str) -> None:
    until_equal(lambda: status(page), text)


def wait_for_focus(page: Chrome, tag: str, text: str) -> None:
    def focused() -> tuple[str, str]:
        element = page.switch_to.active_element
        return element.tag_name, element.text

    until_equal(focused, (tag, text))


def wait_until_shown(page: Chrome, name: str, *, shown: bool = True) -> None:
    until_equal(lambda: link(page, name).is_displayed(), shown)


def select(page: Chrome, name: str) -> None:
    """Open the page of a code from the tree."""
    with leaving(page):
        link(page, name).click()


def keep_picture(page: Chrome, name: str) -> None:
    """Keep a picture for the docs, when EDITOR_SCREENSHOTS names a directory."""
    if SCREENSHOTS:
        page.save_screenshot(str(Path(SCREENSHOTS) / f"{name}.png"))


def press(page: Chrome, button: str) -> None:
    """Press a button of the selected code; each of them leaves the page."""
    found = page.find_element(By.XPATH, f"//section[@id='code']//button[normalize-space()='{button}']")
    with leaving(page):
        found.click()


def follow(page: Chrome, ending: str) -> None:
    """Follow the link whose address ends so."""
    with leaving(page):
        page.find_element(By.CSS_SELECTOR, f"a[href$='{ending}']").click()


def slow_down_the_next_answer(page: Chrome) -> None:
    """Let the page's next request be on its way for a second; those after it are not held up."""
    page.execute_script(
        "const real = window.fetch; window.fetch = async (...what) => {"
        "window.fetch = real; await new Promise(done => setTimeout(done, 1000)); return real(...what); }"
    )


def test_a_draft_is_edited_and_published_in_the_browser(page: Chrome, draft: FrameworkVersion) -> None:
    assert "9 codes" in status(page)
    search = page.find_element(By.ID, "q")
    search.send_keys("pump")
    wait_for_status(page, "Results: 1")
    assert not link(page, "Taste").is_displayed()
    assert link(page, "Broken pump").is_displayed()
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.DELETE)
    wait_until_shown(page, "Taste")

    link(page, "Broken pump").send_keys(Keys.ALT, Keys.ARROW_UP)
    wait_for_status(page, "Moved: Water > Supply > Broken pump (1/2)")
    assert outline(draft)[2:4] == ["  Broken pump", "  Queue"]
    link(page, "Queue").send_keys(Keys.ALT, Keys.ARROW_RIGHT)
    wait_for_status(page, "Moved: Water > Supply > Broken pump > Queue (1/1)")
    link(page, "Queue").send_keys(Keys.ALT, Keys.ARROW_LEFT)
    wait_for_status(page, "Moved: Water > Supply > Queue (2/2)")

    select(page, "Queue")
    page.find_element(By.NAME, "definition").send_keys("People wait for water.")
    press(page, "Save")
    wait_for_status(page, "Queue is saved.")
    assert link(page, "Queue").get_attribute("aria-selected") == "true"
    keep_picture(page, "editor")

    page.find_element(By.ID, "merge-target").send_keys("Broken pump")
    press(page, "Merge")
    assert link(page, "Broken pump").get_attribute("aria-selected") == "true"
    assert "retired" in str(link(page, "Queue").get_attribute("class"))

    follow(page, "/diff/")
    assert "1 merged" in page.page_source
    keep_picture(page, "differences")
    with leaving(page):
        page.back()
    assert page.find_elements(By.ID, "tree")
    follow(page, "/publish/")
    with leaving(page):
        page.find_element(By.CSS_SELECTOR, "input[value='Publish']").click()
    assert "is now used for coding" in page.page_source
    with tenant_scope(draft.tenant_id):
        draft.refresh_from_db()
    assert draft.status == VersionStatus.PUBLISHED


def test_arrow_keys_walk_the_tree_and_what_is_folded_stays_folded(page: Chrome) -> None:
    link(page, "Water").send_keys(Keys.ARROW_DOWN)
    assert page.switch_to.active_element.text == "Supply"
    page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    wait_until_shown(page, "Queue", shown=False)
    page.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert page.switch_to.active_element.text == "Quality"
    select(page, "Clinic")
    assert page.find_elements(By.NAME, "definition")
    assert not link(page, "Queue").is_displayed()


def test_moves_asked_for_at_once_are_made_one_after_the_other(page: Chrome, draft: FrameworkVersion) -> None:
    """The second one can be made only after the first: a code goes under the one before it."""
    slow_down_the_next_answer(page)
    link(page, "Broken pump").send_keys(Keys.ALT, Keys.ARROW_UP)
    link(page, "Queue").send_keys(Keys.ALT, Keys.ARROW_RIGHT)
    wait_for_status(page, "Moved: Water > Supply > Broken pump > Queue (1/1)")
    assert outline(draft)[2:4] == ["  Broken pump", "   Queue"]
    wait_for_focus(page, "a", "Queue")


def test_a_move_that_is_under_way_takes_no_key_from_another_control(page: Chrome) -> None:
    asks = "const leave = new Event('beforeunload', {cancelable: true}); return !dispatchEvent(leave)"
    assert page.execute_script(asks) is False
    slow_down_the_next_answer(page)
    link(page, "Broken pump").send_keys(Keys.ALT, Keys.ARROW_UP)
    search = page.find_element(By.ID, "q")
    search.send_keys("pu")
    assert page.execute_script(asks) is True
    wait_for_status(page, "Moved: Water > Supply > Broken pump (1/2)")
    assert page.execute_script(asks) is False
    page.switch_to.active_element.send_keys("mp")
    assert search.get_attribute("value") == "pump"


def test_who_was_faster_than_the_script_keeps_the_focus(page: Chrome) -> None:
    select(page, "Queue")
    fast = "document.addEventListener('readystatechange', () => document.getElementById('q').focus(), {once: true})"
    page.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": fast})
    press(page, "Save")
    wait_for_status(page, "Queue is saved.")
    assert page.switch_to.active_element.get_attribute("id") == "q"


def test_what_an_earlier_page_did_is_not_said_after_what_this_one_did(page: Chrome) -> None:
    select(page, "Queue")
    late = "const real = window.setTimeout; window.setTimeout = (act, pause) => real(act, pause * 10)"
    page.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": late})
    press(page, "Save")
    link(page, "Broken pump").send_keys(Keys.ALT, Keys.ARROW_UP)
    moved = "Moved: Water > Supply > Broken pump (1/2)"
    wait_for_status(page, moved)
    page.execute_async_script("setTimeout(arguments[0], 300)")
    assert status(page) == moved


def start_dragging(page: Chrome, taken: WebElement) -> None:
    """Press and move a little at one go: a move that is sent by itself starts no drag in Chromium's driver."""
    ActionChains(page).click_and_hold(taken).move_by_offset(5, 0).perform()


def drag_onto(page: Chrome, target: WebElement) -> None:
    """Move what is held onto the middle of a code, by a pixel more until the page has heard of it: that is late."""

    def is_over() -> bool:
        ActionChains(page).move_to_element(target).move_by_offset(1, 0).perform()
        return bool(target.find_elements(By.XPATH, "parent::li[contains(@class, 'drop-under')]"))

    until(is_over)


def test_a_code_is_dragged_under_another(page: Chrome, draft: FrameworkVersion) -> None:
    start_dragging(page, link(page, "Taste"))
    drag_onto(page, link(page, "Clinic"))
    ActionChains(page).release().perform()
    wait_for_status(page, "Moved: Health > Clinic > Taste (2/2)")
    assert outline(draft)[-2:] == ["  Opening hours", "  Taste"]


def test_dragging_to_the_edge_of_the_tree_scrolls_to_what_was_out_of_sight(
    page: Chrome, server: WebServer, tenant: Tenant
) -> None:
    imported = read_file(SHIPPED.name, SHIPPED.read_bytes())
    large = import_framework(tenant_id=tenant.id, imported=imported, actor_id=ACTOR)
    page.get(f"{server.base_url}/admin/coding/frameworkversion/{large.pk}/editor/")
    pane = page.find_element(By.CSS_SELECTOR, "section.tree")
    last = page.find_elements(By.CSS_SELECTOR, "#tree a")[-1]
    taken = link(page, "How cholera spreads")
    seen = "const box = arguments[0].getBoundingClientRect(); return Math.min(box.bottom, innerHeight) - box.top"
    half_seen = int(page.execute_script(seen, pane)) // 2  # from the middle of what is seen of the tree to its edge
    assert last.rect["y"] > pane.rect["y"] + 2 * half_seen
    start_dragging(page, taken)
    at_the_end = "const e = arguments[0]; return e.scrollTop + e.clientHeight >= e.scrollHeight - 1"

    def is_at_the_end() -> bool:
        hand = ActionChains(page).move_to_element_with_offset(pane, 0, half_seen - 20)
        hand.move_by_offset(1, 0).perform()  # the page hears of a drag late
        return bool(page.execute_script(at_the_end, pane))

    until(is_at_the_end)
    drag_onto(page, last)
    ActionChains(page).release().perform()
    until(lambda: status(page).startswith("Moved:"))
    assert last.text in status(page)


def test_a_screen_reader_is_told_a_tree_with_levels_and_states(page: Chrome, draft: FrameworkVersion) -> None:
    select(page, "Queue")
    (tree,) = until(lambda: accessible(page, role="tree"))
    assert tree.name == "Codes"
    assert tree.description.startswith("Use the arrow keys")
    told = [
        (each.name, each.states["level"], each.states.get("expanded")) for each in accessible(page, role="treeitem")
    ]
    assert told[:4] == [("Water", 1, True), ("Supply", 2, True), ("Queue", 3, None), ("Broken pump", 3, None)]
    assert [each.name for each in accessible(page, role="treeitem") if each.states.get("selected")] == ["Queue"]
    link(page, "Supply").send_keys(Keys.ARROW_LEFT)
    wait_until_shown(page, "Queue", shown=False)
    folded = [False]
    until_equal(lambda: [each.states["expanded"] for each in accessible(page, role="treeitem", name="Supply")], folded)
    until(lambda: not accessible(page, role="treeitem", name="Queue"))


def test_what_is_sensitive_or_retired_is_said_with_the_code(page: Chrome, storing_draft: FrameworkVersion) -> None:
    page.refresh()
    (sensitive,) = accessible(page, role="treeitem", name="Broken pump")
    (retired,) = accessible(page, role="treeitem", name="Taste")
    assert (sensitive.description, retired.description) == ("Sensitive", "retired")


def test_the_keyboard_goes_on_where_it_was_after_each_act(page: Chrome) -> None:
    """Tab finds one place in the tree; Enter leads to the form, and an act leaves the focus on its button."""
    page.find_element(By.CSS_SELECTOR, "[role=search] button").send_keys(Keys.TAB)
    assert page.switch_to.active_element.text == "Water"
    page.switch_to.active_element.send_keys(Keys.END)
    assert page.switch_to.active_element.text == "Opening hours"
    page.switch_to.active_element.send_keys("q")
    assert page.switch_to.active_element.text == "Queue"
    with leaving(page):
        page.switch_to.active_element.send_keys(Keys.ENTER)
    wait_for_focus(page, "h2", "Queue")
    with leaving(page):
        page.find_element(By.CSS_SELECTOR, "#code button.default").send_keys(Keys.ENTER)
    wait_for_status(page, "Queue is saved.")
    wait_for_focus(page, "button", "Save")
    with leaving(page):
        page.find_element(By.CSS_SELECTOR, "button[value=down]").send_keys(Keys.ENTER)
    wait_for_status(page, "Queue is moved.")
    wait_for_focus(page, "button", "↓ Down")
    name = page.find_element(By.ID, "id_name")
    name.clear()
    with leaving(page):
        name.send_keys(Keys.ENTER)
    assert page.find_elements(By.CSS_SELECTOR, ".errornote[role=alert]")
    assert page.switch_to.active_element.get_attribute("name") == "name"


def test_a_code_is_deleted_only_when_asked_twice(page: Chrome, draft: FrameworkVersion) -> None:
    with leaving(page):
        page.find_element(By.ID, "new-root").send_keys("Rumours\n")
    wait_for_status(page, "Rumours is added.")
    assert not page.find_element(By.CSS_SELECTOR, "button[value=delete]").is_displayed()
    page.find_element(By.CSS_SELECTOR, ".confirm summary").click()
    until(lambda: page.find_element(By.CSS_SELECTOR, "button[value=delete]").is_displayed())
    press(page, "Delete")
    wait_for_status(page, "Rumours is deleted.")
    assert "Rumours" not in outline(draft)


def test_an_imported_version_says_where_it_came_from(page: Chrome, draft: FrameworkVersion) -> None:
    page.get(page.current_url.replace("/editor/", "/history/"))
    acts = [row.text for row in page.find_elements(By.CSS_SELECTOR, "#change-history tbody td:nth-of-type(2)")]
    assert acts == ["framework_version.started", "framework_version.published", "framework.created"]


def test_a_search_opens_what_is_folded_and_folds_it_again(page: Chrome) -> None:
    link(page, "Water").send_keys(Keys.ARROW_LEFT)
    wait_until_shown(page, "Queue", shown=False)
    search = page.find_element(By.ID, "q")
    search.send_keys("queue")
    wait_until_shown(page, "Queue")
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.DELETE)
    wait_until_shown(page, "Queue", shown=False)


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
    assert "126 codes" in status(page)
    keep_picture(page, "framework-editor")


PAGES = ["editor", "lint", "diff", "preview", "try", "publish", "change", "copy"]


@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_of_a_version_keeps_the_rules_of_wcag(
    width: int, page: Chrome, server: WebServer, storing_draft: FrameworkVersion
) -> None:
    """320 pixels are what is left of 1280 at four times the size (1.4.10)."""
    show_as(page, {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    with tenant_scope(storing_draft.tenant_id):
        queue = storing_draft.codes.get(name="Queue")
    version = f"{server.base_url}/admin/coding/frameworkversion/{storing_draft.pk}"
    addresses = [f"{version}/{each}/" for each in PAGES] + [f"{version}/editor/?code={queue.pk}"]
    broken = {}
    for address in addresses:
        page.get(address)
        found = violations(page)
        if ask(page, "overflow") > 0:
            found.append("wider than the window")
        broken[address.removeprefix(version)] = found
    assert {address: found for address, found in broken.items() if found} == {}


def test_the_rules_notice_what_is_wrong(page: Chrome) -> None:
    page.execute_script("document.getElementById('q').removeAttribute('id')")
    page.execute_script("document.querySelector('h1').style.color = '#ccc'")
    assert {each.partition(":")[0] for each in violations(page)} >= {"label", "color-contrast"}


def test_from_right_to_left_the_arrows_point_the_other_way(page: Chrome, draft: FrameworkVersion) -> None:
    page.add_cookie({"name": "django_language", "value": "ar"})
    page.refresh()
    link(page, "Broken pump").send_keys(Keys.ALT, Keys.ARROW_LEFT)
    where = "Water > Supply > Queue > Broken pump (1/1)"
    until(lambda: status(page), lambda said: said.endswith(where))


def test_two_windows_at_one_code_lose_no_text(page: Chrome, draft: FrameworkVersion) -> None:
    select(page, "Queue")
    first = page.current_window_handle
    page.find_element(By.NAME, "definition").send_keys("Mine")
    address = page.current_url
    page.switch_to.new_window("tab")
    page.get(address)
    page.find_element(By.NAME, "definition").send_keys("Theirs")
    press(page, "Save")
    assert "Queue is saved." in page.page_source
    page.close()
    page.switch_to.window(first)
    press(page, "Save")
    assert "“Theirs”" in page.find_element(By.CLASS_NAME, "errorlist").text
    assert page.find_element(By.NAME, "definition").get_attribute("value") == "Mine"
    press(page, "Save")
    assert "Queue is saved." in page.page_source
    with tenant_scope(draft.tenant_id):
        assert draft.codes.get(name="Queue").definition == "Mine"


def test_the_editor_fits_a_phone(page: Chrome) -> None:
    resize(page, 390, 844)
    select(page, "Queue")
    assert page.find_elements(By.NAME, "definition")
    script = "return document.querySelector('#editor').scrollWidth - document.documentElement.clientWidth"
    keep_picture(page, "editor-phone")
    assert page.execute_script(script) <= 0


def test_without_script_every_act_is_still_there(page: Chrome, draft: FrameworkVersion) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.refresh()
    select(page, "Broken pump")
    press(page, "↑ Up")
    assert outline(draft)[2] == "  Broken pump"
