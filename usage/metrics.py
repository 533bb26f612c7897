"""Named measures of usage, and the one way to read them: pages, exports, endpoints and questions all come through here.

A base metric adds up a column of the daily relation (usage/daily.py); a derived one divides two of them, and is None
where there is nothing to divide by. Every reading is of the scope in force: another tenant's rows do not exist.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from usage.daily import Days, percentile
from usage.rollups import daily_relation

Number = int | float | Decimal
DIMENSIONS = ("day", "tenant_id", "operation", "model", "api_key_id", "user_id", "framework_version_id")


class Unit(Enum):
    """How a figure is written."""

    COUNT = "count"
    USD = "usd"
    TOKENS = "tokens"
    MILLISECONDS = "ms"
    SHARE = "share"


@dataclass(frozen=True)
class Metric:
    """A named measure.

    sql: an aggregate over the daily relation, for a base metric. numerator, denominator: names, for a derived one.
    percentile: the share of model calls that are at most so slow.
    """

    name: str
    label: str | Promise
    unit: Unit
    sql: str = ""
    numerator: str = ""
    denominator: str = ""
    percentile: float | None = None


@dataclass(frozen=True)
class Reading:
    """The values of some metrics for one combination of dimensions, which are in the order asked for."""

    key: tuple[Any, ...]
    values: Mapping[str, Number | None]


@dataclass(frozen=True)
class Filters:
    """Only rows with these values of these dimensions."""

    equal: Mapping[str, Any] = field(default_factory=dict)


_metrics: dict[str, Metric] = {}


def register_metric(metric: Metric) -> None:
    """Add a measure. What it is made of must be there already."""
    missing = {metric.numerator, metric.denominator} - {"", *_metrics}
    if metric.name in _metrics or missing:
        raise ValueError(f"{metric.name} is there already, or made of what is not: {sorted(missing)}")
    _metrics[metric.name] = metric


def registered_metrics() -> Sequence[Metric]:
    return tuple(_metrics.values())


def metric_named(name: str) -> Metric:
    return _metrics[name]


def read(
    names: Sequence[str], days: Days, *, by: Sequence[str] = (), filters: Filters | None = None
) -> Sequence[Reading]:
    """Read metrics for some days of the scope in force, one reading for each combination of the dimensions."""
    return read_sets(names, days, sets=[by], filters=filters)[tuple(by)]


def read_sets(
    names: Sequence[str], days: Days, *, sets: Sequence[Sequence[str]], filters: Filters | None = None
) -> Mapping[tuple[str, ...], Sequence[Reading]]:
    """Read the same metrics by several sets of dimensions at once: the ledger is gone through once for all of them."""
    chosen = filters or Filters()
    unknown = {name for dimensions in sets for name in dimensions} | set(chosen.equal)
    if unknown - set(DIMENSIONS):
        raise ValueError(f"no such dimensions: {sorted(unknown - set(DIMENSIONS))}")
    metrics = [_metrics[name] for name in names]
    bases = sorted({part for metric in metrics for part in _parts(metric)})
    grouping = _Grouping([tuple(dimensions) for dimensions in sets])
    has_percentiles = any(metric.percentile is not None for metric in metrics)
    histograms = _read_histograms(days, grouping, chosen) if has_percentiles else {}
    found: dict[tuple[str, ...], list[Reading]] = {dimensions: [] for dimensions in grouping.sets}
    for dimensions, key, sums in _read_sums(bases, days, grouping, chosen):
        histogram = histograms.get((dimensions, key), {})
        values = {metric.name: _value(metric, sums, histogram) for metric in metrics}
        found[dimensions].append(Reading(key, values))
    return found


def total(names: Sequence[str], days: Days, *, filters: Filters | None = None) -> Mapping[str, Number | None]:
    """Read metrics over all of the days together."""
    return read(names, days, filters=filters)[0].values


def _parts(metric: Metric) -> Sequence[str]:
    return (metric.name,) if metric.sql else tuple(name for name in (metric.numerator, metric.denominator) if name)


def _value(metric: Metric, sums: Mapping[str, Number], histogram: dict[int, int]) -> Number | None:
    if metric.percentile is not None:
        return percentile(histogram, metric.percentile)
    if metric.sql:
        return sums[metric.name]
    divisor = sums[metric.denominator]
    return Decimal(sums[metric.numerator]) / Decimal(divisor) if divisor else None


class _Grouping:
    """Several sets of dimensions as one GROUP BY, and which row of its answer belongs to which."""

    def __init__(self, sets: Sequence[tuple[str, ...]]) -> None:
        self.sets = sets
        self.columns = [name for name in DIMENSIONS if any(name in dimensions for dimensions in sets)]
        self._by_mask = {self._mask(dimensions): dimensions for dimensions in sets}
        self.mask_sql = f"grouping({', '.join(self.columns)})" if self.columns else "0"

    def _mask(self, dimensions: tuple[str, ...]) -> int:
        """PostgreSQL's grouping(): a bit for each column, the first the highest, set where it is not grouped by."""
        return int("0" + "".join("0" if name in dimensions else "1" for name in self.columns), 2)

    def group_by(self, *more: str) -> str:
        return ", ".join(f"({', '.join([*dimensions, *more])})" for dimensions in self.sets)

    def place(self, mask: int, values: Sequence[Any]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Return the set that a row belongs to, and its key in that set's order."""
        dimensions = self._by_mask[mask]
        by_name = dict(zip(self.columns, values, strict=True))
        return dimensions, tuple(by_name[name] for name in dimensions)


def _read_sums(
    bases: Sequence[str], days: Days, grouping: _Grouping, filters: Filters
) -> Iterator[tuple[tuple[str, ...], tuple[Any, ...], dict[str, Number]]]:
    relation, parameters = daily_relation(days)
    condition, values = _condition(filters)
    columns = [grouping.mask_sql, *grouping.columns, *(f"coalesce({_metrics[name].sql}, 0)" for name in bases)]
    statement = (
        f"select {', '.join(columns)} from ({relation}) as daily where {condition}"  # noqa: S608 (names of our own)
        f" group by grouping sets ({grouping.group_by()})"
    )
    width = 1 + len(grouping.columns)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *values])
        for row in cursor.fetchall():
            yield *grouping.place(row[0], row[1:width]), dict(zip(bases, row[width:], strict=True))


def _read_histograms(
    days: Days, grouping: _Grouping, filters: Filters
) -> dict[tuple[tuple[str, ...], tuple[Any, ...]], dict[int, int]]:
    relation, parameters = daily_relation(days)
    condition, values = _condition(filters)
    columns = ", ".join([grouping.mask_sql, *grouping.columns, "bucket"])
    statement = (
        f"select {columns}, sum(count)::bigint from ({relation}) as daily,"  # noqa: S608 (names of our own)
        f" unnest(latency_buckets, latency_counts) as histogram (bucket, count) where {condition}"
        f" group by grouping sets ({grouping.group_by('bucket')})"
    )
    found: dict[tuple[tuple[str, ...], tuple[Any, ...]], dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *values])
        for mask, *key, bucket, count in cursor.fetchall():
            found.setdefault(grouping.place(mask, key), {})[bucket] = int(count)
    return found


def _condition(filters: Filters) -> tuple[str, list[Any]]:
    parts = [f"{name} is not distinct from %s" for name in filters.equal]
    return " and ".join(parts) or "true", list(filters.equal.values())


for _metric in (
    Metric("requests", gettext_lazy("API requests"), Unit.COUNT, sql="sum(requests)::bigint"),
    Metric("failed_requests", gettext_lazy("Failed requests"), Unit.COUNT, sql="sum(failed_requests)::bigint"),
    Metric("records", gettext_lazy("Feedback records"), Unit.COUNT, sql="sum(records)::bigint"),
    Metric(
        "coded_records",
        gettext_lazy("Auto-coded records"),
        Unit.COUNT,
        sql="sum(records) filter (where operation = 'assign_codes')::bigint",
    ),
    Metric("calls", gettext_lazy("Model calls"), Unit.COUNT, sql="sum(calls)::bigint"),
    Metric("failed_calls", gettext_lazy("Failed model calls"), Unit.COUNT, sql="sum(failed_calls)::bigint"),
    Metric("successful_calls", gettext_lazy("Successful calls"), Unit.COUNT, sql="sum(successful_calls)::bigint"),
    Metric("unpriced_calls", gettext_lazy("Calls without a price"), Unit.COUNT, sql="sum(unpriced_calls)::bigint"),
    Metric("input_tokens", gettext_lazy("Tokens in"), Unit.TOKENS, sql="sum(input_tokens)::bigint"),
    Metric("cached_tokens", gettext_lazy("Tokens cached"), Unit.TOKENS, sql="sum(cached_tokens)::bigint"),
    Metric("output_tokens", gettext_lazy("Tokens out"), Unit.TOKENS, sql="sum(output_tokens)::bigint"),
    Metric("tokens", gettext_lazy("Tokens"), Unit.TOKENS, sql="sum(input_tokens + output_tokens)::bigint"),
    Metric("cost_usd", gettext_lazy("Cost (USD)"), Unit.USD, sql="sum(cost_usd)"),
    Metric(
        "coding_cost_usd",
        gettext_lazy("Cost of auto-coding (USD)"),
        Unit.USD,
        sql="sum(cost_usd) filter (where operation = 'assign_codes')",
    ),
    Metric("latency_sum_ms", gettext_lazy("Time in models"), Unit.MILLISECONDS, sql="sum(latency_ms)"),
    Metric(
        "latency_avg",
        gettext_lazy("Average latency"),
        Unit.MILLISECONDS,
        numerator="latency_sum_ms",
        denominator="successful_calls",
    ),
    Metric("latency_p50", gettext_lazy("Latency p50"), Unit.MILLISECONDS, percentile=0.5),
    Metric("latency_p95", gettext_lazy("Latency p95"), Unit.MILLISECONDS, percentile=0.95),
    Metric("latency_p99", gettext_lazy("Latency p99"), Unit.MILLISECONDS, percentile=0.99),
    Metric("error_rate", gettext_lazy("Errors"), Unit.SHARE, numerator="failed_calls", denominator="calls"),
    Metric(
        "cost_per_coded_record",
        gettext_lazy("Cost per auto-coded record"),
        Unit.USD,
        numerator="coding_cost_usd",
        denominator="coded_records",
    ),
    Metric(
        "tokens_per_request",
        gettext_lazy("Tokens per request"),
        Unit.TOKENS,
        numerator="tokens",
        denominator="requests",
    ),
):
    register_metric(_metric)
