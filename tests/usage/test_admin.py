"""The admin pages of the ledger and of prices, for people of a tenant and the platform team."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Role, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_call
from tests.support.final_acts import UNDERSTOOD, said_yes
from tests.support.people import new_person, new_platform_admin, pages_for
from usage.models import CallStatus, LLMCall, ModelPrice

LEDGER = "/admin/usage/llmcall/"
PRICES = "/admin/usage/modelprice/"
ROW = re.compile(r"/admin/usage/llmcall/([0-9a-f-]{36})/change/")
OLDER = re.compile(r'rel="next" href="([^"]+)"')


def listed(html: str) -> list[str]:
    return ROW.findall(html)


def test_paging_shows_every_row_once_and_counts_none(tenant: Tenant) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(120):
        new_call(tenant, created_at=moment + timedelta(seconds=number // 40))  # many at the same moment
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    found, address = [], LEDGER
    with CaptureQueriesContext(
        connection,
    ) as queries:
        while address:
            html = client.get(address).content.decode()
            found += listed(html)
            older = OLDER.search(html)
            address = LEDGER + older[1].replace("&amp;", "&") if older else ""
    with tenant_scope(tenant.id):
        stored = LLMCall.objects.order_by("-created_at", "-id").values_list("id", flat=True)
        assert found == [str(pk) for pk in stored]
    of_ledger = [query["sql"].lower() for query in queries if "llm_calls" in query["sql"]]
    assert len(of_ledger) == 3
    assert not any("count(" in statement or " offset " in statement for statement in of_ledger)


@pytest.mark.parametrize(
    "query",
    [
        {"operation": "analyze"},
        {"model": "openai/other"},
        {"status": "error"},
        {"from_day": "2026-02-01", "to_day": "2026-02-01"},
        {"call_id": "7c65f0dc-0000-4000-8000-000000000000"},
    ],
)
def test_a_filter_shows_the_matching_rows_only(tenant: Tenant, query: dict[str, str]) -> None:
    new_call(tenant)
    wanted = new_call(
        tenant,
        operation="analyze",
        request_model="openai/other",
        status=CallStatus.ERROR,
        created_at=datetime(2026, 2, 1, 23, 59, tzinfo=UTC),
        call_id=uuid.UUID("7c65f0dc-0000-4000-8000-000000000000"),
    )
    client = pages_for(new_person((tenant, Role.ANALYST)))
    assert listed(client.get(LEDGER, query).content.decode()) == [str(wanted.id)]


def test_a_wrong_filter_is_explained_and_a_forged_cursor_ignored(tenant: Tenant) -> None:
    row = new_call(tenant)
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    wrong = client.get(LEDGER, {"call_id": "nonsense"}).content.decode()
    assert "errorlist" in wrong
    assert listed(wrong) == []
    assert listed(client.get(LEDGER, {"p": "older.Zm9yZ2Vk"}).content.decode()) == [str(row.id)]


def test_the_page_of_a_row_has_every_column(tenant: Tenant, other_tenant: Tenant) -> None:
    row, foreign = new_call(tenant), new_call(other_tenant)
    client = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    html = client.get(f"{LEDGER}{row.id}/change/").content.decode()
    shown = set(re.findall(r'class="form-row field-(\w+)"', html))
    assert shown == {field.name for field in LLMCall._meta.concrete_fields} - {"id"}
    assert client.get(f"{LEDGER}{foreign.id}/change/").status_code == 404


def test_reviewers_do_not_see_the_ledger(tenant: Tenant) -> None:
    client = pages_for(new_person((tenant, Role.REVIEWER)))
    assert client.get(LEDGER).status_code == 403


def test_the_platform_team_filters_the_ledger_by_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    row = new_call(tenant)
    new_call(other_tenant)
    client = pages_for(new_platform_admin())
    assert listed(client.get(LEDGER, {"tenant": str(tenant.id)}).content.decode()) == [str(row.id)]


def test_a_platform_price_is_entered_once_audited_and_read_by_everybody(tenant: Tenant) -> None:
    platform_admin = new_platform_admin()
    client = pages_for(platform_admin)
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(PLATFORM_TENANT_ID)})
    model = f"openai/{uuid.uuid4().hex}"
    price = {"model": model, "token_class": "input", "price_per_million": "2.5"}
    price |= {"effective_from": "2026-01-01T00:00"}
    assert said_yes(client, f"{PRICES}add/", price).status_code == 302
    assert "It exists already." in said_yes(client, f"{PRICES}add/", price).content.decode()
    with tenant_scope(tenant.id):
        stored = ModelPrice.objects.get(model=model)
    assert (stored.tenant_id, stored.price_per_million) == (PLATFORM_TENANT_ID, Decimal("2.5"))
    with tenant_scope(PLATFORM_TENANT_ID):
        event = AuditEvent.objects.get(resource_id=str(stored.id))
    assert (event.action, event.actor_id) == ("price.set", f"user:{platform_admin.pk}")
    manager = pages_for(new_person((tenant, Role.TENANT_MANAGER)))
    assert model in manager.get(PRICES).content.decode()
    assert manager.get(f"{PRICES}add/").status_code == 403
    assert client.post(f"{PRICES}{stored.id}/change/", price).status_code == 403


@pytest.fixture
def price_pages(database: None) -> Client:
    client = pages_for(new_platform_admin())
    client.post(reverse("admin:pick_tenant"), {"tenant_id": str(PLATFORM_TENANT_ID)})
    return client


def typed_price(model: str, price: str) -> dict[str, str]:
    form = {"model": model, "token_class": "input", "price_per_million": price}
    return form | {"effective_from": "2026-01-01T00:00"}


def prices_of(model: str) -> list[Decimal]:
    with tenant_scope(PLATFORM_TENANT_ID):
        return [row.price_per_million for row in ModelPrice.objects.filter(model=model)]


@pytest.mark.parametrize(
    ("language", "typed", "understood", "stored"),
    [
        ("fr", "2,50", "2,50", "2.5"),
        ("es", "0,15", "0,15", "0.15"),
        ("en", "2.50", "2.50", "2.5"),
        ("ar", "٢٫٥٠", "2.50", "2.5"),
        ("en", "1,234.5", "1,234.50", "1234.5"),
        ("fr", "0,000125", "0,000125", "0.000125"),
    ],
)
def test_a_price_is_read_in_the_pages_language_and_shown_before_it_is_set(
    price_pages: Client, language: str, typed: str, understood: str, stored: str
) -> None:
    model = f"openai/{uuid.uuid4().hex}"
    headers = {"accept-language": language}
    asked = price_pages.post(f"{PRICES}add/", typed_price(model, typed), headers=headers)
    assert f"<bdi>{understood}</bdi>" in asked.content.decode()
    assert prices_of(model) == []
    answer = said_yes(price_pages, f"{PRICES}add/", typed_price(model, typed), headers=headers)
    assert (answer.status_code, prices_of(model)) == (302, [Decimal(stored)])


@pytest.mark.parametrize(
    ("language", "typed"), [("en", "2,50"), ("ar", "0,15"), ("fr", "2.500"), ("en", "2,500"), ("es", "2.5.0")]
)
def test_a_price_that_is_no_number_of_the_pages_language_is_not_set(
    price_pages: Client, language: str, typed: str
) -> None:
    model = f"openai/{uuid.uuid4().hex}"
    answer = price_pages.post(f"{PRICES}add/", typed_price(model, typed), headers={"accept-language": language})
    assert "price_per_million" in answer.context["errors"]
    assert "understood" not in answer.content.decode()
    assert prices_of(model) == []


def test_a_yes_to_one_price_is_no_yes_to_another(price_pages: Client) -> None:
    model = f"openai/{uuid.uuid4().hex}"
    asked = price_pages.post(f"{PRICES}add/", typed_price(model, "2.5"))
    understood = UNDERSTOOD.search(asked.content.decode())
    assert understood
    asked_again = price_pages.post(f"{PRICES}add/", typed_price(model, "25") | {"understood": understood[1]})
    assert "<bdi>25.00</bdi>" in asked_again.content.decode()
    assert prices_of(model) == []


def test_a_misspelt_model_is_questioned_with_what_may_be_meant(price_pages: Client, other_tenant: Tenant) -> None:
    model = f"mistral/{uuid.uuid4().hex}"
    new_call(other_tenant, request_model=model)
    misspelt = model.replace("mistral", "mistrall")
    page = price_pages.post(f"{PRICES}add/", typed_price(misspelt, "2.5")).content.decode()
    assert f"No model is called {misspelt}. Is one of these meant: {model}" in page
    for known in (model, "openai/gpt-4o-mini"):
        asked = price_pages.post(f"{PRICES}add/", typed_price(known, "2.5"))
        assert UNDERSTOOD.search(asked.content.decode())
        assert "No model is called" not in asked.content.decode()


def test_a_budget_on_a_misspelt_model_is_refused(price_pages: Client, tenant: Tenant, other_tenant: Tenant) -> None:
    model = f"mistral/{uuid.uuid4().hex}"
    new_call(other_tenant, request_model=model)
    price_pages.post(reverse("admin:pick_tenant"), {"tenant_id": str(tenant.id)})
    budget = {"subject": "model", "span": "month", "limit_usd": "5", "low_stops_at": "80", "normal_stops_at": "100"}
    address = reverse("admin:usage_budget_add")
    refused = price_pages.post(address, {**budget, "subject_value": model.replace("mistral", "mistrall")})
    assert model in refused.content.decode()
    assert price_pages.post(address, {**budget, "subject_value": model}).status_code == 302
