"""The usage report: cards, a series for the chart and tables by dimension, all read through the metrics."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models import ApiKey, Tenant, User
from tenants.scoping import current_scope
from usage.metrics.day_sql import Days
from usage.metrics.registry import Metric, Reading, metric_named, read, read_sets
from usage.metrics.sources import Filters, Number

CARDS = (
    "requests",
    "calls",
    "records",
    "cost_usd",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "failed_requests",
    "cost_per_coded_record",
    "latency_p95",
)
TABLE = (
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
CHART_MEASURES = ("cost_usd", "requests", "tokens", "latency_p95")
STACKS = ("operation", "model")
BREAKDOWNS: dict[str, str | Promise] = {
    "tenant_id": gettext_lazy("Tenant"),
    "operation": gettext_lazy("Operation"),
    "model": gettext_lazy("Model"),
    "api_key_id": gettext_lazy("Key"),
    "user_id": gettext_lazy("Person"),
    "framework_version_id": gettext_lazy("Framework version"),
}

OF_ONE_TENANT = ("api_key_id", "user_id", "framework_version_id")


@dataclass(frozen=True)
class Card:
    """A figure and what it was in the period before. change: None where that was nothing."""

    metric: Metric
    value: Number | None
    before: Number | None
    change: float | None


@dataclass(frozen=True)
class Line:
    """One row of a table. filter_value: what a link that filters by it carries; None where there is nothing to."""

    name: str
    filter_value: str
    values: Mapping[str, Number | None]
    share: float | None
    change: float | None


@dataclass(frozen=True)
class Table:
    """The figures of a period by one dimension, the most expensive first."""

    dimension: str
    label: str | Promise
    lines: Sequence[Line]


@dataclass(frozen=True)
class Series:
    """One measure by day, a line for each value of the stack."""

    metric: Metric
    days: Sequence[date]
    stacks: Mapping[str, Sequence[Number]]


@dataclass(frozen=True)
class Figures:
    """Everything a page reads, by set of dimensions: of its days, and of as many days before."""

    days: Days
    now: Mapping[tuple[str, ...], Sequence[Reading]]
    before: Mapping[tuple[str, ...], Sequence[Reading]]


def read_figures(days: Days, filters: Filters, *, stacked_by: str = "operation") -> Figures:
    """Read a page's figures, each of the two periods at once, and no more of them than it shows."""
    tables: dict[tuple[str, ...], Sequence[str]] = {(name,): TABLE for name in _dimensions_of_tables(filters)}
    now = {**tables, (): CARDS, ("model",): [*TABLE, "unpriced_calls"], ("day", stacked_by): CHART_MEASURES}
    before = {**{dimensions: ["cost_usd"] for dimensions in tables}, (): CARDS}
    return Figures(days, read_sets(now, days, filters=filters), read_sets(before, days.before(), filters=filters))


def _dimensions_of_tables(filters: Filters) -> Sequence[str]:
    """Keys, people and framework versions are a tenant's own: over all tenants they are shown once one is chosen."""
    if current_scope().tenant_id is not None:
        return [name for name in BREAKDOWNS if name != "tenant_id"]
    return [name for name in BREAKDOWNS if name not in OF_ONE_TENANT or "tenant_id" in filters.equal]


def cards_of(figures: Figures) -> Sequence[Card]:
    """The cards of a period, each beside the period before."""
    now, before = figures.now[()][0].values, figures.before[()][0].values
    return [Card(metric_named(name), now[name], before[name], change_of(now[name], before[name])) for name in CARDS]


def series_of(figures: Figures, measure: str, *, stacked_by: str) -> Series:
    """The chart's data; days without calls are 0."""
    values = {row.key: row.values[measure] or 0 for row in figures.now["day", stacked_by]}
    names = sorted({name for _, name in values})
    stacks = {name: [values.get((day, name), 0) for day in figures.days] for name in names}
    return Series(metric_named(measure), list(figures.days), stacks)


def tables_of(figures: Figures) -> Sequence[Table]:
    """A table for each dimension that the scope in force can be broken down by."""
    return [table_of(figures, name) for name in BREAKDOWNS if (name,) in figures.now]


def table_of(figures: Figures, dimension: str) -> Table:
    """The figures of a period by one dimension."""
    found = figures.now[dimension,]
    before = {row.key: row.values["cost_usd"] for row in figures.before[dimension,]}
    names = names_of(dimension, [row.key[0] for row in found])
    whole = sum(float(row.values["cost_usd"] or 0) for row in found)
    ordered = sorted(found, key=_most_expensive_first)
    lines = [_line(row, names, whole, before.get(row.key)) for row in ordered]
    return Table(dimension, BREAKDOWNS[dimension], lines)


def _most_expensive_first(row: Reading) -> tuple[float, float, str]:
    return (-float(row.values["cost_usd"] or 0), -float(row.values["requests"] or 0), str(row.key[0]))


def _line(row: Reading, names: Mapping[Any, str], whole: float, before: Number | None) -> Line:
    cost, value = row.values["cost_usd"], row.key[0]
    return Line(
        name=names.get(value) or (str(value) if value else _("none")),
        filter_value="" if value is None else str(value),
        values=row.values,
        share=float(cost or 0) / whole if whole else None,
        change=change_of(cost, before),
    )


def change_of(now: Number | None, before: Number | None) -> float | None:
    """By what share a figure has grown; None from nothing."""
    return float(now or 0) / float(before) - 1 if before else None


Namer = Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, str]]
_namers: dict[str, Namer] = {
    "tenant_id": lambda ids: dict(Tenant.objects.filter(id__in=ids).values_list("id", "name")),
    "api_key_id": lambda ids: dict(ApiKey.objects.filter(id__in=ids).values_list("id", "name")),
    "user_id": lambda ids: dict(User.objects.filter(id__in=ids).values_list("id", "username")),
}


def register_names(dimension: str, namer: Namer) -> None:
    """Let a room above name its ids. namer: one query, in the scope in force."""
    _namers[dimension] = namer


def names_of(dimension: str, values: Iterable[Any]) -> Mapping[Any, str]:
    """Put names to ids, in one query. What is gone, or not in scope, has none."""
    ids = [value for value in values if isinstance(value, uuid.UUID)]
    return _namers[dimension](ids) if ids and dimension in _namers else {}


def read_filters(query: Mapping[str, str]) -> Filters:
    """Return the filters that a page's address carries; an id that is none is left out."""
    asked = {name: query[name] for name in BREAKDOWNS if query.get(name)}
    equal: dict[str, Any] = {}
    for name, text in asked.items():
        try:
            equal[name] = uuid.UUID(text) if name.endswith("_id") else text
        except ValueError:
            continue
    return Filters(equal)


def unpriced_models(figures: Figures) -> Sequence[str]:
    """Models that were called without a price: their cost is not in any figure."""
    return _unpriced(figures.now["model",])


def unpriced_in(days: Days, filters: Filters) -> Sequence[str]:
    """The same, for pages that read nothing else of the report."""
    return _unpriced(read(["unpriced_calls"], days, by=["model"], filters=filters))


def _unpriced(by_model: Iterable[Reading]) -> Sequence[str]:
    return sorted(row.key[0] for row in by_model if row.values["unpriced_calls"])
