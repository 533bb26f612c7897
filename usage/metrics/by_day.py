"""The ledger over days: what is rolled up of them, and what is live added to it.

What is rolled up is remembered by this process, under the version of the rollups and the late days that were asked for
just before; the rest is read from the ledger every time. So no figure is older than its question, and one that is read
again costs what the last half hour does. What is remembered is figures and ids.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tenants.scoping import current_scope
from usage.metrics.day_sql import Days, Dimensions, grain_of, kept_for, live_sql, local_day, percentile
from usage.metrics.rollups import Reach, kept_sql, live_spans, reach_of_rollups
from usage.metrics.sources import Filters, Key, Measure, Values
from usage.metrics.totals import Histogram, Part, Place, Question, Sums, Totals, read_totals

REMEMBERED_READINGS = 128  # a page reads two; each is some ten kilobytes, a hundred over all tenants
NO_LATENCIES: Histogram = Counter()


@dataclass(frozen=True)
class Kept:
    """What is rolled up of a question. values: what its totals come to, percentiles included."""

    totals: Totals
    values: Mapping[Place, Values]


class RolledUpMeanwhile(Exception):
    """The rollups changed while they were read."""


def read_days(
    wanted: Mapping[Dimensions, Sequence[Measure]], days: Days, filters: Filters
) -> Mapping[Dimensions, Mapping[Key, Values]]:
    """Read measures by several sets of dimensions, in the scope in force."""
    parts = tuple(_part(dimensions, measures, filters) for dimensions, measures in wanted.items())
    question = Question(parts, days, tuple(filters.equal.items()))
    reach, kept = _read_kept(question)
    found: dict[Dimensions, dict[Key, Values]] = {dimensions: {} for dimensions in wanted}
    for (dimensions, key), values in [*kept.values.items(), *_with_live(question, reach, kept.totals).items()]:
        found[dimensions][key] = values
    return found


def _part(dimensions: Dimensions, measures: Sequence[Measure], filters: Filters) -> Part:
    sums = [measure for measure in measures if measure.sql]
    looked_at = [name for measure in sums for name in measure.looks_at]
    return Part(
        dimensions=dimensions,
        sums=tuple((measure.name, measure.sql) for measure in sums),
        grain_of_sums=kept_for([*dimensions, *looked_at, *filters.equal]),
        percentiles=tuple((each.name, each.percentile) for each in measures if each.percentile is not None),
        grain_of_histograms=kept_for([*dimensions, *filters.equal]),
    )


def _read_kept(question: Question) -> tuple[Reach, Kept]:
    """Return how far the question's days are rolled up, and what is; again where it changed meanwhile."""
    while True:
        reach = reach_of_rollups(question.days)
        if reach.version is None:
            return reach, Kept(Totals({}, {}), {})
        try:
            return reach, _remembered(question, reach, current_scope().tenant_id)
        except RolledUpMeanwhile:
            continue


@lru_cache(maxsize=REMEMBERED_READINGS)
def _remembered(question: Question, reach: Reach, tenant_id: uuid.UUID | None) -> Kept:
    """Read what is rolled up. tenant_id: the scope in force, for which alone this is remembered.

    Raises RolledUpMeanwhile, and remembers nothing, when it may be another version that was read.
    """
    totals = read_totals(question, lambda grain: kept_sql(question.days, reach, grain), live=None)
    if reach_of_rollups(question.days).version != reach.version:
        raise RolledUpMeanwhile
    values = {place: _values(question, place, sums, totals.histograms) for place, sums in totals.sums.items()}
    growing = {place: each for place, each in totals.histograms.items() if not _is_over(place, reach)}
    return Kept(Totals(totals.sums, growing), values)


def _is_over(place: Place, reach: Reach) -> bool:
    """Tell whether a place is of a day that no live row adds to: late days are live as a whole."""
    day = dict(zip(*place, strict=True)).get("day")
    return day is not None and reach.rolled_until is not None and day < local_day(reach.rolled_until)


def _with_live(question: Question, reach: Reach, kept: Totals) -> Mapping[Place, Values]:
    """Return the values of the places that the ledger adds to, with what is kept of them."""
    spans = live_spans(question.days, reach)
    if not spans:
        return {}
    live = live_sql(spans, question.grains)
    totals = read_totals(question, _rows_of_live, live=live)
    histograms = {
        place: kept.histograms.get(place, NO_LATENCIES) + totals.histograms.get(place, NO_LATENCIES)
        for place in totals.sums
    }
    return {
        place: _values(question, place, _added(kept.sums.get(place, {}), sums), histograms)
        for place, sums in totals.sums.items()
    }


def _rows_of_live(grain: Dimensions) -> tuple[str, list[object]]:
    return f"select * from live where grain = {grain_of(grain)}", []  # noqa: S608 (ours)


def _added(kept: Sums, live: Sums) -> Sums:
    return {name: kept.get(name, 0) + value for name, value in live.items()}  # type: ignore[operator] # one kind a name


def _values(question: Question, place: Place, sums: Sums, histograms: Mapping[Place, Histogram]) -> Values:
    part = next(each for each in question.parts if each.dimensions == place[0])
    histogram = histograms.get(place, NO_LATENCIES)
    return {**sums, **{name: percentile(histogram, share) for name, share in part.percentiles}}
