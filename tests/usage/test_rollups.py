"""Figures from rollups agree with the ledger to the last digit, late rows included."""

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support import expected_usage
from tests.support.expected_usage import Row
from tests.support.random_ledgers import NOON, calls, store
from tests.support.slow import examples
from usage.metrics.day_sql import LATENCY_FIRST_MS, LATENCY_GROWTH, grain_number, percentile
from usage.metrics.registry import read, total
from usage.metrics.rollups import roll_up, rollup_coverage
from usage.metrics.source import Filters
from usage.models import CallStatus, LateQuarter, LLMCall, UsageDay
from usage.periods import Days

ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns")
SUMS = ("cost_usd", "calls", "failed_calls", "input_tokens", "output_tokens")
WHOLE = Days(NOON.date() - timedelta(days=4), NOON.date() + timedelta(days=5))


def sums_of(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "cost_usd": sum((row.cost_usd for row in rows), Decimal(0)),
        "calls": len(rows),
        "failed_calls": sum(row.status in {"error", "unknown"} for row in rows),
        "input_tokens": sum(row.input_tokens for row in rows),
        "output_tokens": sum(row.output_tokens for row in rows),
    }


def agrees(rows: Sequence[Row], days: Days) -> None:
    """Every view of these days agrees with the rows: in total, by day, by operation, and for one operation only."""
    within = [row for row in rows if days.starts_at <= row.created_at < days.ends_at]
    assert total(SUMS, days) == sums_of(within)
    by_operation = {found.key[0]: found.values for found in read(SUMS, days, by=["operation"])}
    assert by_operation == {name: sums_of(own) for name, own in expected_usage.by_operation(within).items()}
    assert (
        sum(Decimal(found.values["cost_usd"] or 0) for found in read(SUMS, days, by=["day"]))
        == sums_of(within)["cost_usd"]
    )
    analyses = [row for row in within if row.operation == "analyze"]
    assert total(SUMS, days, filters=Filters({"operation": "analyze"})) == sums_of(analyses)


@settings(max_examples=examples(6, slow=60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    early=st.lists(calls, max_size=15),
    late=st.lists(calls, max_size=10),
    zone=st.sampled_from(ZONES),
    first=st.integers(-4, 2),
    length=st.integers(1, 4),
)
def test_totals_equal_the_ledger_before_and_after_rollups_and_late_rows(
    early: list[dict[str, Any]],
    late: list[dict[str, Any]],
    zone: str,
    first: int,
    length: int,
    pair: tuple[Tenant, Tenant],
    database: None,
) -> None:
    begins = NOON.date() + timedelta(days=first)
    with override_settings(TIME_ZONE=zone), all_tenants(), transaction.atomic():
        rows = store(early, pair)
        for _ in ("live", "rolled up", "late rows", "rolled up again"):
            for days in (Days(begins, begins + timedelta(days=length)), WHOLE):
                agrees(rows, days)
                with tenant_scope(pair[0].id):
                    agrees([row for row in rows if row.tenant_id == pair[0].id], days)
            roll_up()
            if late:
                rows += store(late, pair)
                late = []
        transaction.set_rollback(True)


def test_a_row_closed_late_is_read_live_and_then_rolled_up(tenant: Tenant) -> None:
    moment = datetime(2002, 5, 1, 10, tzinfo=UTC)
    day = Days(moment.date(), moment.date() + timedelta(days=1))
    with all_tenants(), transaction.atomic():
        row = LLMCall.objects.create(
            tenant=tenant, call_id=uuid.uuid4(), operation="analyze", cost_usd=3, created_at=moment, give_up_at=moment
        )
        roll_up()
        assert UsageDay.objects.filter(tenant=tenant, grain=grain_number(("tenant_id",))).count() == 1
        with tenant_scope(tenant.id):
            assert rollup_coverage(day).late_days == ()
            LLMCall.objects.filter(id=row.id).update(status=CallStatus.OK, cost_usd=1)
            assert moment.date() in rollup_coverage(day).late_days
            assert total(["cost_usd"], day)["cost_usd"] == 1
        roll_up()
        with tenant_scope(tenant.id):
            assert LateQuarter.objects.count() == 0
            assert {row.cost_usd for row in UsageDay.objects.all()} == {1}
        transaction.set_rollback(True)


def test_a_request_over_midnight_is_one_request_of_the_first_day(tenant: Tenant) -> None:
    midnight = datetime(2003, 5, 2, tzinfo=UTC)
    call_id = uuid.uuid4()
    days = Days((midnight - timedelta(days=1)).date(), (midnight + timedelta(days=1)).date())
    with tenant_scope(tenant.id), transaction.atomic():
        for seconds, status in ((-30, CallStatus.ERROR), (20, CallStatus.OK)):
            LLMCall.objects.create(
                call_id=call_id,
                operation="analyze",
                status=status,
                created_at=midnight + timedelta(seconds=seconds),
                give_up_at=midnight,
            )
        found = {row.key[0].day: row.values for row in read(["requests", "failed_requests", "calls"], days, by=["day"])}
        transaction.set_rollback(True)
    assert found == {
        1: {"requests": 1, "failed_requests": 0, "calls": 1},
        2: {"requests": 0, "failed_requests": 0, "calls": 1},
    }


@pytest.mark.parametrize(("name", "share"), [("latency_p50", 0.5), ("latency_p95", 0.95), ("latency_p99", 0.99)])
def test_a_percentile_of_the_histogram_is_within_its_bound(tenant: Tenant, name: str, share: float) -> None:
    randoms = random.Random(7)
    seconds = sorted(min(500.0, max(0.011, randoms.lognormvariate(0.5, 1.2))) for _ in range(2000))
    moment = datetime(2004, 1, 1, tzinfo=UTC)
    with tenant_scope(tenant.id), transaction.atomic():
        LLMCall.objects.bulk_create(
            LLMCall(
                call_id=uuid.uuid4(),
                operation="analyze",
                status=CallStatus.OK,
                latency_seconds=value,
                created_at=moment,
                give_up_at=moment,
            )
            for value in seconds
        )
        read_value = total([name], Days(moment.date(), moment.date() + timedelta(days=1)))[name]
        transaction.set_rollback(True)
    exact = seconds[int(share * (len(seconds) - 1))] * 1000
    assert read_value is not None
    assert abs(float(read_value) - exact) / exact <= LATENCY_GROWTH**0.5 - 1 + 1e-9


def test_an_empty_histogram_has_no_percentile() -> None:
    assert percentile({}, 0.95) is None
    assert percentile({0: 3}, 0.5) == pytest.approx(LATENCY_FIRST_MS / LATENCY_GROWTH**0.5)


def test_after_a_change_of_time_zone_nothing_is_counted_twice(tenant: Tenant) -> None:
    """Half an hour before midnight in one zone is the next day in another: rollups of the old days are not read."""
    moment = datetime(2005, 5, 1, 23, 30, tzinfo=UTC)
    days = Days(moment.date(), moment.date() + timedelta(days=2))
    with all_tenants(), transaction.atomic():
        LLMCall.objects.create(
            tenant=tenant, call_id=uuid.uuid4(), operation="analyze", cost_usd=3, created_at=moment, give_up_at=moment
        )
        for zone, day in (("UTC", 1), ("Asia/Kathmandu", 2), ("UTC", 1)):
            with override_settings(TIME_ZONE=zone), tenant_scope(tenant.id):
                for _ in ("with rollups of the zone before", "with its own"):
                    found = {
                        reading.key[0].day: reading.values["cost_usd"]
                        for reading in read(["cost_usd"], days, by=["day"])
                    }
                    assert found == {day: 3}
                    with all_tenants():
                        roll_up()
        transaction.set_rollback(True)
