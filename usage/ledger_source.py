"""The ledger by day as a source of metrics: each set of dimensions read from the coarsest grain that has it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from usage.daily import Days, grain_of, percentile
from usage.rollups import Relation, daily_relation
from usage.sources import Dimensions, Filters, Key, Measure, Values

# What a statement over several sets of dimensions gives for those that a set does not have.
COLUMN_TYPES = {"day": "date", "tenant_id": "uuid", "operation": "varchar", "model": "varchar"} | dict.fromkeys(
    ("api_key_id", "user_id", "framework_version_id"), "uuid"
)
SUM_SQL = "coalesce({sql}, 0)"
TYPED_NULL_SQL = "case when false then {sql} end"  # keeps the column's type, and PostgreSQL does not add it up
SUMS_SQL = "select {number}, {keys}, {sums} from ({rows}) as daily where {condition} {group_by}"
HISTOGRAMS_SQL = """
select {number}, {keys}, array_agg(bucket), array_agg(calls) from (
    select {names}, bucket, sum(count)::bigint as calls
    from ({rows}) as daily, unnest(latency_buckets, latency_counts) as histogram (bucket, count)
    where {condition} group by {names}, bucket
) as histograms {group_by}
"""
Found = dict[Dimensions, dict[Key, dict[str, Any]]]


class LedgerSource:
    """A measure's sql is an aggregate over the columns of usage/daily.py; a percentile is read from its histograms."""

    dimensions = frozenset(COLUMN_TYPES)

    def read(
        self, wanted: Mapping[Dimensions, Sequence[Measure]], days: Days, filters: Filters
    ) -> Mapping[Dimensions, Mapping[Key, Values]]:
        relation = daily_relation(days)
        found = _read_sums(relation, wanted, filters)
        with_percentiles = {
            dimensions: [measure for measure in measures if measure.percentile is not None]
            for dimensions, measures in wanted.items()
        }
        _add_percentiles(found, relation, {key: kept for key, kept in with_percentiles.items() if kept}, filters)
        return found


def _read_sums(relation: Relation, wanted: Mapping[Dimensions, Sequence[Measure]], filters: Filters) -> Found:
    measures = {measure.name: measure.sql for each in wanted.values() for measure in each if measure.sql}
    found: Found = {dimensions: {} for dimensions in wanted}
    parts = []
    for dimensions, asked in wanted.items():
        here = {measure.name for measure in asked}
        sums = [(SUM_SQL if name in here else TYPED_NULL_SQL).format(sql=sql) for name, sql in measures.items()]
        parts.append((dimensions, {"sums": ", ".join(sums) or "null", "within": _columns_within(asked)}))
    for dimensions, key, values in _run(SUMS_SQL, parts, relation, filters):
        read = zip(measures, values, strict=False)
        found[dimensions][key] = {name: value for name, value in read if value is not None}
    return found


def _columns_within(measures: Sequence[Measure]) -> str:
    """The dimensions that measures look at themselves, such as those that count one operation only."""
    words = {word for measure in measures for word in re.findall(r"\w+", measure.sql)}
    return " ".join(name for name in COLUMN_TYPES if name in words)


def _add_percentiles(
    found: Found, relation: Relation, wanted: Mapping[Dimensions, Sequence[Measure]], filters: Filters
) -> None:
    for dimensions, measures in wanted.items():
        for values in found[dimensions].values():
            values.update((measure.name, None) for measure in measures)
    parts = [(dimensions, {"names": ", ".join(dimensions) or "grain"}) for dimensions in wanted]
    for dimensions, key, (buckets, counts) in _run(HISTOGRAMS_SQL, parts, relation, filters) if parts else ():
        histogram = dict(zip(buckets, counts, strict=True)) if buckets else {}
        for measure in wanted[dimensions]:
            found[dimensions][key][measure.name] = percentile(histogram, measure.percentile or 0)


def _run(
    template: str, parts: Sequence[tuple[Dimensions, Mapping[str, str]]], relation: Relation, filters: Filters
) -> Sequence[tuple[Dimensions, Key, Sequence[Any]]]:
    """Run one statement with a part for each set of dimensions; return the set, the key and the values of each row."""
    statements, parameters = [], list(relation.live_parameters)
    condition = " and ".join(f"{name} is not distinct from %s" for name in filters.equal) or "true"
    for number, (dimensions, columns) in enumerate(parts):
        rows, values = relation.rows_of(grain_of([*dimensions, *filters.equal, *columns.get("within", "").split()]))
        keys = [name if name in dimensions else f"null::{kind}" for name, kind in COLUMN_TYPES.items()]
        group_by = f"group by {', '.join(dimensions)}" if dimensions else ""
        statements.append(
            template.format(
                number=number, keys=", ".join(keys), rows=rows, condition=condition, group_by=group_by, **columns
            )
        )
        parameters += [*values, *filters.equal.values()]
    with connection.cursor() as cursor:
        cursor.execute(f"with live as materialized ({relation.live_sql}) {' union all '.join(statements)}", parameters)
        return [_placed(row, parts) for row in cursor.fetchall()]


def _placed(
    row: Sequence[Any], parts: Sequence[tuple[Dimensions, Mapping[str, str]]]
) -> tuple[Dimensions, Key, Sequence[Any]]:
    dimensions = parts[row[0]][0]
    columns = dict(zip(COLUMN_TYPES, row[1:], strict=False))
    return dimensions, tuple(columns[name] for name in dimensions), row[1 + len(COLUMN_TYPES) :]
