"""A metric has the same value over a window as over the days that it covers."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from usage.metrics.dimensions import DIMENSION_NAMES
from usage.metrics.ledger_metrics import DISTRIBUTIONS
from usage.metrics.registry import LEDGER, read, registered_metrics, total
from usage.metrics.rollups import roll_up
from usage.metrics.source import Filters
from usage.models import CallStatus, LLMCall
from usage.periods import Days, Window

FIRST = datetime(2006, 3, 1, tzinfo=UTC)
DAYS = Days(FIRST.date(), FIRST.date() + timedelta(days=2))
BETWEEN = Window(FIRST, FIRST + timedelta(days=2))
BOTH = [metric.name for metric in registered_metrics() if metric.source is LEDGER and metric.sql and metric.adds_up]
KEYS = (None, uuid.UUID(int=1), uuid.UUID(int=2))


def store(*tenants: Tenant) -> None:
    """Requests of two rows each, of every status, whose second row has another model and key."""
    rows = [
        LLMCall(
            tenant=tenant,
            call_id=uuid.UUID(int=number),
            operation=("assign_codes", "analyze")[number % 2],
            request_model=("large", "small")[(number + attempt) % 2],
            api_key_id=KEYS[(number + attempt) % 3],
            status=list(CallStatus)[(number // (1 + attempt)) % 4],
            records_count=2 + attempt,
            input_tokens=100 * number,
            output_tokens=number,
            cached_tokens=7,
            cost_usd=Decimal(number) / 1000,
            price_unknown=number % 5 == 0,
            latency_seconds=number / 8,  # adds up without a rest, in any order
            created_at=FIRST + timedelta(hours=number, seconds=attempt),
            give_up_at=FIRST,
        )
        for tenant in tenants
        for number in range(1, 48)
        for attempt in range(2)
    ]
    LLMCall.objects.bulk_create(rows)


def by_key(names: list[str], time: Any, dimension: str, filters: Filters) -> Any:
    return {reading.key: reading.values for reading in read(names, time, by=[dimension], filters=filters)}


@pytest.mark.parametrize("equal", [{}, {"model": "large"}, {"api_key_id": KEYS[1], "operation": "analyze"}])
def test_sums_are_the_same_over_days_and_over_their_window(
    tenant: Tenant, other_tenant: Tenant, equal: dict[str, Any]
) -> None:
    filters = Filters(equal)
    with all_tenants(), transaction.atomic():
        store(tenant, other_tenant)
        for _ in ("live", "rolled up"):
            with tenant_scope(tenant.id):
                assert total(BOTH, DAYS, filters=filters) == total(BOTH, BETWEEN, filters=filters)
                for dimension in DIMENSION_NAMES:
                    over_days = by_key(BOTH, DAYS, dimension, filters)
                    assert over_days == by_key(BOTH, BETWEEN, dimension, filters)
                    assert over_days
                own = total(["calls", "cost_usd"], BETWEEN, filters=filters)
            together = total(["calls", "cost_usd"], BETWEEN, filters=filters)
            assert {name: 2 * (own[name] or 0) for name in own} == together
            roll_up()
        transaction.set_rollback(True)


def test_metrics_without_rows_are_0_or_none(tenant: Tenant, other_tenant: Tenant) -> None:
    with all_tenants(), transaction.atomic():
        store(other_tenant)
        with tenant_scope(tenant.id):
            found = total(["calls", "requests", "cost_usd", "latency_p95", "request_ms_p95", "error_rate"], BETWEEN)
        transaction.set_rollback(True)
    assert found == {
        "calls": 0,
        "requests": 0,
        "cost_usd": 0,
        "latency_p95": None,
        "request_ms_p95": None,
        "error_rate": None,
    }


def test_distributions_are_refused_over_days(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        for column in DISTRIBUTIONS:
            with pytest.raises(ValueError, match=f"{column}_p95"):
                total([f"{column}_p95"], DAYS)


def test_a_metric_is_none_when_its_source_lacks_the_filter(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        (found,) = read(["calls", "records_with_auto_codes"], DAYS, filters=Filters({"api_key_id": KEYS[1]}))
    assert found.values == {"calls": 0, "records_with_auto_codes": None}


def test_a_day_is_refused_over_a_window(tenant: Tenant) -> None:
    with tenant_scope(tenant.id), pytest.raises(ValueError, match="day"):
        read(["calls"], BETWEEN, by=["day"])
