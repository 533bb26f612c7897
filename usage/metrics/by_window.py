"""The ledger between any two moments, row by row: exact, percentiles included.

The relation has the columns of the ledger by day (usage/daily.py), so that one measure's sql serves both, and those of
single calls and requests besides. A row of it is one call, or one request: the rows of one tenant, operation and call
id within the moments, with the model, the key and the like of the first of them.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

from tenants.scoping import current_scope
from usage.metrics.day_sql import Dimensions
from usage.metrics.row_sql import (
    ALL_FAILED,
    KEYS,
    OF_A_CALL,
    OF_A_REQUEST,
    OF_A_SINGLE_CALL,
    OF_A_SINGLE_REQUEST,
    selected,
)
from usage.metrics.sources import Filters, Key, Measure, Values, Window

REQUEST_KEYS = ("tenant_id", "operation")
CALL_COLUMNS = OF_A_CALL | OF_A_SINGLE_CALL
REQUEST_COLUMNS = (*OF_A_REQUEST, *OF_A_SINGLE_REQUEST)
MOMENTS_SQL = """
with calls as (select {row}, id, call_id, created_at, records_count from llm_calls where {within}),
requests as (select {request} from calls group by tenant_id, operation, call_id),
counted as ({counted})
select {number}, {values} from counted where {condition} group by grouping sets ({sets})
"""
PERCENTILE_SQL = "percentile_cont({share}) within group (order by latency_ms)"


def read_moments(
    wanted: Mapping[Dimensions, Sequence[Measure]], window: Window, filters: Filters
) -> Mapping[Dimensions, Mapping[Key, Values]]:
    """Read measures by several sets of dimensions, in one statement and of the scope in force."""
    aggregates = {measure.name: _aggregate(measure) for each in wanted.values() for measure in each}
    dimensions = [name for name in KEYS if any(name in each for each in wanted)]
    looked_at = {name for each in wanted.values() for measure in each for name in measure.looks_at}
    within, moments = _within(window)
    statement = MOMENTS_SQL.format(
        within=within,
        number=f"grouping({', '.join(dimensions)})" if dimensions else "0",
        values=", ".join([*dimensions, *aggregates.values()]),
        condition=" and ".join(f"{name} is not distinct from %s" for name in filters.equal) or "true",
        sets=", ".join(f"({', '.join(each)})" for each in wanted),
        **_relation({*dimensions, *filters.equal, *looked_at}, aggregates.values()),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*moments, *filters.equal.values()])
        rows = cursor.fetchall()
    by_number = {_grouping(each, dimensions): each for each in wanted}
    found: dict[Dimensions, dict[Key, Values]] = {each: {} for each in wanted}
    for number, *columns in rows:
        asked = by_number[number]
        key = dict(zip(dimensions, columns, strict=False))
        values = dict(zip(aggregates, columns[len(dimensions) :], strict=True))
        found[asked][tuple(key[name] for name in asked)] = {each.name: values[each.name] for each in wanted[asked]}
    return found


def _aggregate(measure: Measure) -> str:
    if measure.percentile is not None:
        return PERCENTILE_SQL.format(share=measure.percentile)
    return measure.sql if measure.is_of_single else f"coalesce({measure.sql}, 0)"


def _words(expressions: Collection[str]) -> set[str]:
    return {word for sql in expressions for word in re.findall(r"\w+", sql)}


def _relation(keys: Collection[str], aggregates: Collection[str]) -> dict[str, str]:
    """The select lists of the relation, with some keys and the columns that aggregates are over."""
    columns = sorted(_words(aggregates) & {*CALL_COLUMNS, *REQUEST_COLUMNS})
    of_requests = {name: OF_A_REQUEST.get(name, name if name in REQUEST_COLUMNS else "null") for name in columns}
    mentioned = _words(of_requests.values())
    firsts = sorted({*keys, *({"records_count"} & mentioned)} - set(REQUEST_KEYS))
    request = {name: name for name in REQUEST_KEYS}
    request |= {name: f"(array_agg({name} order by created_at, id))[1]" for name in firsts}
    request |= {"all_failed": ALL_FAILED}
    request |= {name: sql for name, sql in OF_A_SINGLE_REQUEST.items() if name in columns}
    needed = {*keys, *REQUEST_KEYS, *columns, *_words(request.values())}
    shared = {name: name for name in sorted(keys)}
    of_calls = {name: name if name in CALL_COLUMNS else "null" for name in columns}
    counted = {"calls": selected(shared | of_calls), "requests": selected(shared | of_requests)}
    asked = [name for name in counted if name == "calls" or set(columns) & set(REQUEST_COLUMNS)]
    return {
        "row": selected({name: sql for name, sql in (KEYS | CALL_COLUMNS).items() if name in needed}),
        "request": selected(request),
        "counted": " union all ".join(f"select {counted[name]} from {name}" for name in asked),  # noqa: S608 (ours)
    }


def _within(window: Window) -> tuple[str, list[Any]]:
    """Limit rows to the scope and the window: row-level security would, but it cannot pick the index."""
    limits = [
        ("tenant_id = %s", current_scope().tenant_id),
        ("created_at >= %s", window.starts_at),
        ("created_at < %s", window.ends_at),
    ]
    asked = [(sql, value) for sql, value in limits if value is not None]
    return " and ".join(sql for sql, _ in asked) or "true", [value for _, value in asked]


def _grouping(each: Dimensions, dimensions: Sequence[str]) -> int:
    """The number that PostgreSQL's grouping() gives to a set of dimensions."""
    return int("0" + "".join("0" if name in each else "1" for name in dimensions), 2)
