"""The ledger as a source of metrics: over days from rollups where it can, between moments row by row.

Over days, each set of dimensions is read from the coarsest grain that has it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from usage.daily import Days, Dimensions, kept_for, percentile
from usage.moments import read_moments
from usage.rollups import Relation, daily_relation
from usage.sources import Filters, Key, Measure, Time, Values

# What a statement over several sets of dimensions gives for those that a set does not have.
COLUMN_TYPES = {"day": "date", "tenant_id": "uuid", "operation": "varchar", "model": "varchar"} | dict.fromkeys(
    ("api_key_id", "user_id", "framework_version_id"), "uuid"
)
SUM_SQL = "coalesce({sql}, 0)"
TYPED_NULL_SQL = "case when false then {sql} end"  # keeps the column's type, and PostgreSQL does not add it up
SUMS_SQL = "select {number}, {keys}, {sums} from ({rows}) as daily where {condition} {group_by}"
# Merged here, where it is ten times as fast: PostgreSQL has no sum of arrays.
HISTOGRAMS_SQL = """
select {number}, {keys}, latency_buckets, latency_counts from ({rows}) as daily
where latency_buckets is not null and {condition}
"""
Found = dict[Dimensions, dict[Key, dict[str, Any]]]


class LedgerSource:
    """A measure's sql is an aggregate over the columns of usage/daily.py; a percentile is read from its histograms.

    Between moments both are exact, and usage/moments.py reads them.
    """

    dimensions = frozenset(COLUMN_TYPES)

    def read(
        self, wanted: Mapping[Dimensions, Sequence[Measure]], time: Time, filters: Filters
    ) -> Mapping[Dimensions, Mapping[Key, Values]]:
        if isinstance(time, Days):
            _refuse([measure.name for each in wanted.values() for measure in each if measure.is_of_single])
            return _read_days(wanted, time, filters)
        _refuse([name for name in {*filters.equal}.union(*wanted) if name == "day"])
        return read_moments(wanted, time, filters)


def _refuse(names: Sequence[str]) -> None:
    """What only the other way of reading has."""
    if names:
        raise ValueError(f"the ledger does not have this over days, or not between moments: {names}")


def _read_days(
    wanted: Mapping[Dimensions, Sequence[Measure]], days: Days, filters: Filters
) -> Mapping[Dimensions, Mapping[Key, Values]]:
    sums = {dimensions: [each for each in measures if each.sql] for dimensions, measures in wanted.items()}
    grains = {kept_for([*filters.equal, *_told_apart(dimensions, sums[dimensions])]) for dimensions in wanted}
    grains |= {kept_for([*dimensions, *filters.equal]) for dimensions in wanted}
    relation = daily_relation(days, grains)
    found = _read_sums(relation, sums, filters)
    with_percentiles = {
        dimensions: [measure for measure in measures if measure.percentile is not None]
        for dimensions, measures in wanted.items()
    }
    with_percentiles = {dimensions: measures for dimensions, measures in with_percentiles.items() if measures}
    if with_percentiles:
        _add_percentiles(found, relation, with_percentiles, filters)
    return found


def _told_apart(dimensions: Dimensions, measures: Sequence[Measure]) -> Sequence[str]:
    """What rows must tell apart for these measures by these dimensions."""
    return [*dimensions, *(name for measure in measures for name in measure.looks_at)]


def _read_sums(relation: Relation, wanted: Mapping[Dimensions, Sequence[Measure]], filters: Filters) -> Found:
    measures = {measure.name: measure.sql for each in wanted.values() for measure in each}
    found: Found = {dimensions: {} for dimensions in wanted}
    parts = []
    for dimensions, asked in wanted.items():
        here = {measure.name for measure in asked}
        sums = [(SUM_SQL if name in here else TYPED_NULL_SQL).format(sql=sql) for name, sql in measures.items()]
        parts.append(_Part(dimensions, _told_apart(dimensions, asked), ", ".join(sums) or "null"))
    for dimensions, key, values in _run(SUMS_SQL, parts, relation, filters):
        read = zip(measures, values, strict=False)
        found[dimensions][key] = {name: value for name, value in read if value is not None}
    return found


def _add_percentiles(
    found: Found, relation: Relation, wanted: Mapping[Dimensions, Sequence[Measure]], filters: Filters
) -> None:
    for dimensions, measures in wanted.items():
        for values in found[dimensions].values():
            values.update((measure.name, None) for measure in measures)
    parts = [_Part(dimensions, dimensions) for dimensions in wanted]
    histograms: dict[tuple[Dimensions, Key], Counter[int]] = defaultdict(Counter)
    for dimensions, key, (buckets, counts) in _run(HISTOGRAMS_SQL, parts, relation, filters):
        histogram = histograms[dimensions, key]
        for bucket, count in zip(buckets, counts, strict=True):
            histogram[bucket] += count
    for (dimensions, key), histogram in histograms.items():
        for measure in wanted[dimensions]:
            found[dimensions][key][measure.name] = percentile(histogram, measure.percentile or 0)


@dataclass(frozen=True)
class _Part:
    """One of a statement's sets of dimensions; told_apart: what its rows need, what its measures look at included."""

    dimensions: Dimensions
    told_apart: Sequence[str]
    sums: str = ""


def _run(
    template: str, parts: Sequence[_Part], relation: Relation, filters: Filters
) -> Iterator[tuple[Dimensions, Key, Sequence[Any]]]:
    """Run one statement for all parts; yield the set, the key and the values of each row."""
    statements, parameters = [], list(relation.live_parameters)
    condition = " and ".join(f"{name} is not distinct from %s" for name in filters.equal) or "true"
    for number, part in enumerate(parts):
        rows, values = relation.rows_of(kept_for([*part.told_apart, *filters.equal]))
        keys = [name if name in part.dimensions else f"null::{kind}" for name, kind in COLUMN_TYPES.items()]
        group_by = f"group by {', '.join(part.dimensions)}" if part.dimensions else ""
        columns = {"keys": ", ".join(keys), "sums": part.sums, "group_by": group_by}
        statements.append(template.format(number=number, rows=rows, condition=condition, **columns))
        parameters += [*values, *filters.equal.values()]
    with connection.cursor() as cursor:
        live = f"with live as materialized ({relation.live_sql}) " if relation.live_sql else ""
        cursor.execute(live + " union all ".join(statements), parameters)
        rows_found = cursor.fetchall()
    for number, *columns_found in rows_found:
        dimensions, width = parts[number].dimensions, len(COLUMN_TYPES)
        by_name = dict(zip(COLUMN_TYPES, columns_found, strict=False))
        yield dimensions, tuple(by_name[name] for name in dimensions), columns_found[width:]
