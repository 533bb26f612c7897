"""Every page, export, statement, cost profile and endpoint agrees with the ledger, to the last digit.

Random requests of two tenants about the end of a month, some of them late, over days cut by time zones and by a rollup
that ends within a day; many begin at a midnight, or just before. What is expected is plain Python over plain rows, with
days of its own. One example is there always, dense enough that each of the faults listed in docs/usage.md fails it.
"""

import csv
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client, override_settings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tenants.models import Role, Tenant
from tenants.scoping import all_tenants
from tests.support import expected_usage
from tests.support.expected_usage import Row, nearly
from tests.support.factories import new_key, new_tenant
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.slow import examples
from usage.costs.cost_profiles import draft_month
from usage.metrics.day_sql import LATENCY_FIRST_MS, LATENCY_GROWTH
from usage.metrics.rollups import LAG, roll_up
from usage.models import CallStatus, LLMCall

NOON = datetime(2001, 6, 30, 12, tzinfo=UTC)  # long before any row that other tests commit
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns")
OPERATIONS = ("analyze", "assign_codes", "summarize")
MODELS = ("azure/large", "azure/small")
KEYS = (None, uuid.UUID(int=1), uuid.UUID(int=2))
FAILED = {CallStatus.ERROR, CallStatus.UNKNOWN}
WHERE = ("operation", "model", "api_key_id", "tenant_id")
MAX_MINUTES = 3000
EXACT = (
    "requests",
    "failed_requests",
    "records",
    "calls",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "cost_usd",
    "error_rate",
)
CARDS = EXACT[:-1]
EXPORTED = {
    "API requests": "requests",
    "Failed requests": "failed_requests",
    "Model calls": "calls",
    "Tokens in": "input_tokens",
    "Tokens out": "output_tokens",
    "Cost (USD)": "cost_usd",
}
MIDNIGHTS = [
    datetime.combine(NOON.date() + timedelta(days=days), time(), ZoneInfo(zone)) - timedelta(microseconds=before)
    for zone in ZONES
    for days in (-1, 0, 1, 2)
    for before in (0, 1)
]

attempts = st.fixed_dictionaries(
    {
        "seconds": st.integers(0, 800),
        "status": st.sampled_from(list(CallStatus)),
        "request_model": st.sampled_from(MODELS),
        "price_unknown": st.booleans(),
        "cost_usd": st.decimals(0, 5, places=10),
        "latency_seconds": st.integers(0, 60_000).map(lambda ms: ms / 1000),
        "input_tokens": st.integers(50, 5000),
        "cached_tokens": st.integers(0, 50),
        "output_tokens": st.integers(0, 500),
    }
)
moments = st.integers(-MAX_MINUTES, MAX_MINUTES).map(lambda minutes: NOON + timedelta(minutes=minutes))
requests = st.fixed_dictionaries(
    {
        "tenant": st.integers(0, 1),
        "operation": st.sampled_from(OPERATIONS),
        "api_key_id": st.sampled_from(KEYS),
        "begins": moments | st.sampled_from(MIDNIGHTS),
        "attempts": st.lists(attempts, min_size=1, max_size=3, unique_by=lambda attempt: attempt["seconds"]),
    }
)


def dense(*, seconds: int) -> list[dict[str, Any]]:
    """Requests at every midnight, of each status, model, key and operation. seconds: between the rows of one."""
    statuses = list(CallStatus)
    return [
        {
            "tenant": number % 2,
            "operation": OPERATIONS[number % 3],
            "api_key_id": KEYS[number // 2 % 3],
            "begins": begins,
            "attempts": [
                {
                    "seconds": row * seconds,
                    "status": statuses[(number // 2 + row) % 4],
                    "request_model": MODELS[(number // 3 + row) % 2],
                    "price_unknown": number % 7 == 0,
                    "cost_usd": Decimal(number + 1) / 8 + row,
                    "latency_seconds": (number + 1) * (1 + row) / 4,
                    "input_tokens": 100 + number,
                    "cached_tokens": number,
                    "output_tokens": 10 + number * (1 + row),
                }
                for row in range(1 + number % 3)
            ],
        }
        for number, begins in enumerate(MIDNIGHTS)
    ]


@dataclass(frozen=True)
class Span:
    """Whole days of a time zone, the last one included."""

    zone: str
    first: date
    last: date

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.first, time(), ZoneInfo(self.zone))

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), ZoneInfo(self.zone))

    def days(self) -> list["Span"]:
        dates = [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]
        return [Span(self.zone, day, day) for day in dates]

    def before(self) -> "Span":
        return Span(self.zone, self.first - timedelta(days=len(self.days())), self.first - timedelta(days=1))


@dataclass(frozen=True)
class Readers:
    """The readers: a manager of the first tenant and its key, and the platform team and a superuser's key."""

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
            records_count=2,
            created_at=request["begins"] + timedelta(seconds=attempt["seconds"]),
            give_up_at=NOON,
            **{name: value for name, value in attempt.items() if name != "seconds"}
            | ({"cost_usd": Decimal(0)} if attempt["price_unknown"] else {}),
        )
        for request in drawn
        for call_id in [uuid.uuid4()]
        for attempt in request["attempts"]
    ]
    LLMCall.objects.bulk_create(written)
    return written


COLUMN_OF = {"model": "request_model", "framework_id": "framework_version_id"}  # no row here has a framework


def value_of(call: LLMCall, dimension: str) -> Any:
    return getattr(call, COLUMN_OF.get(dimension, dimension))


def figures_of(calls: Sequence[LLMCall], span: Span, filters: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of some days in plain Python: calls by their own moment, requests by that of their first row."""

    def is_shown(call: LLMCall) -> bool:
        within = span.starts_at <= call.created_at < span.ends_at
        return within and all(value_of(call, name) == value for name, value in filters.items())

    shown = [call for call in calls if is_shown(call)]
    by_request: dict[Any, list[LLMCall]] = {}
    for call in sorted(calls, key=lambda call: (call.created_at, call.id)):
        by_request.setdefault(call.call_id, []).append(call)
    begun = [rows for rows in by_request.values() if is_shown(rows[0])]
    succeeded = [rows for rows in begun if any(row.status not in FAILED for row in rows)]
    return {
        "requests": len(begun),
        "failed_requests": len(begun) - len(succeeded),
        "records": sum(rows[0].records_count for rows in succeeded),
        "calls": len(shown),
        "input_tokens": sum(call.input_tokens for call in shown),
        "cached_tokens": sum(call.cached_tokens for call in shown),
        "output_tokens": sum(call.output_tokens for call in shown),
        "cost_usd": sum((call.cost_usd for call in shown), Decimal(0)),
        "error_rate": Decimal(sum(call.status in FAILED for call in shown)) / len(shown) if shown else None,
        "latencies": sorted(1000 * call.latency_seconds for call in shown if call.status == CallStatus.OK),
        "unpriced": sorted({call.request_model for call in shown if call.price_unknown}),
    }


def table_of(calls: Sequence[LLMCall], span: Span, filters: Mapping[str, Any], dimension: str) -> dict[str, Any]:
    """The same by the values of one dimension, without values that have no calls."""
    values = {value_of(call, dimension) for call in calls}
    lines = {
        "" if value is None else str(value): figures_of(calls, span, {**filters, dimension: value})
        for value in values
        if filters.get(dimension, value) == value
    }
    return {name: figures for name, figures in lines.items() if figures["calls"] or figures["requests"]}


def exact(values: Mapping[str, Any], names: Iterable[str] = EXACT) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def is_near(value: float | None, latencies: Sequence[float], share: float) -> bool:
    """Tell whether a percentile of a histogram is as near to the exact one as docs/usage.md says."""
    if not latencies or value is None:
        return not latencies and value is None
    wanted = max(latencies[int(share * (len(latencies) - 1))], LATENCY_FIRST_MS / LATENCY_GROWTH)
    return abs(value - wanted) / wanted <= LATENCY_GROWTH - 1  # at the edge of a bucket, twice the usual error


def filters_in(query: Mapping[str, str]) -> dict[str, Any]:
    return {name: uuid.UUID(text) if name.endswith("_id") else text for name, text in query.items() if name in WHERE}


def page_agrees(client: Client, address: str, query: dict[str, str], calls: Sequence[LLMCall], span: Span) -> None:
    """Cards, the chart, its table and every table of a page are those of the calls, before and now."""
    filters = filters_in(query)
    context = client.get(address, query).context
    cards = {card.metric.name: card for card in context["cards"]}
    expected, before = figures_of(calls, span, filters), figures_of(calls, span.before(), filters)
    assert {name: cards[name].value for name in CARDS} == exact(expected, CARDS)
    assert {name: cards[name].before for name in CARDS} == exact(before, CARDS)
    assert is_near(cards["latency_p95"].value, expected["latencies"], 0.95)
    assert list(context["unpriced"]) == expected["unpriced"]
    coding = figures_of(calls, span, {**filters, "operation": "assign_codes"})
    if filters.get("operation", "assign_codes") == "assign_codes":
        each = coding["cost_usd"] / coding["records"] if coding["records"] else None
        assert cards["cost_per_coded_record"].value == each
    for table in context["tables"]:
        lines = {line.filter_value: line.values for line in table.lines}
        by_value = table_of(calls, span, filters, table.dimension)
        assert {name: exact(values) for name, values in lines.items()} == {
            name: exact(figures, lines[name].keys() & set(EXACT)) for name, figures in by_value.items()
        }
        for name, figures in by_value.items():
            assert is_near(lines[name]["latency_p50"], figures["latencies"], 0.5)
            assert is_near(lines[name]["latency_p95"], figures["latencies"], 0.95)
    if "series" in context:
        stacks = context["series"].stacks
        by_day = [sum(stack.values[number] for stack in stacks) for number in range(len(span.days()))]
        charted = "cost_usd" if expected["cost_usd"] else "requests"
        assert by_day == [figures_of(calls, day, filters)[charted] for day in span.days()]


def sections_of(rows: Iterable[Sequence[Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """The tables of an export by the first cell of their headers: their lines by name, and the cells by column."""
    sections: dict[str, dict[str, dict[str, Any]]] = {}
    header: Sequence[Any] = []
    for row in rows:
        if not row or row[0] in (None, ""):
            header = []
        elif header:
            sections[header[0]][str(row[0])] = dict(zip(header[1:], row[1:], strict=False))
        else:
            header = row
            sections[str(row[0])] = {}
    return sections


def rounded(cell: Any) -> Decimal:
    return round(Decimal(str(cell)), 8)  # what a spreadsheet's float has


def exports_agree(client: Client, query: dict[str, str], calls: Sequence[LLMCall], span: Span) -> None:
    filters = filters_in(query)
    expected, before = figures_of(calls, span, filters), figures_of(calls, span.before(), filters)
    text = client.get("/usage/export.csv", query).content.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(client.get("/usage/export.xlsx", query).content)).active
    assert sheet is not None
    for rows in (csv.reader(io.StringIO(text)), sheet.iter_rows(values_only=True)):
        sections = sections_of(rows)
        for label, name in EXPORTED.items():
            cells = sections["Figure"][label]
            assert rounded(cells["This period"]) == rounded(expected[name])
            assert rounded(cells["Previous period"]) == rounded(before[name])
        for label, dimension in (("Operation", "operation"), ("Model", "model")):
            by_value = table_of(calls, span, filters, dimension)
            assert sections[label].keys() == by_value.keys()
            for value, figures in by_value.items():
                cells = {name: rounded(sections[label][value][column]) for column, name in EXPORTED.items()}
                assert cells == {name: rounded(figures[name]) for name in EXPORTED.values()}
    assert ("Models without a price" in text) == bool(expected["unpriced"])


def profiles_agree(readers: Readers, calls: Sequence[LLMCall], month: Span) -> None:
    """The month's cost profiles, as they are drafted now, are its tables by model."""
    draft_month(month.first, actor_id="test")
    address = f"/usage/months/{month.first.year}/{month.first.month}/export.csv"
    for client, tenants in ((readers.manager, readers.tenants[:1]), (readers.platform, readers.tenants)):
        rows = list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))
        found = {(row["tenant"], row["resource_id"]): Decimal(row["amount"]) for row in rows}
        assert len(found) == len(rows)
        assert found == {
            (tenant.name, model): figures["cost_usd"]
            for tenant in tenants
            for model, figures in table_of(calls, month, {"tenant_id": tenant.id}, "model").items()
        }


def endpoints_agree(readers: Readers, calls: Sequence[LLMCall], span: Span) -> None:
    """The endpoints over the same time agree as well; they count a request in every window that it has a row in."""
    window = {"from": span.starts_at.isoformat(), "to": span.ends_at.isoformat()}

    def answer(path: str, key: str) -> Any:
        body = Client().get(path, window, headers={"authorization": f"Bearer {key}", "host": "localhost"}).json()
        assert datetime.fromisoformat(body.pop("from")) == span.starts_at
        assert datetime.fromisoformat(body.pop("to")) == span.ends_at
        return body

    rows = [Row.of(call) for call in calls if span.starts_at <= call.created_at < span.ends_at]
    by_tenant = expected_usage.by_tenant(rows)
    own = expected_usage.tenant_usage_of(by_tenant.get(readers.tenants[0].id, []), readers.tenants[0].id)
    tenants = [expected_usage.tenant_usage_of(theirs, tenant_id) for tenant_id, theirs in by_tenant.items()]
    total = expected_usage.tenant_usage_of(rows, None)
    assert answer("/v1/usage", readers.key) == nearly(own)
    assert answer("/v1/usage/all/by-tenant", readers.superuser_key) == nearly({"tenants": tenants, "total": total})
    flat = {"tenants": [flat_of(usage) for usage in tenants], "total": flat_of(total)}
    assert answer("/v1/usage/all", readers.superuser_key) == nearly(flat)
    by_operation = answer("/v1/usage/all/by-operation", readers.superuser_key)
    assert by_operation["total"] == nearly(total)
    for found, expected in zip(by_operation["operations"], total["operations"], strict=True):
        users = expected_usage.by_tenant([row for row in rows if row.operation == expected["operation"]])
        parts = [{"tenant_id": str(user), **expected_usage.usage_of(theirs)} for user, theirs in users.items()]
        assert found == nearly(expected | {"tenants": parts})


def flat_of(usage: Mapping[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in usage.items() if name not in {"operations", "llm_call_stats"}}
    durations = {name: value for name, value in usage["call_duration"].items() if name != "total"}
    return flat | {"call_duration": durations}


@settings(max_examples=examples(2, slow=12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
@example(
    early=dense(seconds=7),
    late=dense(seconds=500),
    zone="Asia/Kathmandu",
    rolled=[NOON + timedelta(hours=2), NOON + timedelta(hours=40)],
    first=0,
    length=1,
    asked={"operation": "analyze"},
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
    span = Span(zone, NOON.date() + timedelta(days=first), NOON.date() + timedelta(days=first + length - 1))
    query = {"period": "custom", "from": str(span.first), "to": str(span.last), **asked}
    june = Span(zone, date(2001, 6, 1), date(2001, 6, 30))
    with override_settings(TIME_ZONE=zone), all_tenants(), transaction.atomic():
        calls = store(early, readers.tenants)
        for rolled_until in (None, rolled[0], None, rolled[1]):
            if rolled_until is not None:
                roll_up(now=rolled_until + LAG)
            elif late:
                calls += store(late, readers.tenants)
            own = [call for call in calls if call.tenant_id == readers.tenants[0].id]
            for client, seen in ((readers.manager, own), (readers.platform, calls)):
                page_agrees(client, "/usage/", query, seen, span)
                page_agrees(client, "/usage/statement/2001/6/", {}, seen, june)
                exports_agree(client, query, seen, span)
            endpoints_agree(readers, calls, span)
        profiles_agree(readers, calls, june)
        transaction.set_rollback(True)
