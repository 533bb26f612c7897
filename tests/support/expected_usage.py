"""The figures of usage in plain Python over plain rows, which the SQL is compared with."""

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from usage.models import LLMCall
from usage.periods import Window

MEASURES = ("call_duration", "input_tokens", "output_tokens")


@dataclass(frozen=True)
class Row:
    """One ledger row, as the model sees it."""

    tenant_id: uuid.UUID
    operation: str
    call_id: uuid.UUID
    status: str
    created_at: datetime
    cost_usd: Decimal
    latency_seconds: float
    input_tokens: int
    output_tokens: int

    @classmethod
    def of(cls, call: LLMCall) -> "Row":
        return cls(**{name: getattr(call, name) for name in cls.__dataclass_fields__})

    def measures(self) -> dict[str, float]:
        is_billed = self.status != "error" or self.input_tokens or self.output_tokens
        duration = self.latency_seconds * 1000 if is_billed else 0.0
        return {"call_duration": duration, "input_tokens": self.input_tokens, "output_tokens": self.output_tokens}


def rows_in(rows: Iterable[Row], window: Window) -> list[Row]:
    return [
        row
        for row in rows
        if (window.starts_at is None or row.created_at >= window.starts_at)
        and (window.ends_at is None or row.created_at < window.ends_at)
    ]


def stats_of(groups: Sequence[Sequence[Row]]) -> dict[str, Any]:
    """The stats block of calls that each consist of some rows."""
    return {
        "total_calls": len(groups),
        "failed_calls": sum(all(row.status in {"error", "unknown"} for row in group) for group in groups),
        "total_cost_usd": float(sum((row.cost_usd for group in groups for row in group), Decimal(0))),
        **{measure: distribution_of(groups, measure) for measure in MEASURES},
    }


def distribution_of(groups: Sequence[Sequence[Row]], measure: str) -> dict[str, float]:
    successful = [[row for row in group if row.status == "ok"] for group in groups]
    values = sorted(sum(row.measures()[measure] for row in group) for group in successful if group)
    return {
        "avg": math.fsum(values) / len(values) if values else 0,
        "min": values[0] if values else 0,
        "max": values[-1] if values else 0,
        "p5": percentile(values, 0.05),
        "p95": percentile(values, 0.95),
        "total": round(math.fsum(row.measures()[measure] for group in groups for row in group)),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Interpolated between neighbours; 0 without values."""
    if not values:
        return 0
    place = (len(values) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def usage_of(rows: Sequence[Row]) -> dict[str, Any]:
    invocations: dict[Any, list[Row]] = {}
    for row in rows:
        invocations.setdefault((row.tenant_id, row.operation, row.call_id), []).append(row)
    return stats_of(list(invocations.values())) | {"llm_call_stats": stats_of([[row] for row in rows])}


def tenant_usage_of(rows: Sequence[Row], tenant_id: uuid.UUID | None) -> dict[str, Any]:
    found = [{"operation": name} | usage_of(own) for name, own in by_operation(rows).items()]
    found.sort(key=lambda each: (-each["total_cost_usd"], each["operation"]))
    return {"tenant_id": tenant_id and str(tenant_id), "operations": found} | usage_of(rows)


def by_operation(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.operation, []).append(row)
    return found


def by_tenant(rows: Sequence[Row]) -> dict[uuid.UUID, list[Row]]:
    found: dict[uuid.UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row.tenant_id, []).append(row)
    return dict(sorted(found.items()))


def nearly(expected: Any) -> Any:
    """Equal, but for the last bits of a float."""
    if isinstance(expected, dict):
        return {key: nearly(value) for key, value in expected.items()}
    if isinstance(expected, list):
        return [nearly(value) for value in expected]
    return pytest.approx(expected, rel=1e-9, abs=1e-9) if isinstance(expected, float) else expected
