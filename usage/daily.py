"""The ledger by day: one definition of every figure, read live or kept as rollups.

A row of the relation is a tenant's day, operation, model, key, person and framework. Model calls belong to the day they
were opened on. An API request (all rows of one tenant, operation and call id) belongs to the day, model and key of its
first row, so that requests add up over days; it has failed when all its rows have. Days are those of TIME_ZONE.

Latency is kept as a histogram whose bounds grow by LATENCY_GROWTH: a percentile read from it is at most
sqrt(LATENCY_GROWTH) - 1, or 4.4 %, away from the exact one, between LATENCY_FIRST_MS and 9 minutes.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from tenants.scoping import current_scope

LATENCY_FIRST_MS = 10.0
LATENCY_GROWTH = 1.09
LATENCY_BUCKETS = 128
LONGEST_REQUEST = timedelta(minutes=15)  # the longest deadline is 10; a sweep follows it

DIMENSIONS = ("operation", "model", "api_key_id", "user_id", "framework_version_id")
SUMS = (
    "requests",
    "failed_requests",
    "records",
    "calls",
    "failed_calls",
    "successful_calls",
    "unpriced_calls",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
)
HISTOGRAM = ("latency_buckets", "latency_counts")
COLUMNS = ("tenant_id", "day", *DIMENSIONS, *SUMS, *HISTOGRAM)

_KEYS = "tenant_id, day, operation, model, api_key_id, user_id, framework_version_id"
LIVE_SQL = """
with ledger as (
    select *, request_model as model, (created_at at time zone %s)::date as day,
        status in ('error', 'unknown') as has_failed, latency_seconds * 1000 as milliseconds
    from llm_calls where {widened}
),
calls as (select * from ledger where {within}),
latencies as (
    select {keys}, greatest(0, least({last}, ceil(ln(greatest(milliseconds, 0.001) / {first}) / ln({growth}))))::int
        as bucket, count(*) as count
    from calls where status = 'ok' group by {keys}, bucket
),
histograms as (
    select {keys}, array_agg(bucket order by bucket) as buckets, array_agg(count::int order by bucket) as counts
    from latencies group by {keys}
),
requests as (
    select distinct on (tenant_id, operation, call_id) *,
        bool_and(has_failed) over (partition by tenant_id, operation, call_id) as all_failed
    from ledger order by tenant_id, operation, call_id, created_at, id
),
parts as (
    select {keys}, 0 as requests, 0 as failed_requests, 0 as records, count(*) as calls,
        count(*) filter (where has_failed) as failed_calls, count(*) filter (where status = 'ok') as successful_calls,
        count(*) filter (where price_unknown) as unpriced_calls, sum(input_tokens) as input_tokens,
        sum(cached_tokens) as cached_tokens, sum(output_tokens) as output_tokens, sum(cost_usd) as cost_usd,
        coalesce(sum(milliseconds) filter (where status = 'ok'), 0) as latency_ms,
        null::int[] as latency_buckets, null::int[] as latency_counts
    from calls group by {keys}
    union all
    select {keys}, count(*), count(*) filter (where all_failed), sum(records_count) filter (where not all_failed),
        0, 0, 0, 0, 0, 0, 0, 0, 0, null, null
    from requests where {within} group by {keys}
    union all
    select {keys}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, buckets, counts from histograms
)
select {keys}, {sums}, max(latency_buckets) as latency_buckets, max(latency_counts) as latency_counts
from parts group by {keys}
"""


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


def spans_of(days: Iterable[date]) -> list[Days]:
    """Join days that follow one another."""
    spans: list[Days] = []
    for day in sorted(days):
        if spans and spans[-1].end == day:
            spans[-1] = Days(spans[-1].first, day + timedelta(days=1))
        else:
            spans.append(Days(day, day + timedelta(days=1)))
    return spans


def live_sql(spans: Sequence[Days]) -> tuple[str, list[Any]]:
    """Return the statement, and its parameters, that makes the relation from the ledger, in the scope in force."""
    within, moments = _condition(spans, margin=timedelta(0))
    widened, wide_moments = _condition(spans, margin=LONGEST_REQUEST)
    statement = LIVE_SQL.format(
        keys=_KEYS,
        within=within,
        widened=widened,
        first=LATENCY_FIRST_MS,
        growth=LATENCY_GROWTH,
        last=LATENCY_BUCKETS - 1,
        sums=", ".join(f"coalesce(sum({name}), 0) as {name}" for name in SUMS),
    )
    zone = timezone.get_default_timezone_name()
    return statement, [zone, *wide_moments, *moments, *moments]


def _condition(spans: Sequence[Days], *, margin: timedelta) -> tuple[str, list[Any]]:
    times = " or ".join("(created_at >= %s and created_at < %s)" for _ in spans) or "false"
    moments = [moment for span in spans for moment in (span.starts_at - margin, span.ends_at + margin)]
    tenant_id = current_scope().tenant_id
    if tenant_id is None:
        return f"({times})", moments
    return f"tenant_id = %s and ({times})", [tenant_id, *moments]


def percentile(histogram: dict[int, int], share: float) -> float | None:
    """Read a percentile from a latency histogram, in milliseconds; None when it is empty."""
    total = sum(histogram.values())
    wanted, seen = share * max(total - 1, 0), 0
    for bucket, count in sorted(histogram.items()):
        seen += count
        if seen > wanted:
            return LATENCY_FIRST_MS * math.pow(LATENCY_GROWTH, bucket - 0.5)
    return None
