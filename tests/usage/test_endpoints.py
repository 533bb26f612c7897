"""The figures of random ledgers agree with a plain Python model of the same rows."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support import expected_usage
from tests.support.expected_usage import nearly
from tests.support.random_ledgers import NOON, calls, moments, store
from tests.support.slow import examples
from usage.api import serializers
from usage.models import LLMCall
from usage.periods import Window
from usage.reports import endpoints

windows = st.tuples(st.none() | moments, st.none() | moments).map(lambda pair: Window(*pair))


@settings(
    max_examples=examples(15, slow=100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(calls, max_size=30), window=windows)
def test_figures_of_a_random_ledger_are_those_of_the_plain_model(
    drawn: list[dict[str, Any]], window: Window, pair: tuple[Tenant, Tenant], database: None
) -> None:
    with all_tenants(), transaction.atomic():
        stored = store(drawn, pair)
        within = expected_usage.rows_in(stored, window)
        mine = [row for row in within if row.tenant_id == pair[0].id]
        with tenant_scope(pair[0].id):
            own = serializers.tenant_usage(endpoints.usage_of_tenant(pair[0].id, window))
        bounded = Window(window.starts_at or NOON - timedelta(days=3), window.ends_at or NOON + timedelta(days=3))
        tenants, total = endpoints.usage_by_tenant(bounded)
        operations, _ = endpoints.usage_by_operation(bounded)
        transaction.set_rollback(True)
    assert own == nearly(expected_usage.tenant_usage_of(mine, pair[0].id))
    assert serializers.tenant_usage(total) == nearly(expected_usage.tenant_usage_of(within, None))
    assert [serializers.tenant_usage(each) for each in tenants] == [
        nearly(expected_usage.tenant_usage_of(rows, tenant_id))
        for tenant_id, rows in expected_usage.by_tenant(within).items()
    ]
    assert [
        (each.operation, [serializers.user_of_operation(user) for user in users]) for each, users in operations
    ] == [
        (
            each["operation"],
            [
                nearly({"tenant_id": str(tenant_id)} | expected_usage.usage_of(rows))
                for tenant_id, rows in expected_usage.by_tenant(
                    [row for row in within if row.operation == each["operation"]]
                ).items()
            ],
        )
        for each in expected_usage.tenant_usage_of(within, None)["operations"]
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
