"""Where base metrics are added up from: the ledger, and what rooms above keep of their own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Aggregate, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from usage.metrics.day_sql import Days, Dimensions

Number = int | float | Decimal
Key = tuple[Any, ...]
Values = Mapping[str, Number | None]


@dataclass(frozen=True)
class Window:
    """A half-open span of time between two moments, [starts_at, ends_at). None: without a bound."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


Time = Days | Window


@dataclass(frozen=True)
class Filters:
    """Only rows with these values of these dimensions."""

    equal: Mapping[str, Any] = field(default_factory=dict)


class Measure(Protocol):
    """What a source adds up: see Metric (usage/metrics.py)."""

    @property
    def name(self) -> str: ...
    @property
    def sql(self) -> str: ...
    @property
    def looks_at(self) -> Sequence[str]: ...
    @property
    def aggregate(self) -> Aggregate | None: ...
    @property
    def percentile(self) -> float | None: ...
    @property
    def is_of_single(self) -> bool: ...


class Source(Protocol):
    """Adds measures up over some time, of the scope in force only.

    dimensions: what its figures can be told apart and filtered by; it is asked for no others.
    """

    @property
    def dimensions(self) -> Collection[str]: ...

    def read(
        self, wanted: Mapping[Dimensions, Sequence[Measure]], time: Time, filters: Filters
    ) -> Mapping[Dimensions, Mapping[Key, Values]]:
        """Return the measures wanted by each set of dimensions, by key in the set's order."""


@dataclass(frozen=True)
class TableSource:
    """Rows of one table, which belong to the day of their moment in the site's time zone.

    rows: a queryset through the scoped manager. columns: the table's column for each dimension; `day` is always there.
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
        zone = timezone.get_default_timezone()
        bounds = {f"{self.moment}__gte": time.starts_at, f"{self.moment}__lt": time.ends_at}
        within = {name: moment for name, moment in bounds.items() if moment is not None}
        chosen = {self.columns[name]: value for name, value in filters.equal.items() if name != "day"}
        rows = (
            self.rows().order_by().filter(**within, **chosen).annotate(day_of_row=TruncDate(self.moment, tzinfo=zone))
        )
        if "day" in filters.equal:
            rows = rows.filter(day_of_row=filters.equal["day"])
        return {dimensions: self._by(dimensions, measures, rows) for dimensions, measures in wanted.items()}

    def _by(self, dimensions: Dimensions, measures: Sequence[Measure], rows: QuerySet[Any]) -> Mapping[Key, Values]:
        columns = ["day_of_row" if name == "day" else self.columns[name] for name in dimensions]
        sums = {f"sum_of_{measure.name}": measure.aggregate for measure in measures}
        names = [measure.name for measure in measures]
        if not columns:
            found = rows.aggregate(**sums)
            return {(): dict(zip(names, (value or 0 for value in found.values()), strict=True))}
        width = len(columns)
        return {
            row[:width]: dict(zip(names, (value or 0 for value in row[width:]), strict=True))
            for row in rows.values_list(*columns).annotate(**sums)
        }
