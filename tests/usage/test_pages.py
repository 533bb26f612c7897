"""The pages of a tenant manager: report, exports, statement and health, of their tenant only."""

import csv
import io
import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_call
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.spreadsheet_attacks import ATTACKS
from usage.models import Budget
from usage.reports.exports import as_csv, as_xlsx

MARCH = {"period": "custom", "from": "2026-03-01", "to": "2026-03-31"}
TAG = re.compile(r"<[^>]+>|\s+")


def march(day: int, **columns: Any) -> dict[str, Any]:
    return {"created_at": datetime(2026, 3, day, 12, tzinfo=UTC), **columns}


@pytest.fixture
def pages(tenant: Tenant) -> Client:
    new_call(tenant, **march(2, operation="analyze", cost_usd=Decimal("7.25"), request_model="openai/big"))
    new_call(tenant, **march(3, operation="summarize", cost_usd=Decimal("0.5"), request_model="openai/small"))
    return pages_for(new_person((tenant, Role.TENANT_MANAGER)))


def text_of(client: Client, address: str, query: dict[str, str]) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return TAG.sub(" ", response.content.decode())


def exported(client: Client, kind: str, query: dict[str, str]) -> list[list[Any]]:
    content = client.get(reverse("usage:export", args=[kind]), query).content
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]  # type: ignore[union-attr]


def figure(rows: list[list[Any]], label: str) -> Decimal:
    return Decimal(str(next(row[1] for row in rows if row and row[0] == label)))


def test_the_report_names_the_most_expensive_operation_first(pages: Client) -> None:
    text = text_of(pages, "/usage/", MARCH)
    assert "7.75" in text
    assert text.index("analyze", text.index("By operation")) < text.index("summarize", text.index("By operation"))
    assert "compared with 2026-01-29 to 2026-02-28 . Time zone: UTC." in " ".join(text.split())


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_has_the_figures_of_the_page(pages: Client, kind: str) -> None:
    assert figure(exported(pages, kind, MARCH), "Cost (USD)") == Decimal("7.75")
    assert figure(exported(pages, kind, MARCH | {"operation": "analyze"}), "Cost (USD)") == Decimal("7.25")
    assert figure(exported(pages, kind, MARCH | {"operation": "analyze"}), "API requests") == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_has_filters_budgets_and_the_days_of_the_chart(
    pages: Client, tenant: Tenant, other_tenant: Tenant, kind: str
) -> None:
    with tenant_scope(tenant.id):
        Budget.objects.create(limit_usd=Decimal("20.00"))
    with tenant_scope(other_tenant.id):
        Budget.objects.create(limit_usd=Decimal("77.00"))
    shown = MARCH | {"model": "openai/small", "measure": "requests", "stack": "operation"}
    rows = exported(pages, kind, shown)
    assert [row[1] for row in rows if row and row[0] == "Filters"] == ["Model: openai/small"]
    budgets = [row for row in rows if row and row[0] == "The whole tenant, A month"]
    assert [Decimal(str(row[2])) for row in budgets] == [20]
    days = {row[0]: row[1] for row in rows if row and str(row[0]).startswith("2026-03")}
    assert (len(days), int(days["2026-03-03"]), int(days["2026-03-02"])) == (31, 1, 0)
    assert not [row for row in exported(pages, kind, MARCH) if row and row[0] == "Filters"]


def test_a_filter_applies_to_everything_on_the_page(pages: Client) -> None:
    text = text_of(pages, "/usage/", MARCH | {"model": "openai/small"})
    assert "7.25" not in text
    assert "0.5000" in text


def test_the_cost_of_a_coded_record_is_a_card(pages: Client, tenant: Tenant) -> None:
    new_call(tenant, **march(5, operation="assign_codes", cost_usd=Decimal("0.9"), records_count=3))
    assert figure(exported(pages, "csv", MARCH), "Cost per auto-coded record") == Decimal("0.3")
    assert "Cost per auto-coded record 0.3000" in " ".join(text_of(pages, "/usage/", MARCH).split())


def test_where_nothing_costs_anything_requests_are_charted(pages: Client, other_tenant: Tenant) -> None:
    new_call(other_tenant, **march(5))
    free = pages_for(new_person((other_tenant, Role.TENANT_MANAGER)))
    assert '<h2 id="chart-title">API requests' in free.get("/usage/", MARCH).content.decode()
    assert '<h2 id="chart-title">Cost (USD)' in pages.get("/usage/", MARCH).content.decode()
    asked = free.get("/usage/", MARCH | {"measure": "cost_usd"}).content.decode()
    assert '<h2 id="chart-title">Cost (USD)' in asked


def test_a_statement_is_of_one_month(pages: Client, tenant: Tenant) -> None:
    text = text_of(pages, "/usage/statement/2026/3/", {})
    assert tenant.name in text
    assert "7.75" in text
    assert "7.75" not in text_of(pages, "/usage/statement/2026/2/", {})
    assert pages.get("/usage/statement/2026/13/").status_code == 404


def test_a_model_without_a_price_is_named_on_every_page(pages: Client, tenant: Tenant) -> None:
    new_call(tenant, **march(4, request_model="openai/unheard-of", price_unknown=True))
    for address in ("/usage/", "/usage/statement/2026/3/"):
        assert "These models have no price" in text_of(pages, address, MARCH)
    for kind in ("csv", "xlsx"):
        named = [
            row for row in exported(pages, kind, MARCH) if row and str(row[0]).startswith("Models without a price")
        ]
        assert [row[1] for row in named] == ["openai/unheard-of"]


@pytest.mark.parametrize(
    "address", ["/admin/", "/usage/", "/usage/health/", "/usage/months/{month}", "/usage/statement/{month}"]
)
def test_every_page_names_the_models_without_a_price_of_its_period(
    tenant: Tenant, other_tenant: Tenant, address: str
) -> None:
    """Models of another tenant or of another period are not named."""
    model, sentence = f"openai/{uuid.uuid4().hex}", "These models have no price"
    reader, outsider = (pages_for(new_person((each, Role.TENANT_MANAGER))) for each in (tenant, other_tenant))
    shown = address.format(month=f"{timezone.localdate():%Y/%m}/")
    new_call(tenant, created_at=timezone.now() - timedelta(days=400), request_model=model, price_unknown=True)
    new_call(tenant, request_model="openai/priced")
    assert sentence not in text_of(reader, shown, {})
    new_call(tenant, request_model=model, price_unknown=True)
    text = text_of(reader, shown, {})
    assert sentence in text
    assert model in text
    assert "openai/priced." not in text  # the sentence ends with the last of them
    assert sentence not in text_of(outsider, shown, {})
    assert model in text_of(pages_for(new_platform_admin()), shown, {})


@pytest.mark.parametrize("address", ["/admin/", "/usage/health/", "/usage/months/{month}"])
def test_a_page_that_names_models_without_a_price_leads_to_the_report_on_them(
    tenant: Tenant, other_tenant: Tenant, address: str
) -> None:
    model = f"openai/{uuid.uuid4().hex}"
    for each in (tenant, other_tenant):
        new_call(each, request_model=model if each == tenant else "openai/theirs", price_unknown=True)
    reader = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    html = reader.get(address.format(month=f"{timezone.localdate():%Y/%m}/")).content.decode()
    link = re.search(r'href="(/usage/[^"]*)"', html[html.index("These models have no price") :])
    assert link
    report = text_of(reader, link[1].replace("&amp;", "&"), {})
    assert f"not included in these figures: {model}." in report


def test_health_of_one_model_says_nothing_of_the_others(tenant: Tenant, other_tenant: Tenant) -> None:
    for each in (tenant, other_tenant):
        new_call(each, request_model="openai/unheard-of", price_unknown=True)
    reader = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    assert "no price" not in text_of(reader, "/usage/health/", {"model": "openai/scripted"})
    assert "no price" in text_of(reader, "/usage/health/", {"model": "openai/unheard-of"})


def test_another_tenants_figures_are_nowhere(pages: Client, other_tenant: Tenant) -> None:
    other = pages_for(new_person((other_tenant, Role.ANALYST)))
    for address in ("/usage/", "/usage/export.csv", "/usage/statement/2026/3/"):
        text = text_of(other, address, MARCH)
        assert "7.25" not in text
        assert "openai/big" not in text


def test_an_id_in_the_address_tells_no_name_of_another_tenant(
    pages: Client, tenant: Tenant, other_tenant: Tenant
) -> None:
    own, foreign = new_person((tenant, Role.ANALYST)), new_person((other_tenant, Role.ANALYST))
    new_call(tenant, **march(5, user_id=own.id))
    new_call(other_tenant, **march(5, user_id=foreign.id))
    assert own.username in text_of(pages, "/usage/", MARCH | {"user_id": str(own.id)})
    assert foreign.username not in text_of(pages, "/usage/", MARCH | {"user_id": str(foreign.id)})
    assert other_tenant.name not in text_of(pages, "/usage/", MARCH | {"tenant_id": str(other_tenant.id)})


def test_only_the_platform_team_sees_tenants_side_by_side(pages: Client, tenant: Tenant) -> None:
    assert "By tenant" not in text_of(pages, "/usage/", MARCH)
    everybody = pages_for(new_platform_admin())
    assert figure(exported(everybody, "csv", MARCH | {"tenant_id": str(tenant.id)}), "Cost (USD)") == Decimal("7.75")
    assert "By tenant" in text_of(everybody, "/usage/", MARCH)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.VIEWER, Role.FRAMEWORK_EDITOR])
def test_people_without_the_permission_get_no_usage_page(pages: Client, tenant: Tenant, role: Role) -> None:
    reader = pages_for(new_person((tenant, role)))
    for address in ("/usage/", "/usage/export.csv", "/usage/export.xlsx", "/usage/statement/2026/3/"):
        assert reader.get(address).status_code == 403


def test_strangers_are_sent_to_the_sign_in(database: None) -> None:
    assert Client().get("/usage/").status_code == 302


def test_an_unreadable_address_breaks_no_page(pages: Client) -> None:
    nonsense = {"period": "x", "from": "x", "to": "2026-99-99", "measure": "x", "stack": "x", "api_key_id": "x"}
    assert pages.get("/usage/", nonsense).status_code == 200
    assert pages.get("/usage/", {"operation": "\x00", "model": "'; drop table"}).status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-03", "9999-12-01", "9999-12-31"])
def test_the_ends_of_the_calendar_break_no_page(pages: Client, day: str) -> None:
    query = {"period": "custom", "from": day, "to": day}
    assert pages.get("/usage/", query).status_code == 200
    assert pages.get("/usage/export.csv", query).status_code == 200
    ledger = reverse("admin:usage_llmcall_changelist")
    assert pages.get(ledger, {"from_day": day, "to_day": day}).status_code == 200
    year = int(day[:4])
    for address in (f"months/{year}/1/", f"months/{year}/12/", f"statement/{year}/1/", f"statement/{year}/12/"):
        assert pages.get(f"/usage/{address}").status_code == 404
    assert pages.get(f"/usage/months/{year}/12/export.csv").status_code == 404


def test_a_page_is_under_100_kilobytes_with_hundreds_of_lines(pages: Client, tenant: Tenant) -> None:
    for number in range(200):
        new_call(tenant, **march(1 + number % 28, request_model=f"openai/model-{number}", operation=f"op{number}"))
    assert len(pages.get("/usage/", MARCH).content) < 100_000


def test_a_statement_says_what_is_left_only_while_its_month_runs(pages: Client, tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        Budget.objects.create(limit_usd=Decimal(50))
    now = timezone.localdate()
    assert "Budget left" in text_of(pages, f"/usage/statement/{now.year}/{now.month}/", {})
    assert "Budget left" not in text_of(pages, "/usage/statement/2026/3/", {})


def test_no_name_in_an_export_is_a_live_formula() -> None:
    assert len(ATTACKS) >= 200
    rows = [[attack] for attack in ATTACKS]
    sheet = load_workbook(io.BytesIO(as_xlsx(rows))).active
    assert sheet is not None
    assert [cell.data_type for row in sheet.iter_rows() for cell in row].count("f") == 0
    for source in (sheet.iter_rows(values_only=True), csv.reader(io.StringIO(as_csv(rows).decode("utf-8-sig")))):
        for (cell,) in source:
            visible = str(cell).lstrip("\ufeff\u00a0 \t\r\n")
            assert visible.startswith("'"), repr(cell)


def test_numbers_in_an_export_stay_numbers() -> None:
    assert as_csv([[Decimal("0E-10"), Decimal("100.5000000000")]]).decode("utf-8-sig") == "0,100.5\r\n"
    sheet = load_workbook(io.BytesIO(as_xlsx([[Decimal("-1.5"), 3, None]]))).active
    assert sheet is not None
    assert [cell.data_type for cell in sheet[1]][:2] == ["n", "n"]


@pytest.mark.parametrize(
    ("language", "written"), [("en", "12,345.50"), ("fr", "12 345,50"), ("es", "12 345,50"), ("ar", "12,345.50")]
)
def test_a_cached_figure_is_formatted_in_the_language_of_the_reader(
    pages: Client, tenant: Tenant, other_tenant: Tenant, language: str, written: str
) -> None:
    new_call(tenant, **march(4, cost_usd=Decimal("12345.50"), request_model="openai/large"))
    new_call(other_tenant, **march(4, cost_usd=Decimal("98765.50"), request_model="openai/large"))
    for asked in ("en", "fr", "es", "ar", language):
        response = pages.get(reverse("usage:report"), MARCH, headers={"accept-language": asked})
    page = response.content.decode().replace("\xa0", " ")
    assert f"<bdi>{written}</bdi>" in page
    assert "765" not in text_of(pages, reverse("usage:report"), MARCH)
