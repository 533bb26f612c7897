"""The list of stored records, with search and filters that show counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.models import FeedbackRecord
from feedback.registry import CodeCount, codings_of, count_codes
from feedback.reports.facets import FACETS, Facets, count_facets, count_values
from feedback.views.access import SEES_SENSITIVE, records_for, records_page, tenant_in_scope
from feedback.views.selection import LABELS, UNSET, Selection, read_selection, value_label
from tenants.pages.access import own_page
from tenants.pages.keyset import Page, read_page

PAGE_LENGTH = 25
EVERYTHING = datetime(1, 1, 2, tzinfo=UTC)
"""The beginning of one period with all records, for counts that are not by week."""
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
    counted = _counted(matching, page)
    facets = count_facets(counted)
    codings = codings_of([row.pk for row in page.rows])
    codes = count_codes(counted, [EVERYTHING])
    context = {
        "title": _("Feedback records"),
        "selection": selection,
        "chips": selection.chips({code.code_id: _name_of(code) for code in codes}),
        "carried": _carried(selection),
        "page": page,
        "address": selection.query,
        "rows": [(row, codings[row.pk]) for row in page.rows],
        "total": facets.total,
        "fields": [*filter_fields(visible, selection, facets), *code_fields(visible, selection, codes)],
        "has_records": bool(facets.total) or visible.exists(),
        "sees_sensitive": request.user.has_perm(SEES_SENSITIVE),
        "stores_records": tenant_in_scope().stores_records,
    }
    return own_page(request, "feedback/records.html", context, status=400 if selection.problems else 200)


def _carried(selection: Selection) -> Sequence[tuple[str, Sequence[str]]]:
    """Return the filters without a field in the form, which it carries along."""
    in_form = {*FACETS, "code_id", "search", "from", "to", "is_sensitive"}
    return [(name, values) for name, values in selection.parameters.items() if name not in in_form]


def _counted(matching: QuerySet[FeedbackRecord], page: Page) -> QuerySet[FeedbackRecord]:
    """Return the records to count: a complete first page is counted by its ids, without a second search."""
    is_complete = page.older is None and page.newer is None
    return FeedbackRecord.objects.filter(pk__in=[row.pk for row in page.rows]) if is_complete else matching


def filter_fields(visible: QuerySet[FeedbackRecord], selection: Selection, facets: Facets) -> Sequence[FilterField]:
    """Return the filters with counts under all other filters, so that another value can be selected at once."""
    fields = []
    for name in FACETS:
        counts: Any = facets.by_value.get(name, ())
        if name in selection.parameters and not selection.problems:
            counts = count_values(selection.without(name).filter.apply(visible), name)
        fields.append(FilterField(name, LABELS[name], _options(name, counts, selection.parameters.get(name, ()))))
    return [one for one in fields if one.options]


def code_fields(
    visible: QuerySet[FeedbackRecord], selection: Selection, codes: Sequence[CodeCount]
) -> Sequence[FilterField]:
    """Return the filter by code, with counts as the others have; none without codings."""
    selected = selection.parameters.get("code_id", ())
    if selected and not selection.problems:
        codes = count_codes(selection.without("code_id").filter.apply(visible), [EVERYTHING])
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
