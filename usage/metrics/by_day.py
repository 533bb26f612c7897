"""Metrics of the ledger over days.

Reads rollups up to the last complete half hour, and the ledger after it and on days with late rows. Results of rollups
are cached by version and days with late rows, which every query reads first, so that cached figures are never stale.
The ledger's part is not cached. The cache contains figures and ids.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tenants.local_days import local_day
from tenants.scoping import current_scope
from usage.metrics.day_query import DayQuery, Group, Histogram, Part, Sums, Totals, read_totals
from usage.metrics.day_sql import Statement, grain_number, live_statement, percentile, stored_grain
from usage.metrics.dimensions import Dimensions
from usage.metrics.rollups import Coverage, live_spans, rollup_coverage, stored_statement
from usage.metrics.source import Filters, Key, Measure, Values
from usage.periods import Days

MAX_CACHED_QUERIES = 128  # two per page, of about ten kilobytes, or a hundred over all tenants
NO_LATENCIES: Histogram = Counter()


@dataclass(frozen=True)
class Stored:
    """The result of a query on rollups.

    totals: as read, but histograms only of groups that live rows may add to. values: made from totals.
    """

    totals: Totals
    values: Mapping[Group, Values]


class RollupsChanged(Exception):
    """The rollups changed while they were read."""


def read_by_day(
    wanted: Mapping[Dimensions, Sequence[Measure]], days: Days, filters: Filters
) -> Mapping[Dimensions, Mapping[Key, Values]]:
    """Read measures by several sets of dimensions, in the scope in force."""
    parts = tuple(_part(dimensions, measures, filters) for dimensions, measures in wanted.items())
    query = DayQuery(parts, days, tuple(filters.equal.items()))
    coverage, stored = _read_stored(query)
    values_by_set: dict[Dimensions, dict[Key, Values]] = {dimensions: {} for dimensions in wanted}
    for (dimensions, key), values in {**stored.values, **_with_live(query, coverage, stored.totals)}.items():
        values_by_set[dimensions][key] = values
    return values_by_set


def _part(dimensions: Dimensions, measures: Sequence[Measure], filters: Filters) -> Part:
    sums = [measure for measure in measures if measure.sql]
    sql_dimensions = [name for measure in sums for name in measure.sql_dimensions]
    percentiles = [(measure.name, measure.percentile) for measure in measures if measure.percentile is not None]
    return Part(
        dimensions=dimensions,
        sums=tuple((measure.name, measure.sql) for measure in sums),
        sums_grain=stored_grain([*dimensions, *sql_dimensions, *filters.equal]),
        percentiles=tuple(percentiles),
        histograms_grain=stored_grain([*dimensions, *filters.equal]),
    )


def _read_stored(query: DayQuery) -> tuple[Coverage, Stored]:
    """Read the rollups of a query, and how far they reach; start again when they change meanwhile."""
    while True:
        coverage = rollup_coverage(query.days)
        if coverage.version is None:
            return coverage, Stored(Totals({}, {}), {})
        try:
            return coverage, _read_version(query, coverage, current_scope().tenant_id)
        except RollupsChanged:
            continue


@lru_cache(maxsize=MAX_CACHED_QUERIES)
def _read_version(query: DayQuery, coverage: Coverage, tenant_id: uuid.UUID | None) -> Stored:
    """Read one version of the rollups. tenant_id: the scope in force, as a part of the cache's key.

    Raises RollupsChanged, and caches nothing, when another version may have been read.
    """
    totals = read_totals(query, lambda grain: stored_statement(query.days, coverage, grain), live=None)
    if rollup_coverage(query.days).version != coverage.version:
        raise RollupsChanged
    values = {group: _values(query, group, sums, totals.histograms) for group, sums in totals.sums.items()}
    growing = {group: counts for group, counts in totals.histograms.items() if not _is_complete(group, coverage)}
    return Stored(Totals(totals.sums, growing), values)


def _is_complete(group: Group, coverage: Coverage) -> bool:
    """Tell whether a group is of a day that no live row adds to. Late days are read live as a whole."""
    day = dict(zip(*group, strict=True)).get("day")
    return day is not None and coverage.rolled_until is not None and day < local_day(coverage.rolled_until)


def _with_live(query: DayQuery, coverage: Coverage, stored: Totals) -> Mapping[Group, Values]:
    """Return the values of the groups that live rows add to, stored totals included."""
    spans = live_spans(query.days, coverage)
    if not spans:
        return {}
    live = read_totals(query, _live_rows, live=live_statement(spans, query.grains))
    histograms = {
        group: stored.histograms.get(group, NO_LATENCIES) + live.histograms.get(group, NO_LATENCIES)
        for group in live.sums
    }
    return {
        group: _values(query, group, _added(stored.sums.get(group, {}), sums), histograms)
        for group, sums in live.sums.items()
    }


def _live_rows(grain: Dimensions) -> Statement:
    return f"select * from live where grain = {grain_number(grain)}", []  # noqa: S608 (a number)


def _added(stored: Sums, live: Sums) -> Sums:
    return {name: stored.get(name, 0) + value for name, value in live.items()}  # type: ignore[operator] # one type per name


def _values(query: DayQuery, group: Group, sums: Sums, histograms: Mapping[Group, Histogram]) -> Values:
    part = next(part for part in query.parts if part.dimensions == group[0])
    histogram = histograms.get(group, NO_LATENCIES)
    return {**sums, **{name: percentile(histogram, share) for name, share in part.percentiles}}
