"""Every page, export, statement and endpoint says what the ledger says, to the last digit.

Random requests of two tenants, some of them late, over days cut by time zones and by a rollup that ends within a day.
"""

import csv
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tenants.models import Role, Tenant
from tenants.scoping import all_tenants
from tests.factories import new_key, new_tenant
from tests.tenants.conftest import new_person, new_platform_admin, pages_for
from tests.usage.test_reports import NOON, OPERATIONS
from usage.daily import Days
from usage.models import CallStatus, LLMCall
from usage.periods import month_of
from usage.rollups import LAG, roll_up

ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns")
MODELS = ("azure/large", "azure/small")
KEYS = (None, uuid.UUID(int=1), uuid.UUID(int=2))
MOST_MINUTES = 3000
EXACT = ("requests", "failed_requests", "records", "calls", "input_tokens", "output_tokens", "cost_usd")
EXPORTED = {
    "API requests": "requests",
    "Failed requests": "failed_requests",
    "Model calls": "calls",
    "Tokens in": "input_tokens",
    "Tokens out": "output_tokens",
    "Cost (USD)": "cost_usd",
}

attempts = st.fixed_dictionaries(
    {
        "seconds": st.integers(0, 800),
        "status": st.sampled_from(list(CallStatus)),
        "request_model": st.sampled_from(MODELS),
        "cost_usd": st.decimals(0, 5, places=10),
        "latency_seconds": st.integers(0, 60_000).map(lambda ms: ms / 1000),
        "input_tokens": st.integers(0, 5000),
        "output_tokens": st.integers(0, 500),
    }
)
requests = st.fixed_dictionaries(
    {
        "tenant": st.integers(0, 1),
        "operation": st.sampled_from(OPERATIONS),
        "api_key_id": st.sampled_from(KEYS),
        "begins": st.integers(-MOST_MINUTES, MOST_MINUTES).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        "attempts": st.lists(attempts, min_size=1, max_size=3, unique_by=lambda attempt: attempt["seconds"]),
    }
)
moments = st.integers(-MOST_MINUTES, MOST_MINUTES).map(lambda minutes: NOON + timedelta(minutes=minutes))


@dataclass(frozen=True)
class Readers:
    """Who reads: the manager of the first tenant, with a key of it, and the platform team, with a superuser's key."""

    tenants: tuple[Tenant, Tenant]
    manager: Client
    platform: Client
    key: str
    superuser_key: str


@pytest.fixture(scope="module")
def readers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Readers]:
    with django_db_blocker.unblock():
        tenants = (new_tenant(), new_tenant())
        yield Readers(
            tenants,
            pages_for(new_person((tenants[0], Role.TENANT_MANAGER))),
            pages_for(new_platform_admin()),
            new_key(tenants[0]),
            new_key(tenants[0], is_superuser=True),
        )


def store(drawn: Sequence[dict[str, Any]], tenants: tuple[Tenant, Tenant]) -> list[LLMCall]:
    """Write the drawn requests, in the transaction of the test."""
    written = [
        LLMCall(
            tenant=tenants[request["tenant"]],
            call_id=call_id,
            operation=request["operation"],
            api_key_id=request["api_key_id"],
            records_count=1,
            created_at=request["begins"] + timedelta(seconds=attempt["seconds"]),
            give_up_at=NOON,
            **{name: value for name, value in attempt.items() if name != "seconds"},
        )
        for request in drawn
        for call_id in [uuid.uuid4()]
        for attempt in request["attempts"]
    ]
    LLMCall.objects.bulk_create(written)
    return written


def figures_of(calls: Sequence[LLMCall], days: Days, filters: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of some days in plain Python: calls by their own moment, requests by that of their first row."""

    def is_shown(call: LLMCall) -> bool:
        columns = {"operation": call.operation, "model": call.request_model, "api_key_id": call.api_key_id}
        columns |= {"tenant_id": call.tenant_id}
        within = days.starts_at <= call.created_at < days.ends_at
        return within and all(columns[name] == value for name, value in filters.items())

    shown = [call for call in calls if is_shown(call)]
    by_request: dict[Any, list[LLMCall]] = {}
    for call in sorted(calls, key=lambda call: (call.created_at, call.id)):
        by_request.setdefault(call.call_id, []).append(call)
    begun = [rows for rows in by_request.values() if is_shown(rows[0])]
    return {
        "requests": len(begun),
        "failed_requests": sum(all(row.status in {"error", "unknown"} for row in rows) for rows in begun),
        "records": sum(
            rows[0].records_count for rows in begun if not all(row.status in {"error", "unknown"} for row in rows)
        ),
        "calls": len(shown),
        "input_tokens": sum(call.input_tokens for call in shown),
        "output_tokens": sum(call.output_tokens for call in shown),
        "cost_usd": sum((call.cost_usd for call in shown), Decimal(0)),
    }


def table_of(calls: Sequence[LLMCall], days: Days, filters: Mapping[str, Any], dimension: str) -> dict[str, Any]:
    """The same by the values of one dimension, without those that nothing happened to."""
    attribute = "request_model" if dimension == "model" else dimension
    values = {getattr(call, attribute) for call in calls}
    lines = {
        "" if value is None else str(value): figures_of(calls, days, {**filters, dimension: value})
        for value in values
        if filters.get(dimension, value) == value
    }
    return {name: figures for name, figures in lines.items() if figures["calls"] or figures["requests"]}


def exact(values: Mapping[str, Any], names: Iterable[str] = EXACT) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def page_agrees(client: Client, address: str, query: dict[str, str], calls: Sequence[LLMCall], days: Days) -> None:
    """Cards, the chart, its table and every table of a page are those of the calls, before and now."""
    filters = {name: uuid.UUID(text) if name.endswith("_id") else text for name, text in query.items() if name in WHERE}
    context = client.get(address, query).context
    cards = {card.metric.name: card for card in context["cards"]}
    expected = figures_of(calls, days, filters)
    assert {name: cards[name].value for name in EXACT} == expected
    coding = figures_of(calls, days, {**filters, "operation": "assign_codes"})
    if filters.get("operation", "assign_codes") == "assign_codes":
        each = coding["cost_usd"] / coding["records"] if coding["records"] else None
        assert cards["cost_per_coded_record"].value == each
    assert {name: cards[name].before for name in EXACT} == figures_of(calls, days.before(), filters)
    for table in context["tables"]:
        lines = {line.filter_value: exact(line.values) for line in table.lines}
        if table.dimension in {"user_id", "framework_version_id"}:
            assert list(lines.values()) == [exact(expected, lines[""])] if lines else not expected["calls"]
        else:
            by_value = table_of(calls, days, filters, table.dimension)
            assert lines == {name: exact(figures, lines[name]) for name, figures in by_value.items()}
    if "series" in context:
        stacks = context["series"].stacks
        by_day = [sum(values[number] for values in stacks.values()) for number in range(len(days))]
        assert by_day == [figures_of(calls, one_day(day), filters)["cost_usd"] for day in days]
        assert sum(by_day) == expected["cost_usd"]


WHERE = ("operation", "model", "api_key_id", "tenant_id")


def one_day(day: date) -> Days:
    return Days(day, day + timedelta(days=1))


def exports_agree(client: Client, query: dict[str, str], calls: Sequence[LLMCall], days: Days) -> None:
    filters = {name: uuid.UUID(text) if name.endswith("_id") else text for name, text in query.items() if name in WHERE}
    expected = figures_of(calls, days, filters)
    text = client.get("/usage/export.csv", query).content.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(client.get("/usage/export.xlsx", query).content)).active
    assert sheet is not None
    in_csv = {row[0]: row[1] for row in csv.reader(io.StringIO(text)) if row and row[0] in EXPORTED}
    in_xlsx = {str(row[0]): row[1] for row in sheet.iter_rows(values_only=True) if row and row[0] in EXPORTED}
    for label, name in EXPORTED.items():
        assert Decimal(in_csv[label]) == expected[name]
        assert round(Decimal(str(in_xlsx[label])), 8) == round(Decimal(expected[name]), 8)  # a spreadsheet's float


def endpoints_agree(readers: Readers, calls: Sequence[LLMCall], days: Days) -> None:
    """The endpoints over the same time agree as well; they count a request in every window that it has a row in."""
    window = {"from": days.starts_at.isoformat(), "to": days.ends_at.isoformat()}
    own = [call for call in calls if call.tenant_id == readers.tenants[0].id]
    answers: list[tuple[str, str, Sequence[LLMCall]]] = [("/v1/usage", readers.key, own)]
    answers += [(f"/v1/usage/all{view}", readers.superuser_key, calls) for view in ("", "/by-tenant", "/by-operation")]
    for path, key, seen in answers:
        expected = figures_of(seen, days, {})
        body = Client().get(path, window, headers={"authorization": f"Bearer {key}", "host": "localhost"}).json()
        block = body.get("total", body)
        assert round(Decimal(str(block["total_cost_usd"])), 8) == round(expected["cost_usd"], 8)
        assert block["input_tokens"]["total"] == expected["input_tokens"]
        assert block["output_tokens"]["total"] == expected["output_tokens"]
        if "llm_call_stats" in block:
            assert block["llm_call_stats"]["total_calls"] == expected["calls"]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    early=st.lists(requests, max_size=8),
    late=st.lists(requests, max_size=4),
    zone=st.sampled_from(ZONES),
    rolled=st.tuples(moments, moments).map(sorted),
    first=st.integers(-3, 2),
    length=st.integers(1, 4),
    asked=st.sampled_from(
        [{}, {"operation": "analyze"}, {"model": "azure/large"}, {"api_key_id": str(KEYS[1]), "model": "azure/small"}]
    ),
)
def test_every_view_says_what_the_ledger_says(
    early: list[dict[str, Any]],
    late: list[dict[str, Any]],
    zone: str,
    rolled: Sequence[datetime],
    first: int,
    length: int,
    asked: dict[str, str],
    readers: Readers,
    database: None,
) -> None:
    days = Days(NOON.date() + timedelta(days=first), NOON.date() + timedelta(days=first + length))
    query = {"period": "custom", "from": str(days.first), "to": str(days.end - timedelta(days=1)), **asked}
    month = month_of(NOON.date())
    with override_settings(TIME_ZONE=zone), all_tenants(), transaction.atomic():
        calls = store(early, readers.tenants)
        for rolled_until in (None, rolled[0], None, rolled[1]):
            if rolled_until is not None:
                roll_up(now=rolled_until + LAG)
            elif late:
                calls += store(late, readers.tenants)
            own = [call for call in calls if call.tenant_id == readers.tenants[0].id]
            for client, seen in ((readers.manager, own), (readers.platform, calls)):
                page_agrees(client, "/usage/", query, seen, days)
                page_agrees(client, f"/usage/statement/{month.first.year}/{month.first.month}/", {}, seen, month)
                exports_agree(client, query, seen, days)
            endpoints_agree(readers, calls, days)
        transaction.set_rollback(True)
