"""Values that rise: those with more of the recent records than their share of the earlier ones lets expect.

The statistic is the signed root of the log-likelihood ratio of a two-by-two table (value or not, recent or earlier),
which fits small counts better than chi-squared. Source: Dunning (1993), Accurate Methods for the Statistics of Surprise
and Coincidence. Its one-sided p value is multiplied by the number of values that were tested (Bonferroni).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEVEL = 0.05
MIN_RECENT = 5
MAX_RECENT_WEEKS = 4


@dataclass(frozen=True)
class Series:
    """The weekly counts of one value. kind: the column, or `code`."""

    kind: str
    value: str
    counts: Sequence[int]


@dataclass(frozen=True)
class Rise:
    """A value that rises. expected: the recent count at its earlier share. p_value: after correction, at most 1."""

    series: Series
    recent: int
    expected: float
    statistic: float
    p_value: float


def recent_weeks(weeks: int) -> int:
    """Return how many of the last weeks are compared with those before: a quarter, and from 1 to 4."""
    return min(MAX_RECENT_WEEKS, max(1, weeks // 4))


def rising(series: Iterable[Series], total: Sequence[int]) -> Sequence[Rise]:
    """Return the values that rise at the level of 5 %, the clearest first. total: of all records, by week."""
    recent = recent_weeks(len(total))
    tested = [one for one in series if sum(one.counts[-recent:]) >= MIN_RECENT]
    recent_total, earlier_total = sum(total[-recent:]), sum(total[:-recent])
    if not recent_total or not earlier_total:
        return []
    rises = [_rise(one, recent, recent_total, earlier_total, len(tested)) for one in tested]
    return sorted((one for one in rises if one.p_value < LEVEL), key=lambda one: -one.statistic)


def _rise(one: Series, recent: int, recent_total: int, earlier_total: int, tests: int) -> Rise:
    now, before = sum(one.counts[-recent:]), sum(one.counts[:-recent])
    statistic = signed_root(now, recent_total, before, earlier_total)
    p_value = min(1.0, tests * 0.5 * math.erfc(statistic / math.sqrt(2)))
    expected = (now + before) * recent_total / (recent_total + earlier_total)
    return Rise(one, now, expected, statistic, p_value)


def signed_root(now: int, recent_total: int, before: int, earlier_total: int) -> float:
    """Return the root of the log-likelihood ratio, negative for a fall: about standard normal without a change."""
    whole, hits = recent_total + earlier_total, now + before
    cells = ((now, hits, recent_total), (before, hits, earlier_total))
    rest = ((recent_total - now, whole - hits, recent_total), (earlier_total - before, whole - hits, earlier_total))
    ratio = 2 * sum(
        observed * math.log(observed * whole / (row * column)) for observed, row, column in (*cells, *rest) if observed
    )
    sign = 1 if now * whole >= hits * recent_total else -1
    return sign * math.sqrt(max(0.0, ratio))
