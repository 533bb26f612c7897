"""The usage report: cards, a series for the chart and tables by dimension, all read through the metrics."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tenants.scoping import current_scope
from usage.metrics.dimensions import Dimension, Dimensions, all_dimensions
from usage.metrics.registry import Metric, Reading, metric_named, read, read_sets
from usage.metrics.source import Filters, Number
from usage.periods import Days
from usage.reports.names import names_of

_card_metrics = [
    "requests",
    "calls",
    "records",
    "cost_usd",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "failed_requests",
    "latency_p95",
]
TABLE_METRICS = (
    "cost_usd",
    "requests",
    "calls",
    "input_tokens",
    "output_tokens",
    "failed_requests",
    "error_rate",
    "latency_p50",
    "latency_p95",
)
CHART_METRICS = ("cost_usd", "requests", "tokens", "latency_p95")


@dataclass(frozen=True)
class Card:
    """A figure, and that of the period before. change: None where the earlier one is 0 or unknown."""

    metric: Metric
    value: Number | None
    before: Number | None
    change: float | None


@dataclass(frozen=True)
class Line:
    """One row of a table. filter_value: of a link that filters by it; empty where it cannot be filtered by."""

    name: str
    filter_value: str
    values: Mapping[str, Number | None]
    share: float | None
    change: float | None


@dataclass(frozen=True)
class Table:
    """The figures of a period by one dimension, the highest cost first."""

    dimension: str
    label: str | Promise
    lines: Sequence[Line]


@dataclass(frozen=True)
class Stack:
    """One value of the chart's dimension, with one figure per day. filter_value: as in Line."""

    name: str
    filter_value: str
    values: Sequence[Number]


@dataclass(frozen=True)
class Series:
    """One metric by day, broken down by one dimension."""

    metric: Metric
    dimension: str
    days: Sequence[date]
    stacks: Sequence[Stack]


@dataclass(frozen=True)
class Figures:
    """Figures of a page, by set of dimensions: of its days, and of the period before."""

    days: Days
    now: Mapping[Dimensions, Sequence[Reading]]
    before: Mapping[Dimensions, Sequence[Reading]]


def register_card(metric: str) -> None:
    """Let a room above show a metric of its own as a card."""
    _card_metrics.append(metric)


def read_figures(days: Days, filters: Filters, *, stacked_by: str = "operation") -> Figures:
    """Read the figures that a page shows, all of a period together."""
    tables: dict[Dimensions, Sequence[str]] = {(name,): TABLE_METRICS for name in _table_dimensions(filters)}
    now = {
        **tables,
        (): _card_metrics,
        ("model",): [*TABLE_METRICS, "unpriced_calls"],
        ("day", stacked_by): CHART_METRICS,
    }
    before = {**{dimensions: ["cost_usd"] for dimensions in tables}, (): _card_metrics}
    return Figures(days, read_sets(now, days, filters=filters), read_sets(before, days.before(), filters=filters))


def _table_dimensions(filters: Filters) -> Sequence[str]:
    """Return the dimensions of the tables. Over all tenants, private ones are shown when a tenant is chosen."""
    is_one_tenant = current_scope().tenant_id is not None
    return [dimension.name for dimension in _shown(filters) if not (is_one_tenant and dimension.name == "tenant_id")]


def _shown(filters: Filters) -> Sequence[Dimension]:
    shows_private = current_scope().tenant_id is not None or "tenant_id" in filters.equal
    return [dimension for dimension in all_dimensions() if shows_private or not dimension.is_private]


def chart_dimensions(filters: Filters) -> Sequence[str]:
    """Return the dimensions that the chart can be broken down by, the default first."""
    return [dimension.name for dimension in _shown(filters) if dimension.is_charted]


def labels() -> Mapping[str, str | Promise]:
    """Return the labels of all dimensions by name, in the order of the page."""
    return {dimension.name: dimension.label for dimension in all_dimensions()}


def cards_of(figures: Figures) -> Sequence[Card]:
    now, before = figures.now[()][0].values, figures.before[()][0].values
    return [Card(metric_named(name), now[name], before[name], change_of(now[name], before[name])) for name in now]


def series_of(figures: Figures, metric: str, *, stacked_by: str) -> Series:
    """Return the chart's data. Days without calls are 0."""
    figure_of = {reading.key: reading.values[metric] or 0 for reading in figures.now["day", stacked_by]}
    values = {value for _day, value in figure_of}
    names = names_of(stacked_by, values)
    stacks = [
        Stack(_name(value, names), _filter_value(value), [figure_of.get((day, value), 0) for day in figures.days])
        for value in values
    ]
    ordered = sorted(stacks, key=lambda stack: (stack.name, stack.filter_value))
    return Series(metric_named(metric), stacked_by, list(figures.days), ordered)


def tables_of(figures: Figures) -> Sequence[Table]:
    """Return one table per dimension that was read."""
    return [table_of(figures, name) for name in labels() if (name,) in figures.now]


def table_of(figures: Figures, dimension: str) -> Table:
    """Return the figures of a period by one dimension."""
    readings = sorted(figures.now[dimension,], key=_highest_cost_first)
    before = {reading.key: reading.values["cost_usd"] for reading in figures.before[dimension,]}
    names = names_of(dimension, [reading.key[0] for reading in readings])
    whole = sum(float(reading.values["cost_usd"] or 0) for reading in readings)
    lines = [_line(reading, names, whole, before.get(reading.key)) for reading in readings]
    return Table(dimension, labels()[dimension], lines)


def _highest_cost_first(reading: Reading) -> tuple[float, float, str]:
    values = reading.values
    return (-float(values["cost_usd"] or 0), -float(values["requests"] or 0), str(reading.key[0]))


def _line(reading: Reading, names: Mapping[Any, str], whole: float, before: Number | None) -> Line:
    cost, value = reading.values["cost_usd"], reading.key[0]
    return Line(
        name=_name(value, names),
        filter_value=_filter_value(value),
        values=reading.values,
        share=float(cost or 0) / whole if whole else None,
        change=change_of(cost, before),
    )


def _name(value: Any, names: Mapping[Any, str]) -> str:
    return names.get(value) or (str(value) if value else _("none"))


def _filter_value(value: Any) -> str:
    return "" if value is None else str(value)


def change_of(now: Number | None, before: Number | None) -> float | None:
    """Return the growth of a figure as a share; None where the earlier one is 0 or unknown."""
    return float(now or 0) / float(before) - 1 if before else None


def read_filters(query: Mapping[str, str]) -> Filters:
    """Return the filters of a page's address. Unreadable ids are left out."""
    equal: dict[str, Any] = {}
    for dimension in all_dimensions():
        name, text = dimension.name, query.get(dimension.name, "")
        try:
            equal |= {name: uuid.UUID(text) if dimension.sql_type == "uuid" else text} if text else {}
        except ValueError:
            continue
    return Filters(equal)


def unpriced_models(figures: Figures) -> Sequence[str]:
    """Return the models that were called without a price. Their cost is in no figure."""
    return _unpriced(figures.now["model",])


def unpriced_in(days: Days, filters: Filters) -> Sequence[str]:
    """Return the same for pages that read no other figures of the report."""
    return _unpriced(read(["unpriced_calls"], days, by=["model"], filters=filters))


def _unpriced(by_model: Iterable[Reading]) -> Sequence[str]:
    return sorted(reading.key[0] for reading in by_model if reading.values["unpriced_calls"])
