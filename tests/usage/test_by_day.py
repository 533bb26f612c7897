"""Cached rollups are never older than the ledger and never another tenant's, whichever process writes."""

import csv
import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from tenants.models import Role, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import ACTOR, new_call, open_attempt
from tests.support.forked import run_command
from tests.support.people import new_person
from tests.support.web_server import WebServer
from usage import ledger
from usage.metrics.registry import read, total
from usage.metrics.rollups import roll_up, rollup_coverage
from usage.models import CallStatus, LLMCall, RollupState, TokenClass, UsageDay
from usage.periods import Days
from usage.prices import TokenCounts
from usage.services import set_price

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=3)
WEEK = Days((NOW - timedelta(days=6)).date(), (NOW + timedelta(days=2)).date())
MODEL = "openai/remembered"


def cost_in_the_ledger(tenant: Tenant) -> Decimal:
    with tenant_scope(tenant.id):
        return sum(LLMCall.objects.values_list("cost_usd", flat=True), Decimal(0))


@pytest.fixture
def report_of(server: WebServer, client_for: Callable[..., httpx.Client]) -> Callable[[Tenant], Callable[[], Decimal]]:
    """Sign a manager in at the server; return how to read the cost that a report of theirs says."""

    def sign_in(tenant: Tenant) -> Callable[[], Decimal]:
        session = Client()
        session.force_login(new_person((tenant, Role.TENANT_MANAGER)))
        browser = client_for(server)
        browser.cookies.set(settings.SESSION_COOKIE_NAME, session.cookies[settings.SESSION_COOKIE_NAME].value)

        def read_cost() -> Decimal:
            answer = browser.get("/usage/export.csv", params={"period": "7d"})
            assert answer.status_code == 200
            rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
            return Decimal(next(row[1] for row in rows if row and row[0] == "Cost (USD)"))

        return read_cost

    return sign_in


def test_a_report_opened_again_agrees_with_the_ledger_after_every_kind_of_change(
    report_of: Callable[[Tenant], Callable[[], Decimal]],
    process_environment: dict[str, str],
    tenant: Tenant,
    other_tenant: Tenant,
) -> None:
    """The server reads; this process and a command write."""

    def roll_up_elsewhere() -> None:
        run_command("roll_up_usage", environment=process_environment)

    def write_a_late_row() -> None:
        new_call(tenant, created_at=LONG_AGO, cost_usd=Decimal("2.5"), request_model=MODEL)

    def close_a_row_that_was_pending() -> None:
        with tenant_scope(tenant.id):
            LLMCall.objects.filter(status=CallStatus.PENDING).update(status=CallStatus.OK, cost_usd=Decimal("0.3"))

    def set_a_price_and_call() -> None:
        for token_class in (TokenClass.INPUT, TokenClass.OUTPUT):
            set_price(
                tenant_id=tenant.id,
                model=MODEL,
                token_class=token_class,
                price_per_million=Decimal(1_000_000),
                effective_from=LONG_AGO,
                actor_id=ACTOR,
            )
        with tenant_scope(tenant.id):
            row = open_attempt(request_model=MODEL, tokens=TokenCounts(input_tokens=10))
            ledger.close_row(row, status=CallStatus.OK, latency_seconds=1, tokens=TokenCounts(input_tokens=7))

    new_call(tenant, created_at=LONG_AGO, cost_usd=Decimal(10), request_model=MODEL)
    new_call(tenant, created_at=LONG_AGO, cost_usd=Decimal(8), status=CallStatus.PENDING)
    new_call(other_tenant, created_at=LONG_AGO, cost_usd=Decimal(100))
    roll_up_elsewhere()
    own, others = report_of(tenant), report_of(other_tenant)
    said = [own()]
    for change in (
        write_a_late_row,
        roll_up_elsewhere,
        close_a_row_that_was_pending,
        roll_up_elsewhere,
        set_a_price_and_call,
        write_a_late_row,
    ):
        change()
        assert own() == own() == cost_in_the_ledger(tenant), change.__name__
        assert others() == 100, change.__name__
        said.append(own())
    assert said == [
        Decimal(18),
        Decimal("20.5"),
        Decimal("20.5"),
        Decimal("12.8"),
        Decimal("12.8"),
        Decimal("19.8"),
        Decimal("22.3"),
    ]


@pytest.fixture
def statements() -> Any:
    """The statements that this thread runs meanwhile."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def test_rollups_are_read_once_for_each_scope_and_never_for_another(
    tenant: Tenant, other_tenant: Tenant, statements: list[str]
) -> None:
    for each, cost in ((tenant, 3), (other_tenant, 5)):
        new_call(each, created_at=LONG_AGO, cost_usd=Decimal(cost))
    with all_tenants():
        roll_up()
        everybody = total(["cost_usd"], WEEK)["cost_usd"]
    statements.clear()
    for _ in range(3):
        for each, cost in ((tenant, 3), (other_tenant, 5)):
            with tenant_scope(each.id):
                assert total(["cost_usd"], WEEK)["cost_usd"] == cost
        with all_tenants():
            assert total(["cost_usd"], WEEK)["cost_usd"] == everybody
    assert sum("from usage_day" in sql for sql in statements) == 2  # all tenants' had been read before


def test_a_percentile_over_stored_and_live_rows_is_that_of_both(tenant: Tenant, other_tenant: Tenant) -> None:
    for seconds in (0.1, 0.1, 0.1):
        new_call(tenant, created_at=LONG_AGO, latency_seconds=seconds)
    new_call(other_tenant, created_at=NOW, latency_seconds=100)
    with all_tenants():
        roll_up()
    with tenant_scope(tenant.id):
        before = total(["latency_p50", "latency_p95"], WEEK)
        for seconds in (9.0, 9.0, 9.0, 9.0):
            new_call(tenant, created_at=NOW, latency_seconds=seconds)
        after = total(["latency_p50", "latency_p95"], WEEK)
        by_day = {row.key[0]: row.values["latency_p50"] for row in read(["latency_p50"], WEEK, by=["day"])}
    assert before["latency_p50"] == before["latency_p95"] == pytest.approx(100, rel=0.045)
    assert after["latency_p50"] == after["latency_p95"] == pytest.approx(9000, rel=0.045)
    assert by_day == {
        LONG_AGO.date(): pytest.approx(100, rel=0.045),
        NOW.date(): pytest.approx(9000, rel=0.045),
    }


def test_rollups_that_change_while_they_are_read_are_read_again(tenant: Tenant, other_tenant: Tenant) -> None:
    """Another process rolls up a late row after the coverage was read, and before the rollups are read."""
    new_call(tenant, created_at=LONG_AGO, cost_usd=Decimal(3))
    new_call(other_tenant, created_at=LONG_AGO, cost_usd=Decimal(50))
    with all_tenants():
        roll_up()
    new_call(tenant, created_at=LONG_AGO, cost_usd=Decimal(4))
    readings: list[str] = []

    def be_overtaken(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if "from usage_day" in sql:
            if not readings:
                in_another_connection(roll_up)
            readings.append(sql)
        return execute(sql, params, many, context)

    with tenant_scope(tenant.id), connection.execute_wrapper(be_overtaken):
        for _ in range(2):
            assert total(["cost_usd"], WEEK)["cost_usd"] == 7
    assert len(readings) == 2  # the first was of another version; the second answers both


def in_another_connection(work: Callable[[], object]) -> None:
    def run() -> None:
        with all_tenants():
            work()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.parametrize("change", ["insert", "update", "delete"])
def test_every_change_of_rollups_changes_their_version(change: str, tenant: Tenant, other_tenant: Tenant) -> None:
    for each in (tenant, other_tenant):
        new_call(each, created_at=LONG_AGO)
    with all_tenants():
        roll_up()
        before = rollup_coverage(WEEK).version
        stored = UsageDay.objects.filter(tenant=tenant)
        row = stored.first()
        assert row is not None
        if change == "insert":
            UsageDay.objects.filter(id=row.id).delete()
            before = rollup_coverage(WEEK).version
            UsageDay.objects.bulk_create([row])
        elif change == "update":
            stored.update(calls=2)
        else:
            stored.delete()
        assert rollup_coverage(WEEK).version not in {before, None}
        RollupState.objects.all().delete()  # the rollups no longer agree with the ledger: the next run starts again


def test_a_period_before_any_call_is_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    new_call(other_tenant, created_at=LONG_AGO)
    early = datetime(1999, 1, 1, tzinfo=UTC).date()
    with tenant_scope(tenant.id):
        assert total(["cost_usd", "calls"], Days(early, early + timedelta(days=1))) == {"cost_usd": 0, "calls": 0}
