"""Metrics of a table: how rooms above bring figures of their own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from usage.metrics.dimensions import Dimensions
from usage.metrics.source import Filters, Key, Measure, Values
from usage.periods import Time


@dataclass(frozen=True)
class TableSource:
    """Aggregates over the rows of one table, which belong to the day of their moment in the site's time zone.

    rows: a queryset through the scoped manager. moment: the name of a column. columns: the table's columns by
    dimension; `day` is added.
    """

    rows: Callable[[], QuerySet[Any]]
    moment: str
    columns: Mapping[str, str]

    @property
    def dimensions(self) -> Collection[str]:
        return {"day", *self.columns}

    def read(
        self, wanted: Mapping[Dimensions, Sequence[Measure]], time: Time, filters: Filters
    ) -> Mapping[Dimensions, Mapping[Key, Values]]:
        rows = self._rows_in(time, filters)
        return {dimensions: self._by(dimensions, measures, rows) for dimensions, measures in wanted.items()}

    def _rows_in(self, time: Time, filters: Filters) -> QuerySet[Any]:
        bounds = {f"{self.moment}__gte": time.starts_at, f"{self.moment}__lt": time.ends_at}
        within = {name: moment for name, moment in bounds.items() if moment is not None}
        equal = {self._column(name): value for name, value in filters.equal.items()}
        day = TruncDate(self.moment, tzinfo=timezone.get_default_timezone())
        rows: QuerySet[Any] = self.rows().order_by().annotate(day_of_row=day).filter(**within, **equal)
        return rows

    def _by(self, dimensions: Dimensions, measures: Sequence[Measure], rows: QuerySet[Any]) -> Mapping[Key, Values]:
        names = [measure.name for measure in measures]
        sums = {f"sum_of_{measure.name}": measure.aggregate for measure in measures}
        if not dimensions:
            return {(): _values(names, rows.aggregate(**sums).values())}
        columns = [self._column(name) for name in dimensions]
        width = len(columns)
        grouped = rows.values_list(*columns).annotate(**sums)
        return {row[:width]: _values(names, row[width:]) for row in grouped}

    def _column(self, dimension: str) -> str:
        return "day_of_row" if dimension == "day" else self.columns[dimension]


def _values(names: Sequence[str], sums: Collection[Any]) -> Values:
    return dict(zip(names, (value or 0 for value in sums), strict=True))
