"""The figures of random ledgers agree with a plain Python model of the same rows."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_tenant
from tests.usage import plain_model
from tests.usage.plain_model import Row
from usage.api import serializers
from usage.metrics.sources import Window
from usage.models import CallStatus, LLMCall
from usage.reports import endpoints

NOON = datetime(2001, 6, 15, 12, tzinfo=UTC)  # long before any row that other tests commit
OPERATIONS = ("analyze", "assign_codes", "summarize")
moments = st.integers(-3000, 3000).map(lambda minutes: NOON + timedelta(minutes=minutes))
calls = st.fixed_dictionaries(
    {
        "tenant": st.integers(0, 1),
        "request": st.integers(0, 4),
        "operation": st.sampled_from(OPERATIONS),
        "status": st.sampled_from(list(CallStatus)),
        "created_at": moments,
        "cost_usd": st.decimals(0, 5, places=10),
        "latency_seconds": st.integers(0, 60_000).map(lambda ms: ms / 1000),
        "input_tokens": st.integers(0, 5000),
        "output_tokens": st.integers(0, 500),
    }
)
windows = st.tuples(st.none() | moments, st.none() | moments).map(lambda pair: Window(*pair))


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Tenant, Tenant]]:
    with django_db_blocker.unblock():
        yield new_tenant(), new_tenant()


def store(drawn: Sequence[dict[str, Any]], pair: tuple[Tenant, Tenant]) -> list[Row]:
    """Write the drawn rows, in the transaction of the test."""
    requests = [uuid.uuid4() for _ in range(5)]
    written = []
    for columns in drawn:
        rest = {key: value for key, value in columns.items() if key not in {"tenant", "request"}}
        call_id, tenant = requests[columns["request"]], pair[columns["tenant"]]
        written.append(LLMCall(tenant=tenant, call_id=call_id, step="map", request_model="m", give_up_at=NOON, **rest))
    LLMCall.objects.bulk_create(written)
    return [Row.of(call) for call in written]


def nearly(expected: Any) -> Any:
    """Equal, but for the last bits of a float."""
    if isinstance(expected, dict):
        return {key: nearly(value) for key, value in expected.items()}
    if isinstance(expected, list):
        return [nearly(value) for value in expected]
    return pytest.approx(expected, rel=1e-9, abs=1e-9) if isinstance(expected, float) else expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(calls, max_size=30), window=windows)
def test_every_figure_of_a_random_ledger_is_the_models(
    drawn: list[dict[str, Any]], window: Window, pair: tuple[Tenant, Tenant], database: None
) -> None:
    with all_tenants(), transaction.atomic():
        stored = store(drawn, pair)
        within = plain_model.rows_in(stored, window)
        mine = [row for row in within if row.tenant_id == pair[0].id]
        with tenant_scope(pair[0].id):
            own = serializers.tenant_usage(endpoints.usage_of_tenant(pair[0].id, window))
        bounded = Window(window.starts_at or NOON - timedelta(days=3), window.ends_at or NOON + timedelta(days=3))
        tenants, total = endpoints.usage_by_tenant(bounded)
        operations, _ = endpoints.usage_by_operation(bounded)
        transaction.set_rollback(True)
    assert own == nearly(plain_model.tenant_usage_of(mine, pair[0].id))
    assert serializers.tenant_usage(total) == nearly(plain_model.tenant_usage_of(within, None))
    assert [serializers.tenant_usage(each) for each in tenants] == [
        nearly(plain_model.tenant_usage_of(rows, tenant_id))
        for tenant_id, rows in plain_model.by_tenant(within).items()
    ]
    assert [
        (each.operation, [serializers.user_of_operation(user) for user in users]) for each, users in operations
    ] == [
        (
            each["operation"],
            [
                nearly({"tenant_id": str(tenant_id)} | plain_model.usage_of(rows))
                for tenant_id, rows in plain_model.by_tenant(
                    [row for row in within if row.operation == each["operation"]]
                ).items()
            ],
        )
        for each in plain_model.tenant_usage_of(within, None)["operations"]
    ]


def test_the_cost_of_a_thousand_tiny_parts_is_exact(tenant: Tenant) -> None:
    tenth_of_a_nanodollar = Decimal("0.0000000001")
    with tenant_scope(tenant.id):
        LLMCall.objects.bulk_create(
            LLMCall(call_id=uuid.uuid4(), operation="analyze", cost_usd=tenth_of_a_nanodollar, give_up_at=NOON)
            for _ in range(1000)
        )
        found = endpoints.usage_of_tenant(tenant.id, Window())
    assert found.usage.per_call.total_cost_usd == 1000 * tenth_of_a_nanodollar
