"""The tables and charts of the dashboard, with the queries of the records behind every figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.registry import CodeCount
from feedback.reports.rising import Rise, Series, recent_weeks, rising
from feedback.reports.small_cells import suppress, suppress_each
from feedback.reports.weeks import WeeklyCounts, Weeks
from feedback.views.selection import LABELS, UNSET, Selection, value_label

COLUMNS = ("channel", "admin1", "language")
MAX_LINES = 12
MAX_TYPES = 7
MAX_CODES_IN_LINK = 40
KINDS: Mapping[str, str | Promise] = {**{name: LABELS[name] for name in COLUMNS}, "code": gettext_lazy("Code")}


@dataclass(frozen=True)
class Line:
    """A value in a table with bars. count: None where it is too small to be shown. query: of its records."""

    label: str
    count: int | None
    share: float
    query: str


@dataclass(frozen=True)
class Table:
    """The values of one column, the largest first. more: the number of values that are not shown."""

    name: str
    label: str | Promise
    lines: Sequence[Line]
    more: int


@dataclass(frozen=True)
class RisingLine:
    """A line of the table of what rises."""

    kind: str | Promise
    label: str
    rise: Rise
    query: str


@dataclass(frozen=True)
class Reading:
    """All figures of the dashboard."""

    selection: Selection
    weeks: Weeks
    counts: WeeklyCounts
    codes: Sequence[CodeCount]
    sees_records: bool


def parts_of(reading: Reading) -> dict[str, Any]:
    """Return the tables and charts of the page, by the names that its template uses."""
    types = _types(reading.codes)
    return {
        "tables": [*_code_tables(reading), *(_table(reading, name) for name in COLUMNS)],
        "rises": _rises(reading),
        "volume": _weekly_lines(reading, {"": reading.counts.total}),
        "volume_chart": _chart(reading, {str(_("Records")): reading.counts.total}, {}),
        "types": list(types),
        "type_lines": _weekly_lines(reading, types),
        "type_chart": _chart(reading, types, _codes_by_type(reading.codes)) if types else None,
    }


def _table(reading: Reading, name: str) -> Table:
    counts = {value: sum(by_week) for value, by_week in reading.counts.by_value[name].items()}
    labels = {value: value_label(name, value) for value in counts}
    queries = {value: period_query(reading, {name: value or UNSET}) for value in counts}
    return _bars(reading, name, LABELS[name], counts, labels, queries)


def _code_tables(reading: Reading) -> Sequence[Table]:
    """Return the table of codes; none without codings."""
    if not reading.codes:
        return []
    counts = {code.code_id: sum(code.by_week) for code in reading.codes}
    labels = {code.code_id: code.path[-1] if code.path else code.code_id for code in reading.codes}
    queries = {code_id: period_query(reading, {"code_id": code_id}) for code_id in counts}
    return [_bars(reading, "code_id", _("Codes"), counts, labels, queries)]


def _bars(
    reading: Reading,
    name: str,
    label: str | Promise,
    counts: Mapping[str, int],
    labels: Mapping[str, str],
    queries: Mapping[str, str],
) -> Table:
    shown = dict(counts) if reading.sees_records else suppress(counts)
    largest = max(counts.values(), default=1)
    ordered = sorted(counts, key=lambda value: (-counts[value], labels[value]))
    lines = [
        Line(labels[value], count, (count or 0) / largest, queries[value])
        for value in ordered[:MAX_LINES]
        for count in [shown[value]]
    ]
    return Table(name, label, lines, max(0, len(ordered) - MAX_LINES))


def _rises(reading: Reading) -> Sequence[RisingLine]:
    """Return what rises. Counts from 5 on are tested, so that no small cell is among them."""
    series = [
        Series(name, value, counts)
        for name in COLUMNS
        for value, counts in reading.counts.by_value[name].items()
        if value
    ]
    paths = {code.code_id: code.path or (code.code_id,) for code in reading.codes}
    series += [Series("code", code.code_id, code.by_week) for code in reading.codes]
    recent = reading.weeks.mondays[-recent_weeks(len(reading.counts.total))]
    lines = []
    for rise in rising(series, reading.counts.total):
        kind, value = rise.series.kind, rise.series.value
        label = paths.get(value, (value,))[-1] if kind == "code" else value_label(kind, value)
        query = period_query(reading, {"code_id" if kind == "code" else kind: value}, since=recent)
        lines.append(RisingLine(KINDS[kind], label, rise, query))
    return lines


def _types(codes: Sequence[CodeCount]) -> dict[str, list[int]]:
    """Add up codes by their first level, the largest first; the smallest ones together."""
    types: dict[str, list[int]] = {}
    for code in codes:
        name = code.path[0] if code.path else code.code_id
        known = types.setdefault(name, [0] * len(code.by_week))
        types[name] = [a + b for a, b in zip(known, code.by_week, strict=True)]
    ordered = sorted(types, key=lambda name: (-sum(types[name]), name))
    shown = {name: types[name] for name in ordered[:MAX_TYPES]}
    if rest := ordered[MAX_TYPES:]:
        shown[str(_("Others"))] = [sum(column) for column in zip(*(types[name] for name in rest), strict=True)]
    return shown


def _codes_by_type(codes: Sequence[CodeCount]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(code.path[0] if code.path else code.code_id, []).append(code.code_id)
    return {name: ids for name, ids in found.items() if len(ids) <= MAX_CODES_IN_LINK}


def _weekly_lines(reading: Reading, series: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    """Return the table of a chart: per week its Monday, the counts of the series, and the query of its records."""
    shown = [_shown(reading, counts) for counts in series.values()]
    return [
        {"monday": monday, "counts": [counts[number] for counts in shown], "query": _week_query(reading, monday)}
        for number, monday in enumerate(reading.weeks.mondays)
    ]


def _chart(
    reading: Reading, series: Mapping[str, Sequence[int]], code_ids: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the data of a chart's script. links: by series and week, only for readers of records."""
    mondays = reading.weeks.mondays
    return {
        "weeks": [monday.isoformat() for monday in mondays],
        "series": [
            {
                "name": name,
                "values": _shown(reading, counts),
                "links": [_week_query(reading, monday, code_ids.get(name, ())) for monday in mondays]
                if reading.sees_records
                else [],
            }
            for name, counts in series.items()
        ],
    }


def _shown(reading: Reading, counts: Sequence[int]) -> list[int | None]:
    """Return counts as the reader may see them. The volume of all records points to nobody."""
    is_volume = counts is reading.counts.total
    return list(counts) if reading.sees_records or is_volume else suppress_each(counts)


def _week_query(reading: Reading, monday: date, code_ids: Sequence[str] = ()) -> str:
    first = max(monday, reading.weeks.first)
    last = min(monday + timedelta(days=6), reading.weeks.end - timedelta(days=1))
    changed: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
    if code_ids:
        changed["code_id"] = list(code_ids)
    return reading.selection.query_with(**changed)


def period_query(reading: Reading, filters: Mapping[str, str] | None = None, *, since: date | None = None) -> str:
    """Return the query of the records behind a figure: the period, the filters in force, and its own."""
    days = {
        "from": max(since or reading.weeks.first, reading.weeks.first).isoformat(),
        "to": (reading.weeks.end - timedelta(days=1)).isoformat(),
    }
    return reading.selection.query_with(**days, **(filters or {}))
