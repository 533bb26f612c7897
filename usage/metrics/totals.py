"""Totals of the ledger by day, at several sets of dimensions in one statement."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from usage.metrics.day_sql import Days, Dimensions
from usage.metrics.sources import Key, Number

# What a statement over several sets of dimensions gives for those that a set does not have.
COLUMN_TYPES = {"day": "date", "tenant_id": "uuid", "operation": "varchar", "model": "varchar"} | dict.fromkeys(
    ("api_key_id", "user_id", "framework_version_id"), "uuid"
)
SUM_SQL = "coalesce({sql}, 0)"
TYPED_NULL_SQL = "case when false then {sql} end"  # keeps the column's type, and PostgreSQL does not add it up
SUMS_SQL = (
    "select {number}, {keys}, null::int[], null::int[] {sums} from ({rows}) as daily where {condition} {group_by}"
)
# Merged here, where it is ten times as fast: PostgreSQL has no sum of arrays.
HISTOGRAMS_SQL = """
select {number}, {keys}, latency_buckets, latency_counts {nulls} from ({rows}) as daily
where latency_buckets is not null and {condition}
"""

Place = tuple[Dimensions, Key]
Sums = Mapping[str, Number]
Histogram = Counter[int]
Statement = tuple[str, list[Any]]


@dataclass(frozen=True)
class Part:
    """A set of dimensions and what is wanted by it: sums by name and SQL, percentiles by name and share.

    Each of both is read from rows of its own grain: the coarsest that serves.
    """

    dimensions: Dimensions
    sums: tuple[tuple[str, str], ...]
    grain_of_sums: Dimensions
    percentiles: tuple[tuple[str, float], ...]
    grain_of_histograms: Dimensions


@dataclass(frozen=True)
class Question:
    """What is read at once, of days, where dimensions have these values."""

    parts: tuple[Part, ...]
    days: Days
    equal: tuple[tuple[str, Any], ...]

    @property
    def grains(self) -> set[Dimensions]:
        of_histograms = {part.grain_of_histograms for part in self.parts if part.percentiles}
        return {part.grain_of_sums for part in self.parts} | of_histograms


@dataclass(frozen=True)
class Totals:
    """Sums and latencies by place: a set of dimensions and their values."""

    sums: Mapping[Place, Sums]
    histograms: Mapping[Place, Histogram]


def read_totals(question: Question, rows_of: Callable[[Dimensions], Statement], *, live: Statement | None) -> Totals:
    """Add up rows of usage/daily.py. rows_of: where those of a grain are. live: a statement that it may call `live`."""
    measures = dict(each for part in question.parts for each in part.sums)
    statements, parameters = [], list(live[1] if live else [])
    for number, part in enumerate(question.parts):
        names = {name for name, _ in part.sums}
        sums = ((SUM_SQL if name in names else TYPED_NULL_SQL).format(sql=sql) for name, sql in measures.items())
        kinds = [(SUMS_SQL, part.grain_of_sums)]
        kinds += [(HISTOGRAMS_SQL, part.grain_of_histograms)] if part.percentiles else []
        columns = {
            "number": number,
            "keys": ", ".join(
                name if name in part.dimensions else f"null::{kind}" for name, kind in COLUMN_TYPES.items()
            ),
            "sums": "".join(f", {sql}" for sql in sums),
            "nulls": ", null" * len(measures),
            "condition": " and ".join(f"{name} is not distinct from %s" for name, _ in question.equal) or "true",
            "group_by": f"group by {', '.join(part.dimensions)}" if part.dimensions else "",
        }
        for template, grain in kinds:
            rows, values = rows_of(grain)
            statements.append(template.format(rows=rows, **columns))
            parameters += [*values, *(value for _, value in question.equal)]
    with connection.cursor() as cursor:
        prefix = f"with live as materialized ({live[0]}) " if live else ""
        cursor.execute(prefix + " union all ".join(statements), parameters)
        return _totals(question, list(measures), cursor.fetchall())


def _totals(question: Question, names: list[str], rows: list[tuple[Any, ...]]) -> Totals:
    sums: dict[Place, dict[str, Number]] = {}
    histograms: dict[Place, Histogram] = defaultdict(Counter)
    width = len(COLUMN_TYPES)
    places = [[1 + list(COLUMN_TYPES).index(name) for name in part.dimensions] for part in question.parts]
    for row in rows:
        number, buckets, counts = row[0], row[1 + width], row[2 + width]
        place = question.parts[number].dimensions, tuple(row[index] for index in places[number])
        if buckets is None:
            read = zip(names, row[3 + width :], strict=True)
            sums[place] = {name: value for name, value in read if value is not None}
        else:
            histogram = histograms[place]
            for bucket, count in zip(buckets, counts, strict=True):
                histogram[bucket] += count
    return Totals(sums, dict(histograms))
