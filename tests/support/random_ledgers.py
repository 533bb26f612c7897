"""Ledger rows that hypothesis draws, and how they are stored."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tenants.models import Tenant
from tests.support.expected_usage import Row
from usage.models import CallStatus, LLMCall

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
