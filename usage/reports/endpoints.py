"""Figures of the usage endpoints: numbers of calls, their cost, durations and tokens.

Calls are counted per model call and per API invocation (see usage/metrics/row_sql.py). An invocation belongs to every
window that has a row of it. Percentiles are exact, and interpolated between neighbours.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from usage.metrics.dimensions import Dimensions
from usage.metrics.registry import read_sets
from usage.metrics.source import Values
from usage.periods import Window


@dataclass(frozen=True)
class Distribution:
    """The distribution of a figure over successful calls. total: over all billed calls."""

    avg: float = 0.0
    min: float = 0.0
    max: float = 0.0
    p5: float = 0.0
    p95: float = 0.0
    total: int = 0


@dataclass(frozen=True)
class Stats:
    """The contract's stats block. call_duration is in milliseconds."""

    total_calls: int = 0
    failed_calls: int = 0
    total_cost_usd: Decimal = Decimal(0)
    call_duration: Distribution = field(default_factory=Distribution)
    input_tokens: Distribution = field(default_factory=Distribution)
    output_tokens: Distribution = field(default_factory=Distribution)


@dataclass(frozen=True)
class Usage:
    """The same rows, counted per API invocation and per model call."""

    per_invocation: Stats = field(default_factory=Stats)
    per_call: Stats = field(default_factory=Stats)


@dataclass(frozen=True)
class OperationUsage:
    """The usage of one operation."""

    operation: str
    usage: Usage


@dataclass(frozen=True)
class TenantUsage:
    """The usage of one tenant, and of its operations. tenant_id: None for the total of all tenants."""

    tenant_id: uuid.UUID | None
    usage: Usage
    operations: Sequence[OperationUsage]


class Group(NamedTuple):
    """The tenant and operation that a figure belongs to. None: all of them."""

    tenant_id: uuid.UUID | None
    operation: str | None


ALL_SETS: Sequence[Dimensions] = ((), ("tenant_id",), ("operation",), ("tenant_id", "operation"))
# For both counts: number, number of failed, and the distributions of duration, tokens in and tokens out.
INVOCATIONS = ("requests", "failed_requests", "request_ms", "request_input_tokens", "request_output_tokens")
CALLS = ("calls", "failed_calls", "latency", "call_input_tokens", "call_output_tokens")
TOTALS = ("billed_ms", "input_tokens", "output_tokens")
STATISTICS = ("avg", "min", "max", "p5", "p95")
METRICS = (
    "cost_usd",
    *TOTALS,
    *(name for calls, failed, *_ in (INVOCATIONS, CALLS) for name in (calls, failed)),
    *(f"{name}_{statistic}" for name in (*INVOCATIONS[2:], *CALLS[2:]) for statistic in STATISTICS),
)


def usage_of_tenant(tenant_id: uuid.UUID, window: Window) -> TenantUsage:
    """Return the usage of the tenant in scope."""
    figures = _read_figures(window, [(), ("operation",)])
    return _tenant_usage(tenant_id, figures, of_group=None)


def usage_by_tenant(window: Window) -> tuple[Sequence[TenantUsage], TenantUsage]:
    """Return the usage of the tenants in scope that have any, by id, and their total."""
    figures = _read_all(window)
    tenants = [_tenant_usage(tenant_id, figures, of_group=tenant_id) for tenant_id in _tenants_in(figures)]
    return tenants, _tenant_usage(None, figures, of_group=None)


def usage_by_operation(window: Window) -> tuple[Sequence[tuple[OperationUsage, Sequence[TenantUsage]]], TenantUsage]:
    """Return the usage of the operations, with that of the tenants that used them, by id, and the total."""
    figures = _read_all(window)
    total = _tenant_usage(None, figures, of_group=None)
    tenant_ids = _tenants_in(figures)
    return [(usage, list(_users_of(usage.operation, tenant_ids, figures))) for usage in total.operations], total


def _read_all(window: Window) -> dict[Group, Usage]:
    return _read_figures(window, ALL_SETS)


def _users_of(operation: str, tenant_ids: Iterable[uuid.UUID], figures: dict[Group, Usage]) -> Iterator[TenantUsage]:
    for tenant_id in tenant_ids:
        usage = figures.get(Group(tenant_id, operation))
        if usage is not None:
            yield TenantUsage(tenant_id, usage, operations=())


def _tenants_in(figures: dict[Group, Usage]) -> list[uuid.UUID]:
    return sorted(group.tenant_id for group in figures if group.tenant_id is not None and group.operation is None)


def _tenant_usage(
    tenant_id: uuid.UUID | None, figures: dict[Group, Usage], *, of_group: uuid.UUID | None
) -> TenantUsage:
    operations = [
        OperationUsage(group.operation, usage)
        for group, usage in figures.items()
        if group.tenant_id == of_group and group.operation is not None
    ]
    operations.sort(key=lambda usage: (-usage.usage.per_invocation.total_cost_usd, usage.operation))
    return TenantUsage(tenant_id, figures.get(Group(of_group, None), Usage()), operations)


def _read_figures(window: Window, sets: Sequence[Dimensions]) -> dict[Group, Usage]:
    """Read all figures in one statement, so that both counts are of the same rows."""
    figures = {}
    for dimensions, readings in read_sets(dict.fromkeys(sets, METRICS), window).items():
        for reading in readings:
            key = dict(zip(dimensions, reading.key, strict=True))
            figures[Group(key.get("tenant_id"), key.get("operation"))] = _usage(reading.values)
    return figures


def _usage(values: Values) -> Usage:
    return Usage(_stats(values, *INVOCATIONS), _stats(values, *CALLS))


def _stats(values: Values, calls: str, failed: str, *names: str) -> Stats:
    duration, tokens_in, tokens_out = (_distribution(values, *pair) for pair in zip(names, TOTALS, strict=True))
    return Stats(
        total_calls=int(values[calls] or 0),
        failed_calls=int(values[failed] or 0),
        total_cost_usd=Decimal(values["cost_usd"] or 0),
        call_duration=duration,
        input_tokens=tokens_in,
        output_tokens=tokens_out,
    )


def _distribution(values: Values, name: str, total: str) -> Distribution:
    statistics = {statistic: float(values[f"{name}_{statistic}"] or 0) for statistic in STATISTICS}
    return Distribution(**statistics, total=round(values[total] or 0))
