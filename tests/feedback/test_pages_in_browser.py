"""The pages of stored records in a real browser: readable, on a phone, from right to left, and with charts to click."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tenants.local_days import today
from tenants.models import Role, Tenant
from tests.support.accessibility import accessible
from tests.support.browser import leaving, until
from tests.support.factories import new_framework
from tests.support.page_checks import DESK, findings, show_as
from tests.support.people import new_person, pages_for
from tests.support.stored_records import new_record
from tests.support.web_server import WebServer

Opener = Callable[..., Chrome]


@pytest.fixture
def open_page(browser: Chrome, server: WebServer, tenant: Tenant) -> Opener:
    """Open pages as a reviewer of a tenant with some records: `open_page("/feedback/", language="ar")`."""
    signed_in = pages_for(new_person((tenant, Role.REVIEWER)))
    browser.get(server.base_url + "/admin/login/")
    browser.add_cookie({"name": "sessionid", "value": signed_in.cookies["sessionid"].value})

    def open_it(address: str, *, language: str = "en") -> Chrome:
        browser.add_cookie({"name": "django_language", "value": language})
        browser.get(server.base_url + address)
        return browser

    return open_it


@pytest.fixture
def record_address(tenant: Tenant) -> str:
    """The address of one of some records with all kinds of metadata."""
    new_framework(tenant)
    levels = {"coding_level_1": "Requests", "coding_level_2": "Water", "coding_level_3": "Dry tap"}
    for number in range(12):
        new_record(
            tenant,
            f"The water of well {number} is not clean. Call +254 712 345 678.",
            channel="Hotline",
            admin1="Turkana",
            language="en",
            collected_at=(today() - timedelta(days=number)).isoformat(),
            metadata=levels,
        )
    record = new_record(
        tenant, "The water is not clean.", is_sensitive=True, tags=["well"], extra={"ward": "4"}, metadata=levels
    )
    return f"/feedback/records/{record.pk}/"


@pytest.mark.parametrize("page", ["list", "search", "nothing", "record", "dashboard"])
def test_a_page_of_records_is_readable_and_fits_the_smallest_phone(
    page: str, record_address: str, open_page: Opener, browser: Chrome
) -> None:
    addresses = {
        "list": "/feedback/records/",
        "search": "/feedback/records/?search=water&channel=Hotline",
        "nothing": "/feedback/records/?search=volcano",
        "record": record_address,
        "dashboard": "/feedback/",
    }
    assert findings(browser, open_page, addresses[page]) == {}


def test_a_bar_of_the_chart_opens_its_records(record_address: str, open_page: Opener, browser: Chrome) -> None:
    show_as(browser, DESK)
    page = open_page("/feedback/")
    canvas = page.find_element(By.CSS_SELECTOR, "[data-chart='volume-chart'] canvas")
    until(canvas.is_displayed)
    (chart,) = accessible(page, role="image", name="Records by week")
    assert "The table has the same figures." in chart.description
    middle = page.execute_script(
        "const chart = Chart.getChart(arguments[0]), bars = chart.getDatasetMeta(0).data;"
        "const bar = bars[bars.length - 2], box = arguments[0].getBoundingClientRect();"
        "return [box.left + bar.x, box.top + (bar.y + bar.base) / 2]",
        canvas,
    )
    with leaving(page):
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1}
            page.execute_cdp_cmd("Input.dispatchMouseEvent", event)
    assert "/feedback/records/?from=" in page.current_url
    assert page.find_elements(By.CSS_SELECTOR, ".records li")


def test_lists_and_tables_work_without_script(record_address: str, open_page: Opener, browser: Chrome) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page = open_page("/feedback/")
    assert not page.find_element(By.CSS_SELECTOR, "[data-chart]").is_displayed()
    page.find_element(By.CSS_SELECTOR, "details.days summary").click()
    assert page.find_element(By.CSS_SELECTOR, "details.days td").is_displayed()
    page = open_page("/feedback/records/")
    page.find_element(By.ID, "search").send_keys("well 7")
    with leaving(page):
        page.find_element(By.CSS_SELECTOR, ".search-panel [type=submit]").click()
    assert len(page.find_elements(By.CSS_SELECTOR, ".records li")) == 1
