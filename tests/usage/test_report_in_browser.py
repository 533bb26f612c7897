"""A tenant manager at work in a real browser."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tenants.models import Role, Tenant
from tests.support.accessibility import accessible
from tests.support.browser import leaving, resize, until, until_equal
from tests.support.factories import new_call
from tests.support.people import PASSWORD, new_person
from tests.support.web_server import WebServer

OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def manager_at_report(browser: Chrome, server: WebServer, tenant: Tenant) -> Chrome:
    """A browser in which a manager has just signed in to the report of last month."""
    last_month = timezone.now().replace(day=1) - timedelta(days=3)
    for operation, cost in (("summarize", "1.25"), ("analyze", "9.50")):
        new_call(tenant, operation=operation, cost_usd=Decimal(cost), created_at=last_month)
    manager = new_person((tenant, Role.TENANT_MANAGER), password=PASSWORD)
    browser.get(f"{server.base_url}/admin/login/?next=/usage/%3Fperiod%3Dlast_month")
    browser.find_element(By.NAME, "username").send_keys(manager.username)
    with leaving(browser):
        browser.find_element(By.NAME, "password").send_keys(PASSWORD + "\n")
    assert browser.find_elements(By.ID, "by-operation")
    return browser


def test_a_manager_finds_the_most_expensive_operation_filters_and_exports(manager_at_report: Chrome) -> None:
    browser = manager_at_report
    until(lambda: browser.find_element(By.ID, "chart").is_displayed())
    first = browser.find_element(By.CSS_SELECTOR, "[aria-labelledby=by-operation] tbody th a")
    assert first.text == "analyze"
    with leaving(browser):
        first.click()
    assert browser.find_elements(By.CLASS_NAME, "active-filters")
    assert "9.50" in browser.find_element(By.CLASS_NAME, "figures").text
    export = browser.find_element(By.ID, "export-csv").get_attribute("href") or ""
    text = browser.execute_async_script(
        "const done = arguments[1]; fetch(arguments[0]).then(r => r.text()).then(done)", export
    )
    assert "9.5" in text
    assert "summarize" not in text
    assert browser.execute_cdp_cmd("Page.printToPDF", {})["data"]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_fits_phone_and_desk_in_both_directions(manager_at_report: Chrome, width: int) -> None:
    browser = manager_at_report
    for direction in ("ltr", "rtl"):
        resize(browser, width, 900)
        browser.execute_script("document.documentElement.dir = arguments[0]", direction)
        until_equal(lambda: browser.execute_script(OVERFLOW), 0)  # the chart takes its new size a little later


def test_the_statement_fits_the_paper(manager_at_report: Chrome, server: WebServer) -> None:
    browser = manager_at_report
    last_month = timezone.now().replace(day=1) - timedelta(days=3)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    a4 = {"width": 794, "height": 1123, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", a4)
    browser.get(f"{server.base_url}/usage/statement/{last_month.year}/{last_month.month}/")
    assert "10.75" in browser.find_element(By.CLASS_NAME, "figures").text
    until_equal(lambda: browser.execute_script(OVERFLOW), 0)
    assert not browser.find_element(By.ID, "header").is_displayed()


def test_every_figure_is_there_without_script(manager_at_report: Chrome) -> None:
    browser = manager_at_report
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.refresh()
    assert browser.find_elements(By.ID, "by-operation")
    assert not browser.find_element(By.ID, "chart").is_displayed()
    browser.find_element(By.CSS_SELECTOR, "details.days summary").click()
    last_day = browser.find_elements(By.CSS_SELECTOR, "details.days tr")
    assert any("10.75" in row.text for row in last_day)


def test_the_chart_says_to_a_screen_reader_what_it_is_and_where_its_figures_are(manager_at_report: Chrome) -> None:
    browser = manager_at_report
    until(lambda: browser.find_element(By.ID, "chart").is_displayed())
    (chart,) = accessible(browser, role="image", name="Cost (USD)")
    assert "10.75" in chart.description
    assert "The table below has the same figures." in chart.description
    browser.find_element(By.CSS_SELECTOR, "details.days summary").click()
    headings = {"Day", "analyze", "summarize", "Total"}
    until(lambda: {each.name for each in accessible(browser, role="columnheader")}, headings.issubset)


def test_figures_stand_ones_under_ones_from_right_to_left_and_are_written_alike_in_table_and_chart(
    manager_at_report: Chrome, server: WebServer, tenant: Tenant
) -> None:
    browser = manager_at_report
    new_call(tenant, cost_usd=Decimal("12345.50"))
    browser.add_cookie({"name": "django_language", "value": "ar"})
    browser.get(f"{server.base_url}/usage/?period=7d")
    cells = browser.find_elements(By.CSS_SELECTOR, "[aria-labelledby=by-operation] tbody tr td:nth-of-type(3)")
    assert cells[0].text == "12,345.50"
    assert browser.execute_script("return new Intl.NumberFormat('ar').format(12345.5)") == "12,345.5"
    assert {cell.value_of_css_property("text-align") for cell in cells} == {"right"}
