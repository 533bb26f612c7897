"""The ledger by day: one definition of every figure, read live or kept as rollups.

A row of the relation is a day at one grain: added up by some of its dimensions. The grain is PostgreSQL's grouping() of
all six: a bit, the first dimension's the highest, for each that is not told apart. Rows of all tenants together belong
to the platform tenant.

Model calls belong to the day they were opened on. An API request (all rows of one tenant, operation and call id)
belongs to the day, model and key of its first row, so that requests add up over days; it has failed when all its rows
have. Days are those of TIME_ZONE.

Latency is kept as a histogram whose bounds grow by LATENCY_GROWTH: a percentile read from it is at most
sqrt(LATENCY_GROWTH) - 1, or 4.4 %, away from the exact one, between LATENCY_FIRST_MS and 9 minutes.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import current_scope
from usage.metrics.row_sql import ALL_FAILED, KEYS, OF_A_CALL, OF_A_REQUEST, selected

Dimensions = tuple[str, ...]

LATENCY_FIRST_MS = 10.0
LATENCY_GROWTH = 1.09
LATENCY_BUCKETS = 128
LONGEST_REQUEST = timedelta(minutes=15)  # the longest deadline is 10; a sweep follows it

DIMENSIONS = tuple(KEYS)
SUMS = (*OF_A_REQUEST, *OF_A_CALL)
HISTOGRAM = ("latency_buckets", "latency_counts")
COLUMNS = ("day", "grain", *DIMENSIONS, *SUMS, *HISTOGRAM)

# What is kept of a day, the coarsest first: what a report's tables need, filtered by operation or model or not.
OF_ALL_TENANTS = ((), ("operation",), ("model",), ("operation", "model"))
OF_A_TENANT = (*OF_ALL_TENANTS, ("api_key_id",), ("user_id",), ("framework_version_id",), DIMENSIONS[1:])
KEPT: Sequence[Dimensions] = (*OF_ALL_TENANTS, *(("tenant_id", *kept) for kept in OF_A_TENANT))
_KEYS = f"day, {', '.join(DIMENSIONS)}"
LIVE_SQL = """
with ledger as (
    select {row}, id, call_id, created_at, records_count, (created_at at time zone %s)::date as day
    from llm_calls where {widened}
),
calls as (select * from ledger where {within}),
latencies as (
    select {grain} as grain, {keys}, bucket, count(*) as count
    from calls, lateral (select greatest(0, least({last}, ceil(ln(greatest(latency_ms, 0.001) / {first})
        / ln({growth}))))::int as bucket) as found
    where latency_ms is not null group by grouping sets ({sets_with_bucket})
),
requests as (
    select distinct on (call_id, tenant_id, operation) *,
        {all_failed} over (partition by call_id, tenant_id, operation) as all_failed
    from ledger order by call_id, tenant_id, operation, created_at, id
),
parts as (
    select {grain} as grain, {keys}, {sums_of_calls}, null::int[] as latency_buckets, null::int[] as latency_counts
    from calls group by grouping sets ({sets})
    union all
    select {grain}, {keys}, {sums_of_requests}, null, null
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
    """Some time of the ledger, [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Days:
    """Whole days of the site's time zone, [first, end)."""

    first: date
    end: date

    @property
    def starts_at(self) -> datetime:
        return start_of(self.first)

    @property
    def ends_at(self) -> datetime:
        return start_of(self.end)

    def __len__(self) -> int:
        return (self.end - self.first).days

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def before(self) -> "Days":
        """The period of the same length that ends where this one begins."""
        return Days(self.first - timedelta(days=len(self)), self.first)


def start_of(day: date) -> datetime:
    """The moment a day begins at in the site's time zone."""
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


def local_day(moment: datetime) -> date:
    """The day of the site's time zone that a moment is on."""
    return moment.astimezone(timezone.get_default_timezone()).date()


def kept_for(dimensions: Collection[str]) -> Dimensions:
    """Return the coarsest that is kept, for the scope in force, and tells these dimensions apart."""
    needed = set(dimensions) & set(DIMENSIONS) | ({"tenant_id"} if current_scope().tenant_id else set())
    return next(kept for kept in KEPT if needed <= set(kept))


def grain_of(kept: Dimensions) -> int:
    """Return the number of a grain."""
    return int("".join("0" if name in kept else "1" for name in DIMENSIONS), 2)


def live_sql(spans: Sequence[Span], grains: Collection[Dimensions] = KEPT) -> tuple[str, list[Any]]:
    """Return the statement, and its parameters, that makes the relation from the ledger, in the scope in force."""
    within, moments = _condition(spans, margin=timedelta(0))
    widened, wide_moments = _condition(spans, margin=LONGEST_REQUEST)
    sets = [", ".join(["day", *kept]) for kept in {*grains, KEPT[-1]}]  # the finest names every column
    statement = LIVE_SQL.format(
        grain=f"grouping({', '.join(DIMENSIONS)})",
        keys=_KEYS,
        row=selected(KEYS | OF_A_CALL),
        all_failed=ALL_FAILED,
        sums_of_calls=", ".join(f"sum({name}) as {name}" if name in OF_A_CALL else f"0 as {name}" for name in SUMS),
        sums_of_requests=", ".join(f"sum({OF_A_REQUEST[name]})" if name in OF_A_REQUEST else "0" for name in SUMS),
        no_sums=", ".join("0" for _ in SUMS),
        dimensions_of_a_tenant=", ".join(DIMENSIONS[1:]),
        platform=PLATFORM_TENANT_ID,
        sets=", ".join(f"({kept})" for kept in sets),
        sets_with_bucket=", ".join(f"({kept}, bucket)" for kept in sets),
        within=within,
        widened=widened,
        first=LATENCY_FIRST_MS,
        growth=LATENCY_GROWTH,
        last=LATENCY_BUCKETS - 1,
        sums=", ".join(f"coalesce(sum({name}), 0) as {name}" for name in SUMS),
    )
    zone = timezone.get_default_timezone_name()
    return statement, [zone, *wide_moments, *moments, *moments]


def _condition(spans: Sequence[Span], *, margin: timedelta) -> tuple[str, list[Any]]:
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
