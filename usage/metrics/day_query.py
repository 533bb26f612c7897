"""One statement that reads several sets of dimensions from the relation of usage/metrics/day_sql.py."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from usage.metrics.day_sql import Statement
from usage.metrics.dimensions import Dimensions, all_dimensions, coarser_dimensions
from usage.metrics.source import Key, Number
from usage.periods import Days

SUM_SQL = "coalesce({sql}, 0)"
TYPED_NULL_SQL = "case when false then {sql} end"  # has the type of the sum, and PostgreSQL does not compute it
SUMS_SQL = (
    "select {number}, {keys}, null::int[], null::int[] {sums} from ({rows}) as daily where {condition} {group_by}"
)
# Merged in Python, which is ten times as fast: PostgreSQL has no sum of arrays.
HISTOGRAMS_SQL = """
select {number}, {keys}, latency_buckets, latency_counts {nulls} from ({rows}) as daily
where latency_buckets is not null and {condition}
"""

Group = tuple[Dimensions, Key]
Sums = Mapping[str, Number]
Histogram = Counter[int]
RowsOf = Callable[[Dimensions], Statement]  # the rows of a grain


@dataclass(frozen=True)
class Part:
    """A set of dimensions and the measures wanted by it: sums by name and SQL, percentiles by name and share.

    Sums and histograms are read from the coarsest grain that serves.
    """

    dimensions: Dimensions
    sums: tuple[tuple[str, str], ...]
    sums_grain: Dimensions
    percentiles: tuple[tuple[str, float], ...]
    histograms_grain: Dimensions


@dataclass(frozen=True)
class DayQuery:
    """The parts that are read together, over some days, where dimensions have these values."""

    parts: tuple[Part, ...]
    days: Days
    equal: tuple[tuple[str, Any], ...]

    @property
    def grains(self) -> set[Dimensions]:
        histograms = {part.histograms_grain for part in self.parts if part.percentiles}
        return {part.sums_grain for part in self.parts} | histograms

    @property
    def sums(self) -> Mapping[str, str]:
        """SQL by name, of all parts."""
        return dict(named for part in self.parts for named in part.sums)


@dataclass(frozen=True)
class Totals:
    """Sums and latencies by group: a set of dimensions and their values."""

    sums: Mapping[Group, Sums]
    histograms: Mapping[Group, Histogram]


def read_totals(query: DayQuery, rows_of: RowsOf, *, live: Statement | None) -> Totals:
    """Add up the rows of the relation. live: a statement that rows_of may refer to as `live`."""
    prefix, parameters = (f"with live as materialized ({live[0]}) ", list(live[1])) if live else ("", [])
    statements = []
    for number in range(len(query.parts)):
        for statement, values in _statements(query, number, rows_of):
            statements.append(statement)
            parameters += values
    with connection.cursor() as cursor:
        cursor.execute(prefix + " union all ".join(statements), parameters)
        return _totals(query, cursor.fetchall())


def _statements(query: DayQuery, number: int, rows_of: RowsOf) -> Iterator[Statement]:
    """Return the select of a part's sums, and that of its histograms where percentiles are wanted."""
    part, columns = query.parts[number], _columns(query, number)
    selects = [(SUMS_SQL, part.sums_grain)]
    selects += [(HISTOGRAMS_SQL, part.histograms_grain)] if part.percentiles else []
    for template, grain in selects:
        rows, values = rows_of(grain)
        rows = _with_coarser(rows, {*part.dimensions, *(name for name, _ in query.equal)})
        yield template.format(rows=rows, **columns), [*values, *(value for _, value in query.equal)]


def _with_coarser(rows: str, names: Collection[str]) -> str:
    """Add the columns of the coarser dimensions among these to rows."""
    wanted = [dimension for name, dimension in coarser_dimensions().items() if name in names]
    columns = "".join(f", {dimension.sql} as {dimension.name}" for dimension in wanted)
    return f"select finer.*{columns} from ({rows}) as finer" if wanted else rows  # noqa: S608 (registered sql)


def _column_types() -> Mapping[str, str]:
    """Return the columns of every select, null where a set does not have the dimension, so that union all fits."""
    return {"day": "date"} | {dimension.name: dimension.sql_type for dimension in all_dimensions()}


def _columns(query: DayQuery, number: int) -> dict[str, Any]:
    part = query.parts[number]
    own = dict(part.sums)
    sums = [(SUM_SQL if name in own else TYPED_NULL_SQL).format(sql=sql) for name, sql in query.sums.items()]
    keys = [name if name in part.dimensions else f"null::{kind}" for name, kind in _column_types().items()]
    return {
        "number": number,
        "keys": ", ".join(keys),
        "sums": "".join(f", {sql}" for sql in sums),
        "nulls": ", null" * len(sums),
        "condition": " and ".join(f"{name} is not distinct from %s" for name, _ in query.equal) or "true",
        "group_by": f"group by {', '.join(part.dimensions)}" if part.dimensions else "",
    }


def _totals(query: DayQuery, rows: Sequence[tuple[Any, ...]]) -> Totals:
    sums: dict[Group, dict[str, Number]] = {}
    histograms: dict[Group, Histogram] = defaultdict(Counter)
    columns = list(_column_types())
    names, width = list(query.sums), len(columns)
    places = [[1 + columns.index(name) for name in part.dimensions] for part in query.parts]
    for row in rows:
        number = row[0]
        group = query.parts[number].dimensions, tuple(row[place] for place in places[number])
        buckets, counts = row[1 + width], row[2 + width]
        if buckets is None:
            values = zip(names, row[3 + width :], strict=True)
            sums[group] = {name: value for name, value in values if value is not None}
        else:
            histograms[group].update(dict(zip(buckets, counts, strict=True)))
    return Totals(sums, dict(histograms))
