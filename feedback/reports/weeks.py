"""Count records by week, and by week and value of their metadata, in one reading of the table.

Weeks begin on Monday in the site's time zone. The last one may not be over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from feedback.models import FeedbackRecord
from tenants.local_days import start_of_day

WEEK = timedelta(days=7)
MAX_WEEKS = 160


@dataclass(frozen=True)
class Weeks:
    """Consecutive weeks by their Mondays, and the days that are counted: [first, end)."""

    first: date
    end: date

    @property
    def mondays(self) -> Sequence[date]:
        monday = self.first - timedelta(days=self.first.weekday())
        return [monday + number * WEEK for number in range(((self.end - monday).days + 6) // 7)]

    @property
    def starts(self) -> Sequence[datetime]:
        """Return the moments at which the weeks begin."""
        return [start_of_day(monday) for monday in self.mondays]

    def before(self) -> "Weeks":
        """Return as many days that end where these begin."""
        return Weeks(self.first - (self.end - self.first), self.first)

    def select(self, records: QuerySet[FeedbackRecord]) -> QuerySet[FeedbackRecord]:
        return records.filter(occurred_at__gte=start_of_day(self.first), occurred_at__lt=start_of_day(self.end))


@dataclass(frozen=True)
class WeeklyCounts:
    """Numbers of records, one per week. by_value: the same by column and value; "" is an unset value."""

    total: Sequence[int] = ()
    by_value: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)


def count_by_week(records: QuerySet[FeedbackRecord], weeks: Weeks, names: Sequence[str]) -> WeeklyCounts:
    """Count the records of some weeks."""
    starts = weeks.starts
    counts: dict[str, dict[str, list[int]]] = {name: {} for name in names}
    total = [0] * len(starts)
    for name, value, week, count in _read(weeks.select(records), starts, names):
        line = total if name is None else counts[name].setdefault(value or "", [0] * len(starts))
        line[week - 1] += count
    return WeeklyCounts(total, counts)


def _read(
    records: QuerySet[FeedbackRecord], starts: Sequence[datetime], names: Sequence[str]
) -> Sequence[tuple[str | None, str | None, int, int]]:
    """Return column, value, number of the week from 1, and count; the column is None for all records of a week."""
    try:
        selected, parameters = records.order_by().values_list("occurred_at", *names).query.sql_with_params()
    except EmptyResultSet:
        return []
    columns = [connection.ops.quote_name(name) for name in names]
    listed = ", ".join(columns)
    sets = ", ".join(f"(week, {column})" for column in columns)
    statement = (
        f"select grouping({listed}), coalesce({listed}), week, count(*)"  # noqa: S608 (columns of the model)
        f" from (select width_bucket(occurred_at, %s::timestamptz[]) as week, {listed} from ({selected}) as records)"
        f" as dated group by grouping sets ((week), {sets})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(starts), *parameters])
        rows = cursor.fetchall()
    everything = (1 << len(names)) - 1
    name_of: dict[int, str | None] = {
        everything & ~(1 << (len(names) - 1 - number)): name for number, name in enumerate(names)
    }
    return [(name_of.get(mask), value, week, count) for mask, value, week, count in rows]
