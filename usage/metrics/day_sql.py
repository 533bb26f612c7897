"""SQL that adds the ledger up by day: one definition for rollups and for rows that are read live.

A row of the relation is one day at one grain, which is the set of dimensions that it is broken down by. A grain's
number is PostgreSQL's grouping() of all dimensions: one bit per dimension, the first one's the highest, set where the
dimension is not in the grain. Rows over all tenants belong to the platform tenant.

Model calls belong to the day they were opened on. An API request (all rows of one tenant, operation and call id)
belongs to the day, model and key of its first row, so that requests add up over days. Days are those of TIME_ZONE.

Latency is stored as a histogram whose bounds grow by LATENCY_GROWTH. Between LATENCY_FIRST_MS and 9 minutes, the error
of a percentile read from it is at most sqrt(LATENCY_GROWTH) - 1, or 4.4 %.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import current_scope
from usage.metrics.dimensions import DIMENSION_NAMES, PRIVATE_DIMENSIONS, SHARED_DIMENSIONS, Dimensions, stored_name
from usage.metrics.row_sql import ALL_FAILED, CALL_SUMS, DIMENSION_SQL, REQUEST_SUMS, select_list

Statement = tuple[str, list[Any]]

LATENCY_FIRST_MS = 10.0
LATENCY_GROWTH = 1.09
LATENCY_BUCKETS = 128
MAX_REQUEST = timedelta(minutes=15)  # the maximum deadline is 10 minutes, and a sweep follows it

SUMS = (*REQUEST_SUMS, *CALL_SUMS)
COLUMNS = ("day", "grain", *DIMENSION_NAMES, *SUMS, "latency_buckets", "latency_counts")

# The grains that rollups store, the coarsest first: those of a report's tables, with a filter by a shared dimension or
# without.
SHARED_GRAINS: Sequence[Dimensions] = ((), *((name,) for name in SHARED_DIMENSIONS), SHARED_DIMENSIONS)
TENANT_GRAINS = (*SHARED_GRAINS, *((name,) for name in PRIVATE_DIMENSIONS), DIMENSION_NAMES[1:])
GRAINS: Sequence[Dimensions] = (*SHARED_GRAINS, *(("tenant_id", *grain) for grain in TENANT_GRAINS))
_KEYS = f"day, {', '.join(DIMENSION_NAMES)}"
LIVE_SQL = """
with ledger as (
    select {row}, id, call_id, created_at, records_count, (created_at at time zone %s)::date as day
    from llm_calls where {widened}
),
calls as (select * from ledger where {within}),
latencies as (
    select {grain} as grain, {keys}, bucket, count(*) as count
    from calls, lateral (select greatest(0, least({last}, ceil(ln(greatest(latency_ms, 0.001) / {first})
        / ln({growth}))))::int as bucket) as buckets
    where latency_ms is not null group by grouping sets ({sets_with_bucket})
),
requests as (
    select distinct on (call_id, tenant_id, operation) *,
        {all_failed} over (partition by call_id, tenant_id, operation) as all_failed
    from ledger order by call_id, tenant_id, operation, created_at, id
),
parts as (
    select {grain} as grain, {keys}, {call_sums}, null::int[] as latency_buckets, null::int[] as latency_counts
    from calls group by grouping sets ({sets})
    union all
    select {grain}, {keys}, {request_sums}, null, null
    from requests where {within} group by grouping sets ({sets})
    union all
    select grain, {keys}, {no_sums}, array_agg(bucket order by bucket), array_agg(count::int order by bucket)
    from latencies group by grain, {keys}
)
select grain, day, coalesce(tenant_id, '{platform}') as tenant_id, {dimensions_of_a_tenant}, {sums},
    max(latency_buckets) as latency_buckets, max(latency_counts) as latency_counts
from parts group by grain, {keys}
"""


@dataclass(frozen=True)
class Span:
    """A part of the ledger's time, [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime


def stored_grain(names: Collection[str]) -> Dimensions:
    """Return the coarsest grain that rollups store for the scope in force and that has these dimensions."""
    needed = set(map(stored_name, names)) & set(DIMENSION_NAMES) | (
        {"tenant_id"} if current_scope().tenant_id else set()
    )
    return next(grain for grain in GRAINS if needed <= set(grain))


def grain_number(grain: Dimensions) -> int:
    return int("".join("0" if name in grain else "1" for name in DIMENSION_NAMES), 2)


def live_statement(spans: Sequence[Span], grains: Collection[Dimensions] = GRAINS) -> Statement:
    """Return the statement that makes the relation from the ledger, for the scope in force."""
    within, moments = _condition(spans, margin=timedelta(0))
    widened, wide_moments = _condition(spans, margin=MAX_REQUEST)
    statement = LIVE_SQL.format(within=within, widened=widened, **_columns(), **_grouping_sets(grains))
    return statement, [timezone.get_default_timezone_name(), *wide_moments, *moments, *moments]


def _columns() -> dict[str, Any]:
    return {
        "grain": f"grouping({', '.join(DIMENSION_NAMES)})",
        "keys": _KEYS,
        "row": select_list(DIMENSION_SQL | CALL_SUMS),
        "all_failed": ALL_FAILED,
        "call_sums": ", ".join(f"sum({name}) as {name}" if name in CALL_SUMS else f"0 as {name}" for name in SUMS),
        "request_sums": ", ".join(f"sum({REQUEST_SUMS[name]})" if name in REQUEST_SUMS else "0" for name in SUMS),
        "no_sums": ", ".join("0" for _ in SUMS),
        "sums": ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in SUMS),
        "dimensions_of_a_tenant": ", ".join(DIMENSION_NAMES[1:]),
        "platform": PLATFORM_TENANT_ID,
        "first": LATENCY_FIRST_MS,
        "growth": LATENCY_GROWTH,
        "last": LATENCY_BUCKETS - 1,
    }


def _grouping_sets(grains: Collection[Dimensions]) -> dict[str, str]:
    sets = [", ".join(["day", *grain]) for grain in {*grains, GRAINS[-1]}]  # the finest names every column
    return {
        "sets": ", ".join(f"({names})" for names in sets),
        "sets_with_bucket": ", ".join(f"({names}, bucket)" for names in sets),
    }


def _condition(spans: Sequence[Span], *, margin: timedelta) -> Statement:
    times = " or ".join("(created_at >= %s and created_at < %s)" for _ in spans) or "false"
    values: list[Any] = [moment for span in spans for moment in (span.starts_at - margin, span.ends_at + margin)]
    tenant_id = current_scope().tenant_id
    return (f"({times})", values) if tenant_id is None else (f"tenant_id = %s and ({times})", [tenant_id, *values])


def percentile(histogram: dict[int, int], share: float) -> float | None:
    """Read a percentile from a latency histogram, in milliseconds; None when it is empty."""
    total = sum(histogram.values())
    wanted, seen = share * max(total - 1, 0), 0
    for bucket, count in sorted(histogram.items()):
        seen += count
        if seen > wanted:
            return LATENCY_FIRST_MS * math.pow(LATENCY_GROWTH, bucket - 0.5)
    return None
