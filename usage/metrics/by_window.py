"""Metrics of the ledger between any two moments, row by row: exact, percentiles included.

The relation has the columns of the ledger by day (usage/metrics/day_sql.py), so that a measure's sql serves both, and
those of single calls and requests. Its rows are calls and requests. A request is the rows of one tenant, operation and
call id within the window, with the model, key and other dimensions of the first of them.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from tenants.scoping import current_scope
from usage.metrics.day_sql import Statement
from usage.metrics.dimensions import Dimensions, all_dimensions
from usage.metrics.row_sql import (
    ALL_FAILED,
    CALL_SUMS,
    CALL_VALUES,
    REQUEST_SUMS,
    REQUEST_VALUES,
    select_list,
)
from usage.metrics.source import Filters, Key, Measure, Values
from usage.periods import Window

REQUEST_DIMENSIONS = ("tenant_id", "operation")  # the same in all rows of a request
CALL_COLUMNS = CALL_SUMS | CALL_VALUES
REQUEST_COLUMNS = (*REQUEST_SUMS, *REQUEST_VALUES)
WINDOW_SQL = """
with calls as (select {row}, id, call_id, created_at, records_count from llm_calls where {within}),
requests as (select {request} from calls group by tenant_id, operation, call_id),
counted as ({counted})
select {number}, {values} from counted where {condition} group by grouping sets ({sets})
"""
PERCENTILE_SQL = "percentile_cont({share}) within group (order by latency_ms)"


def read_by_window(
    wanted: Mapping[Dimensions, Sequence[Measure]], window: Window, filters: Filters
) -> Mapping[Dimensions, Mapping[Key, Values]]:
    """Read measures by several sets of dimensions, in one statement and in the scope in force."""
    measures = {measure.name: measure for group in wanted.values() for measure in group}
    names = [dimension.name for dimension in all_dimensions()]
    dimensions = [name for name in names if any(name in group for group in wanted)]
    statement, parameters = _statement(wanted, dimensions, list(measures.values()), window, filters)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return _values_by_set(wanted, dimensions, list(measures), cursor.fetchall())


def _statement(
    wanted: Iterable[Dimensions],
    dimensions: Sequence[str],
    measures: Sequence[Measure],
    window: Window,
    filters: Filters,
) -> Statement:
    within, moments = _within(window)
    aggregates = [_aggregate(measure) for measure in measures]
    used = {name for measure in measures for name in measure.sql_dimensions}
    statement = WINDOW_SQL.format(
        within=within,
        number=f"grouping({', '.join(dimensions)})" if dimensions else "0",
        values=", ".join([*dimensions, *aggregates]),
        condition=" and ".join(f"{name} is not distinct from %s" for name in filters.equal) or "true",
        sets=", ".join(f"({', '.join(group)})" for group in wanted),
        **_relation({*dimensions, *filters.equal, *used}, aggregates),
    )
    return statement, [*moments, *filters.equal.values()]


def _values_by_set(
    wanted: Mapping[Dimensions, Sequence[Measure]],
    dimensions: Sequence[str],
    measures: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> Mapping[Dimensions, Mapping[Key, Values]]:
    set_by_number = {_grouping(group, dimensions): group for group in wanted}
    values_by_set: dict[Dimensions, dict[Key, Values]] = {group: {} for group in wanted}
    for number, *columns in rows:
        group = set_by_number[number]
        key = dict(zip(dimensions, columns, strict=False))
        values = dict(zip(measures, columns[len(dimensions) :], strict=True))
        own = {measure.name: values[measure.name] for measure in wanted[group]}
        values_by_set[group][tuple(key[name] for name in group)] = own
    return values_by_set


def _aggregate(measure: Measure) -> str:
    if measure.percentile is not None:
        return PERCENTILE_SQL.format(share=measure.percentile)
    return measure.sql if measure.is_window_only else f"coalesce({measure.sql}, 0)"


def _words(expressions: Iterable[str]) -> set[str]:
    return {word for sql in expressions for word in re.findall(r"\w+", sql)}


def _relation(dimensions: Collection[str], aggregates: Iterable[str]) -> dict[str, str]:
    """Return the select lists of the relation: these dimensions, and the columns that the aggregates are over."""
    columns = sorted(_words(aggregates) & {*CALL_COLUMNS, *REQUEST_COLUMNS})
    shared = {name: name for name in sorted(dimensions)}
    call_values = {name: name if name in CALL_COLUMNS else "null" for name in columns}
    request_values = {name: REQUEST_SUMS.get(name, name if name in REQUEST_VALUES else "null") for name in columns}
    selects = {"calls": select_list(shared | call_values)}
    if set(columns) & set(REQUEST_COLUMNS):
        selects["requests"] = select_list(shared | request_values)
    request = _request_columns(dimensions, columns, _words(request_values.values()))
    dimension_sql = {dimension.name: dimension.sql for dimension in all_dimensions()}
    needed = {*dimensions, *REQUEST_DIMENSIONS, *columns, *_words(request.values())}
    return {
        "row": select_list({name: sql for name, sql in (dimension_sql | CALL_COLUMNS).items() if name in needed}),
        "request": select_list(request),
        "counted": " union all ".join(f"select {columns} from {name}" for name, columns in selects.items()),  # noqa: S608 (names of columns)
    }


def _request_columns(dimensions: Collection[str], columns: Collection[str], used: Collection[str]) -> dict[str, str]:
    """Return the columns of a request. used: the words in its values, which may need records_count."""
    firsts = sorted({*dimensions, *({"records_count"} & set(used))} - set(REQUEST_DIMENSIONS))
    return {
        **{name: name for name in REQUEST_DIMENSIONS},
        **{name: f"(array_agg({name} order by created_at, id))[1]" for name in firsts},
        "all_failed": ALL_FAILED,
        **{name: sql for name, sql in REQUEST_VALUES.items() if name in columns},
    }


def _within(window: Window) -> Statement:
    """Limit rows to the scope and the window. PostgreSQL picks no index by the condition of row-level security."""
    limits = [
        ("tenant_id = %s", current_scope().tenant_id),
        ("created_at >= %s", window.starts_at),
        ("created_at < %s", window.ends_at),
    ]
    given = [(sql, value) for sql, value in limits if value is not None]
    return " and ".join(sql for sql, _ in given) or "true", [value for _, value in given]


def _grouping(group: Dimensions, dimensions: Sequence[str]) -> int:
    """Return the number that PostgreSQL's grouping() gives to a set of dimensions."""
    return int("0" + "".join("0" if name in group else "1" for name in dimensions), 2)
