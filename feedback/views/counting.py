"""The counts of a list or dashboard. Those of a tenant with many records are cached for a minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.http import QueryDict

from feedback.filters import visible_records
from feedback.models import FeedbackRecord
from feedback.registry import CodeCount, count_codes
from feedback.reports.facets import FACETS, Counts, Facets, count_facets, count_values
from feedback.reports.weeks import WeeklyCounts, Weeks, count_by_week
from feedback.views.selection import Selection, read_selection
from tenants.caching import cached_by_tenant

CACHED_FROM = 20_000
"""Fewer records are counted anew for every page."""
SECONDS = 60.0
EVERYTHING = datetime(1, 1, 2, tzinfo=UTC)
"""The beginning of one period with all records, for counts that are not by week."""


@dataclass(frozen=True)
class ListCounts:
    """The counts of a list. by_value, codes: of a filter in force, under all other filters."""

    total: int
    by_value: Mapping[str, Counts]
    codes: Sequence[CodeCount]


@dataclass(frozen=True)
class WeeklyFigures:
    """The counts of a dashboard. before: of as many days before its weeks."""

    counts: WeeklyCounts
    codes: Sequence[CodeCount]
    before: int


def list_counts(selection: Selection, *, sees_sensitive: bool, rows: Sequence[FeedbackRecord] | None) -> ListCounts:
    """Count for a list. rows: all matching records, where one page has them; they are counted without a search."""
    visible = visible_records(sees_sensitive=sees_sensitive)
    if selection.problems:
        return _count(Selection(), visible.none())
    if rows is not None:
        return _count(selection, visible, FeedbackRecord.objects.filter(pk__in=[row.pk for row in rows]))
    if _is_small(visible):
        return _count(selection, visible)
    return _cached_list_counts(selection.query, sees_sensitive)


def weekly_figures(
    selection: Selection, weeks: Weeks, columns: Sequence[str], *, sees_sensitive: bool
) -> WeeklyFigures:
    """Count for a dashboard. selection: without days."""
    visible = visible_records(sees_sensitive=sees_sensitive)
    if selection.problems or _is_small(visible):
        counted = visible.none() if selection.problems else selection.filter.apply(visible)
        return _weekly_figures(counted, weeks, columns)
    return _cached_weekly_figures(selection.query, weeks, tuple(columns), sees_sensitive)


def _is_small(visible: QuerySet[FeedbackRecord]) -> bool:
    return visible.order_by().values("pk")[:CACHED_FROM].count() < CACHED_FROM


@cached_by_tenant(seconds=SECONDS, maximum_entries=1_000)
def _cached_list_counts(query: str, sees_sensitive: bool) -> ListCounts:
    return _count(read_selection(QueryDict(query)), visible_records(sees_sensitive=sees_sensitive))


@cached_by_tenant(seconds=SECONDS, maximum_entries=1_000)
def _cached_weekly_figures(query: str, weeks: Weeks, columns: Sequence[str], sees_sensitive: bool) -> WeeklyFigures:
    counted = read_selection(QueryDict(query)).filter.apply(visible_records(sees_sensitive=sees_sensitive))
    return _weekly_figures(counted, weeks, columns)


def _count(
    selection: Selection, visible: QuerySet[FeedbackRecord], matching: QuerySet[FeedbackRecord] | None = None
) -> ListCounts:
    matching = selection.filter.apply(visible) if matching is None else matching
    facets: Facets = count_facets(matching)
    others = {name: selection.without(name).filter.apply(visible) for name in FACETS if name in selection.parameters}
    codes_of = selection.without("code_id").filter.apply(visible) if "code_id" in selection.parameters else matching
    return ListCounts(
        facets.total,
        {**facets.by_value, **{name: count_values(records, name) for name, records in others.items()}},
        count_codes(codes_of, [EVERYTHING]),
    )


def _weekly_figures(counted: QuerySet[FeedbackRecord], weeks: Weeks, columns: Sequence[str]) -> WeeklyFigures:
    return WeeklyFigures(
        count_by_week(counted, weeks, columns),
        count_codes(weeks.select(counted), weeks.starts),
        weeks.before().select(counted).count(),
    )


def clear_cached_counts() -> None:
    """Forget the cached counts of this process, for measurements."""
    _cached_list_counts.cache_clear()
    _cached_weekly_figures.cache_clear()
