"""The usage report, its exports, and the monthly statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.local_days import today
from tenants.models import Tenant
from tenants.scoping import current_scope
from usage.budget_states import BudgetState, state_of
from usage.metrics.registry import metric_named
from usage.metrics.source import Filters
from usage.models import Budget
from usage.periods import PRESETS, Period, month_at, month_of, read_period
from usage.reports.exports import CONTENT_TYPES, Contents, as_csv, as_xlsx, rows_of
from usage.reports.names import names_of
from usage.reports.page import (
    CHART_METRICS,
    TABLE_METRICS,
    Figures,
    Series,
    cards_of,
    chart_dimensions,
    labels,
    read_figures,
    read_filters,
    series_of,
    tables_of,
    unpriced_models,
)
from usage.views.access import in_usage, usage_page

MAX_LINES = 25
MAX_CELLS_BY_DAY = 500  # more of them would be the largest part of the page


@usage_page
def report(request: HttpRequest) -> HttpResponse:
    """Show cards, a chart and tables of a period, compared with the previous period."""
    period, filters, figures, series = _read(request)
    days = days_of(series)
    context = {
        "title": _("Usage and cost"),
        "presets": PRESETS,
        "measures": [metric_named(name) for name in CHART_METRICS],
        "stacks": [(name, labels()[name]) for name in chart_dimensions(filters)],
        "measure": series.metric.name,
        "stack": series.dimension,
        "series": series,
        "chart": chart_of(series),
        "days": days,
        "peak": max(days, key=lambda day: day.whole, default=None),
        "active_filters": _active_filters(filters, figures),
        "filters": {name: str(value) for name, value in filters.equal.items()},
        "address": _address(request),
        "shown_lines": MAX_LINES,
        "statement_month": month_of(period.last_day).first,
    }
    return _page(request, "usage/report.html", period, figures, context)


@usage_page
def statement(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Show the statement of a month, for the printer."""
    try:
        days = month_at(year, month)
    except ValueError as error:
        raise Http404 from error
    tenant_id = current_scope().tenant_id
    tenant = Tenant.objects.get(id=tenant_id) if tenant_id else None
    is_running = days.end > today()
    context: dict[str, Any] = {
        "title": _("Usage statement"),
        "month": days.first,
        "tenant": tenant,
        "is_running": is_running,
        "printed_at": timezone.now(),
        "shown_lines": 1000,
        **({} if is_running else {"budgets": []}),  # budgets show the current month only
    }
    return _page(request, "usage/statement.html", Period("month", days), read_figures(days, Filters()), context)


@usage_page
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Export the figures of the report at the same address, for a spreadsheet."""
    period, filters, figures, series = _read(request)
    contents = Contents(
        period=period,
        cards=cards_of(figures),
        tables=tables_of(figures),
        series=series,
        filters=[(label, value) for _name, label, value in _active_filters(filters, figures)],
        unpriced=unpriced_models(figures),
        budgets=_budget_states(),
    )
    rows = rows_of(contents)
    content = as_csv(rows) if kind == "csv" else as_xlsx(rows)
    name = f"usage-{period.days.first}-{period.last_day}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=CONTENT_TYPES[kind], headers=headers)


def _read(request: HttpRequest) -> tuple[Period, Filters, Figures, Series]:
    """Read the period, the filters and the chart of the address, and the figures for them."""
    period, filters = read_period(request.GET), read_filters(request.GET)
    stack = _choice(request.GET.get("stack", ""), chart_dimensions(filters))
    figures = read_figures(period.days, filters, stacked_by=stack)
    measure = _choice(request.GET.get("measure", ""), _chart_metrics(figures))
    return period, filters, figures, series_of(figures, measure, stacked_by=stack)


def _page(
    request: HttpRequest, template: str, period: Period, figures: Figures, context: dict[str, Any]
) -> HttpResponse:
    shown = {
        "period": period,
        "before": period.days.before(),
        "zone": timezone.get_default_timezone_name(),
        "cards": cards_of(figures),
        "tables": tables_of(figures),
        "columns": [metric_named(name) for name in TABLE_METRICS],
        "unpriced": unpriced_models(figures),
        "budgets": _budget_states(),
    }
    return in_usage(request, template, shown | context)


def _budget_states() -> Sequence[BudgetState]:
    """Return the states of the tenant's budgets; none over all tenants."""
    return [state_of(budget) for budget in Budget.objects.all()] if current_scope().tenant_id else []


def chart_of(series: Series) -> dict[str, Any]:
    """Return the data of the page's script."""
    return {
        "label": str(series.metric.label),
        "unit": series.metric.unit.value,
        "dimension": series.dimension,
        "days": [day.isoformat() for day in series.days],
        "stacks": [
            {"name": stack.name, "value": stack.filter_value, "values": [float(value) for value in stack.values]}
            for stack in series.stacks
        ],
    }


@dataclass(frozen=True)
class Day:
    """A line of the chart's table. whole: the sum of the parts; for a percentile, their maximum."""

    date: date
    parts: Sequence[float]
    whole: float

    @property
    def figures(self) -> Sequence[float]:
        return [*self.parts, self.whole]


def days_of(series: Series) -> Sequence[Day]:
    """Return the chart as a table: totals by day, with the stacks if the table is small."""
    join = sum if series.metric.percentile is None else max
    shows_parts = len(series.days) * len(series.stacks) <= MAX_CELLS_BY_DAY
    days = []
    for number, day in enumerate(series.days):
        parts = [float(stack.values[number]) for stack in series.stacks]
        days.append(Day(day, parts if shows_parts else (), join(parts or [0.0])))
    return days


def _chart_metrics(figures: Figures) -> Sequence[str]:
    """Return the metrics of the chart, the default first: cost, or requests where nothing costs anything."""
    has_cost = figures.now[()][0].values["cost_usd"]
    return CHART_METRICS if has_cost else ("requests", *CHART_METRICS)


def _choice(name: str, offered: Sequence[str]) -> str:
    return name if name in offered else offered[0]


def _active_filters(filters: Filters, figures: Figures) -> list[tuple[str, str, str]]:
    """Return the dimension, its label and the name of the value for all active filters.

    Only ids in the figures get a name: an address may contain any id, and people are not limited to a tenant.
    """
    named = {name: {row.key[0] for row in figures.now.get((name,), ())} for name in filters.equal}
    return [
        (name, str(labels()[name]), names_of(name, named[name] & {value}).get(value, str(value)))
        for name, value in filters.equal.items()
    ]


def _address(request: HttpRequest) -> dict[str, str]:
    """Return the parameters of the address that the page's links repeat."""
    names = ("period", "from", "to", "measure", "stack", *labels())
    return {name: request.GET[name] for name in names if request.GET.get(name)}
