"""Export the figures of a report page as CSV and XLSX, without cells that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from tenants.sheets.cells import MAX_CELL_LENGTH, guarded, text_cell
from tenants.storable import writable_in_xml
from usage.budget_states import BudgetState
from usage.metrics.registry import metric_named
from usage.periods import Period
from usage.reports.page import TABLE_METRICS, Card, Series, Table

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Cell = str | int | float | Decimal | None


def as_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write rows as UTF-8 with a byte order mark, without which spreadsheets misread Arabic."""
    text = io.StringIO()
    csv.writer(text).writerows([[_csv_cell(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write rows into one sheet. Texts are stored as text, and never run."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Usage"))
    for row in rows:
        sheet.append([_xlsx_cell(sheet, cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@dataclass(frozen=True)
class Contents:
    """The figures of a page. filters: label and value, of those in force. unpriced: models without a price."""

    period: Period
    cards: Sequence[Card]
    tables: Sequence[Table]
    series: Series
    filters: Sequence[tuple[str, str]] = ()
    unpriced: Sequence[str] = ()
    budgets: Sequence[BudgetState] = ()


def rows_of(contents: Contents) -> Sequence[Sequence[Cell]]:
    """Return the rows of all tables, with the chart's days last."""
    return [
        *_head(contents),
        *_figures(contents),
        *_budgets(contents.budgets),
        *_tables(contents.tables),
        *_days(contents.series),
    ]


def _head(contents: Contents) -> Iterator[Sequence[Cell]]:
    period, zone = contents.period, timezone.get_default_timezone_name()
    yield [_("From"), period.days.first.isoformat(), _("To"), period.last_day.isoformat(), _("Time zone"), zone]
    if contents.filters:
        yield [_("Filters"), *(f"{label}: {value}" for label, value in contents.filters)]
    if contents.unpriced:
        yield [_("Models without a price, whose cost is not included"), *contents.unpriced]


def _figures(contents: Contents) -> Iterator[Sequence[Cell]]:
    yield []
    yield [_("Figure"), _("This period"), _("Previous period")]
    for card in contents.cards:
        yield [str(card.metric.label), card.value, card.before]


def _budgets(states: Sequence[BudgetState]) -> Iterator[Sequence[Cell]]:
    if states:
        yield []
        yield [
            _("Budget left (USD)"),
            _("Name"),
            _("Limit (USD)"),
            _("Spent (USD)"),
            _("Left (USD)"),
            _("Expected end"),
        ]
    for state in states:
        subject = f"{state.budget.get_subject_display()}, {state.budget.get_span_display()}"
        ends_on = state.ends_on.isoformat() if state.ends_on else None
        yield [subject, state.subject_name, state.budget.limit_usd, state.spent_usd, state.left_usd, ends_on]


def _days(series: Series) -> Iterator[Sequence[Cell]]:
    yield []
    yield [_("Day by day"), str(series.metric.label)]
    yield [_("Day"), *(stack.name for stack in series.stacks)]
    for day, values in zip(series.days, zip(*(stack.values for stack in series.stacks), strict=True), strict=False):
        yield [day.isoformat(), *values]


def _tables(tables: Sequence[Table]) -> Iterator[Sequence[Cell]]:
    for table in tables:
        yield []
        labels = [str(metric_named(name).label) for name in TABLE_METRICS]
        yield [str(table.label), *labels, _("Share of cost"), _("Change of cost")]
        for line in table.lines:
            yield [line.name, *(line.values[name] for name in TABLE_METRICS), line.share, line.change]


def _csv_cell(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"  # not 0E-10
    return guarded(writable_in_xml(cell)) if isinstance(cell, str) else cell


def _xlsx_cell(sheet: Any, cell: Cell) -> Any:
    return text_cell(sheet, cell[: MAX_CELL_LENGTH - 1]) if isinstance(cell, str) else cell
