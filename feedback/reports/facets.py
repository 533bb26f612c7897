"""Count records by the values of their metadata, for filters that show counts and for charts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet

from feedback.models import FeedbackRecord

FACETS = ("language", "channel", "admin1", "status", "source")
Counts = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Facets:
    """The number of records, and their numbers by value of a column, largest first. "" is an unset value."""

    total: int = 0
    by_value: Mapping[str, Counts] = field(default_factory=dict)


def count_facets(records: QuerySet[FeedbackRecord], names: Sequence[str] = FACETS) -> Facets:
    """Count records, and their values in several columns, in one reading of the table."""
    try:
        selected, parameters = records.order_by().values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return Facets(by_value=dict.fromkeys(names, ()))
    columns = [connection.ops.quote_name(name) for name in names]
    listed = ", ".join(columns)
    sets = ", ".join(f"({column})" for column in columns)
    statement = (
        f"select grouping({listed}), coalesce({listed}), count(*) from ({selected}) as facts"  # noqa: S608
        f" group by grouping sets ((), {sets})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return _facets(cursor.fetchall(), names)


def count_values(records: QuerySet[FeedbackRecord], name: str) -> Counts:
    """Count records by the values of one column."""
    return _largest_first(records.order_by().values_list(name).annotate(count=Count("pk")))


def _facets(rows: Iterable[tuple[int, str | None, int]], names: Sequence[str]) -> Facets:
    """Read rows of grouping sets. A row of one column has the bits of all other columns set in its mask."""
    everything = (1 << len(names)) - 1
    name_of = {everything & ~(1 << (len(names) - 1 - number)): name for number, name in enumerate(names)}
    counted: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    total = 0
    for mask, value, count in rows:
        if mask == everything:
            total = count
        else:
            counted[name_of[mask]].append((value or "", count))
    return Facets(total, {name: _largest_first(values) for name, values in counted.items()})


def _largest_first(counts: Iterable[tuple[str, int]]) -> Counts:
    return sorted(counts, key=lambda counted: (-counted[1], counted[0]))
