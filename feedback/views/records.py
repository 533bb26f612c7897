"""The list of stored records, with search and filters that show counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.registry import CodeCount, codings_of
from feedback.reports.facets import FACETS
from feedback.views.access import SEES_SENSITIVE, records_for, records_page, tenant_in_scope
from feedback.views.counting import ListCounts, list_counts
from feedback.views.selection import LABELS, UNSET, Selection, read_selection, value_label
from tenants.pages.access import own_page
from tenants.pages.keyset import read_page

PAGE_LENGTH = 25
MAX_OPTIONS = 60
SHOWN_COLUMNS = (
    "occurred_at",
    "content",
    "language",
    "channel",
    "admin1",
    "admin2",
    "site",
    "is_sensitive",
    "is_escalated",
    "duplicate_of_id",
    "source",
    "external_id",
    "tenant_id",
)


@dataclass(frozen=True)
class Option:
    """A value of a filter, with the number of records that it would select."""

    value: str
    label: str
    count: int
    is_selected: bool


@dataclass(frozen=True)
class FilterField:
    """A filter by one column, with its most frequent values."""

    name: str
    label: str | Promise
    options: Sequence[Option]


@records_page
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """Show a page of the records that the address selects, newest first."""
    selection, visible = read_selection(request.GET), records_for(request)
    matching = visible.none() if selection.problems else selection.filter.apply(visible)
    page = read_page(matching.only(*SHOWN_COLUMNS), by="occurred_at", at=request.GET.get("p", ""), length=PAGE_LENGTH)
    is_complete = page.older is None and page.newer is None
    sees_sensitive = request.user.has_perm(SEES_SENSITIVE)
    counts = list_counts(selection, sees_sensitive=sees_sensitive, rows=page.rows if is_complete else None)
    codings = codings_of([row.pk for row in page.rows])
    context = {
        "title": _("Feedback records"),
        "selection": selection,
        "chips": selection.chips({code.code_id: _name_of(code) for code in counts.codes}),
        "carried": _carried(selection),
        "page": page,
        "address": selection.query,
        "rows": [(row, codings[row.pk]) for row in page.rows],
        "total": counts.total,
        "fields": [*filter_fields(selection, counts), *code_fields(selection, counts.codes)],
        "has_records": bool(counts.total) or visible.exists(),
        "sees_sensitive": sees_sensitive,
        "stores_records": tenant_in_scope().stores_records,
    }
    return own_page(request, "feedback/records.html", context, status=400 if selection.problems else 200)


def _carried(selection: Selection) -> Sequence[tuple[str, Sequence[str]]]:
    """Return the filters without a field in the form, which it carries along."""
    in_form = {*FACETS, "code_id", "search", "from", "to", "is_sensitive"}
    return [(name, values) for name, values in selection.parameters.items() if name not in in_form]


def filter_fields(selection: Selection, counts: ListCounts) -> Sequence[FilterField]:
    """Return the filters with counts under all other filters, so that another value can be selected at once."""
    fields = [
        FilterField(name, LABELS[name], _options(name, counts.by_value[name], selection.parameters.get(name, ())))
        for name in FACETS
    ]
    return [one for one in fields if one.options]


def code_fields(selection: Selection, codes: Sequence[CodeCount]) -> Sequence[FilterField]:
    """Return the filter by code; none without codings."""
    selected = selection.parameters.get("code_id", ())
    ordered = sorted(codes, key=lambda code: (-code.by_week[0], code.path))
    shown = [code for code in ordered if code.code_id in selected] + [
        code for code in ordered[:MAX_OPTIONS] if code.code_id not in selected
    ]
    options = [Option(code.code_id, _name_of(code), code.by_week[0], code.code_id in selected) for code in shown]
    return [FilterField("code_id", LABELS["code_id"], options)] if options else []


def _name_of(code: CodeCount) -> str:
    return code.path[-1] if code.path else code.code_id


def _options(name: str, counts: Sequence[tuple[str, int]], selected: Sequence[str]) -> Sequence[Option]:
    """Return options, largest first. Selected values are among them even where no record has them."""
    count_of = {value or UNSET: count for value, count in counts[:MAX_OPTIONS]}
    missing = {value: dict(counts).get(value, 0) for value in selected if value not in count_of}
    return [
        Option(value, value_label(name, value), count, value in selected)
        for value, count in (count_of | missing).items()
    ]
