"""What model calls cost, how many there were and how long they took: the figures of the usage endpoints.

Counted twice: per model call (a ledger row is one attempt), and per API invocation (the rows of one tenant, operation
and call id). How a row counts, by its status:

| status                  | calls | failed                          | cost and totals   | avg, min, max, p5, p95 |
|-------------------------|-------|---------------------------------|-------------------|------------------------|
| ok                      | yes   | no                              | yes               | yes                    |
| error                   | yes   | yes                             | what was billed   | no                     |
| unknown (nobody closed) | yes   | yes                             | at upper estimate | no                     |
| pending (still running) | yes   | no                              | at upper estimate | no                     |

An invocation has failed when all its rows have; its duration and tokens are the sums over its successful rows.
A row that was refused and not billed adds nothing to any total, its duration included. Percentiles are exact, and
interpolated between neighbours (`percentile_cont`).
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from tenants.scoping import current_scope


@dataclass(frozen=True)
class Window:
    """A half-open span of time, [start, end). None: without a bound."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Distribution:
    """How a measure is spread over successful calls; total is over all billed ones."""

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
    """Both counts of the same rows: per API invocation and per model call."""

    per_invocation: Stats = field(default_factory=Stats)
    per_call: Stats = field(default_factory=Stats)


@dataclass(frozen=True)
class OperationUsage:
    """The usage of one operation."""

    operation: str
    usage: Usage


@dataclass(frozen=True)
class TenantUsage:
    """The usage of one tenant, and of each of its operations. tenant_id: None for all tenants together."""

    tenant_id: uuid.UUID | None
    usage: Usage
    operations: Sequence[OperationUsage]


class Group(NamedTuple):
    """What a figure is about. None: every tenant, every operation."""

    tenant_id: uuid.UUID | None
    operation: str | None


EVERYTHING = Group(None, None)
MEASURES = ("call_duration", "input_tokens", "output_tokens")
UNKNOWN_OPERATION = "unknown"

# Rows of the window; of each measure the successful part (null otherwise) and the billed part.
LEDGER_SQL = """
    select tenant_id, coalesce(nullif(operation, ''), '{unknown}') as operation, call_id, cost_usd,
        status in ('error', 'unknown') as has_failed,
        status = 'ok' as is_ok,
        case when status = 'error' and input_tokens = 0 and output_tokens = 0 then 0
            else latency_seconds * 1000 end as call_duration,
        input_tokens, output_tokens
    from llm_calls
    where {condition}
"""
INVOCATIONS_SQL = """
    select tenant_id, operation, call_id, sum(cost_usd) as cost_usd, bool_and(has_failed) as has_failed,
        {sums}
    from ledger
    group by tenant_id, operation, call_id
"""
FIGURES_SQL = """
with ledger as ({ledger}),
invocations as ({invocations}),
counted as (
    select 'call' as counted_as, tenant_id, operation, cost_usd, has_failed, {call_columns} from ledger
    union all
    select 'invocation', tenant_id, operation, cost_usd, has_failed, {columns} from invocations
)
select counted_as, {tenant}, {operation}, count(*), count(*) filter (where has_failed), sum(cost_usd),
    {distributions}
from counted
group by counted_as, {grouping}
"""


def usage_of_tenant(tenant_id: uuid.UUID, window: Window) -> TenantUsage:
    """Return the usage of the tenant in scope."""
    figures = _read_figures(window, "grouping sets ((), (operation))", operation="operation")
    return _tenant_usage(tenant_id, figures, of_group=None)


def usage_by_tenant(window: Window) -> tuple[Sequence[TenantUsage], TenantUsage]:
    """Return the usage of every tenant in scope that has any, by id, and of all of them together."""
    figures = _read_all(window)
    tenants = [_tenant_usage(tenant_id, figures, of_group=tenant_id) for tenant_id in _tenants_in(figures)]
    return tenants, _tenant_usage(None, figures, of_group=None)


def usage_by_operation(window: Window) -> tuple[Sequence[tuple[OperationUsage, Sequence[TenantUsage]]], TenantUsage]:
    """Return the usage of every operation, the tenants that used it by id, and all of it together."""
    figures = _read_all(window)
    total = _tenant_usage(None, figures, of_group=None)
    tenant_ids = _tenants_in(figures)
    return [(each, list(_users_of(each.operation, tenant_ids, figures))) for each in total.operations], total


def _read_all(window: Window) -> dict[Group, Usage]:
    return _read_figures(window, "cube (tenant_id, operation)", tenant="tenant_id", operation="operation")


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
    operations.sort(key=lambda each: (-each.usage.per_invocation.total_cost_usd, each.operation))
    return TenantUsage(tenant_id, figures.get(Group(of_group, None), Usage()), operations)


def _read_figures(
    window: Window, grouping: str, *, tenant: str = "null::uuid", operation: str = "null::text"
) -> dict[Group, Usage]:
    """Read all figures in one statement, so that both counts are of the same rows."""
    condition, parameters = _condition(window)
    statement = FIGURES_SQL.format(
        ledger=LEDGER_SQL.format(condition=condition, unknown=UNKNOWN_OPERATION),
        invocations=INVOCATIONS_SQL.format(sums=", ".join(map(_sums, MEASURES))),
        call_columns=", ".join(
            f"case when is_ok then {name} end as ok_{name}, {name} as all_{name}" for name in MEASURES
        ),
        columns=", ".join(f"ok_{name}, all_{name}" for name in MEASURES),
        distributions=", ".join(map(_distribution, MEASURES)),
        tenant=tenant,
        operation=operation,
        grouping=grouping,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return _usage_by_group(cursor.fetchall())


def _condition(window: Window) -> tuple[str, list[Any]]:
    """Limit rows to the scope and the window: row-level security would, but it cannot pick the index."""
    limits = [
        ("tenant_id = %s", current_scope().tenant_id),
        ("created_at >= %s", window.start),
        ("created_at < %s", window.end),
    ]
    asked = [(sql, value) for sql, value in limits if value is not None]
    return " and ".join(sql for sql, _ in asked) or "true", [value for _, value in asked]


def _sums(measure: str) -> str:
    return f"sum({measure}) filter (where is_ok) as ok_{measure}, sum({measure}) as all_{measure}"


def _distribution(measure: str) -> str:
    percentiles = f"percentile_cont(array[0.05, 0.95]) within group (order by ok_{measure}::float8)"
    return f"avg(ok_{measure}), min(ok_{measure}), max(ok_{measure}), {percentiles}, sum(all_{measure})"


def _usage_by_group(rows: Iterable[Sequence[Any]]) -> dict[Group, Usage]:
    stats = {(Group(row[1], row[2]), row[0]): _stats(row[3:]) for row in rows}
    groups = dict.fromkeys(group for group, _ in stats)
    return {
        group: Usage(stats[group, "invocation"], stats[group, "call"]) for group in groups if (group, "call") in stats
    }


def _stats(columns: Sequence[Any]) -> Stats:
    calls, failed, cost, *measures = columns
    width = len(measures) // len(MEASURES)
    parts = [measures[start : start + width] for start in range(0, len(measures), width)]
    return Stats(calls, failed, cost or Decimal(0), *(_as_distribution(*part) for part in parts))


def _as_distribution(
    average: Any, smallest: Any, largest: Any, percentiles: Sequence[float] | None, total: Any
) -> Distribution:
    p5, p95 = percentiles or (0.0, 0.0)
    return Distribution(
        avg=float(average or 0),
        min=float(smallest or 0),
        max=float(largest or 0),
        p5=float(p5 or 0),
        p95=float(p95 or 0),
        total=round(total or 0),
    )
