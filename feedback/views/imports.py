"""The pages of imports: upload a file, correct how its columns are read, watch it, and take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from feedback.errors import StorageOff
from feedback.imports.dates import DateOrder
from feedback.imports.errors import UnreadableFile
from feedback.imports.fields import DATE_FIELDS, FIELDS, NOT_IMPORTED
from feedback.imports.models import ImportRun, ImportStatus
from feedback.imports.previews import Plan, preview_import
from feedback.imports.readers.files import ReadingOptions
from feedback.imports.services import cancel_import, confirm_draft, plan_of, store_draft
from feedback.imports.undoing import can_be_undone, queue_undo
from feedback.views.access import page_of_one_tenant, tenant_in_scope
from feedback.views.selection import LABELS
from tenants.errors import Conflict
from tenants.pages.access import View, own_page, signed_in_with
from tenants.pages.scoped_admin import actor_of
from tenants.rest.errors import InvalidRequest
from tenants.rest.uploads import NamelessFileHandler

IMPORTS = "feedback.add_importrun"
LISTED = 50
EXAMPLES, MAX_EXAMPLE_LENGTH = 3, 80
SHOWN_ERRORS = 100
REFRESH_SECONDS = 4
FIELD_LABELS: Mapping[str, str | Promise] = {
    **LABELS,
    "content": gettext_lazy("Text of the feedback"),
    "collected_at": gettext_lazy("Date of collection"),
    "received_at": gettext_lazy("Date of receipt"),
    "closed_at": gettext_lazy("Date of closing"),
    "admin1": gettext_lazy("First-level area"),
    "tags": gettext_lazy("Tags"),
    "created": gettext_lazy("Date in the CRM"),
    "coding_level_1": gettext_lazy("Code, first level"),
    "coding_level_2": gettext_lazy("Code, second level"),
    "coding_level_3": gettext_lazy("Code, third level"),
    "extra": gettext_lazy("Stored under its own heading"),
}
CHOICES = [(NOT_IMPORTED, gettext_lazy("Leave out")), *((name, FIELD_LABELS[name]) for name in FIELDS)]


class UploadForm(forms.Form):
    """A file to import."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, Excel (.xlsx), JSON lines, or an export of KoboToolbox or EspoCRM, up to 100 MB."),
    )
    encoding = forms.CharField(
        label=gettext_lazy("Encoding"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Only if letters look wrong on the next page, for example cp1252 or cp1256."),
    )


@dataclass(frozen=True)
class ColumnChoice:
    """A column on the mapping page. order: of its dates; "" if it is not known."""

    index: int
    name: str
    examples: Sequence[str]
    field: str
    order: str
    is_date: bool
    is_untold: bool


def imports_page(view: View) -> View:
    """Let people open a page who may import records in the tenant in scope."""
    return signed_in_with(IMPORTS)(page_of_one_tenant(view))


@imports_page
@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """List the newest imports."""
    context = {
        "title": _("Imports"),
        "runs": ImportRun.objects.order_by("-id")[:LISTED],
        "stores_records": tenant_in_scope().stores_records,
    }
    return own_page(request, "feedback/imports.html", context)


@imports_page
@require_http_methods(["GET", "HEAD", "POST"])
def _new_import(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    issues: Sequence[dict[str, Any]] = ()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = store_draft(
                file,
                file_name=file.name,
                tenant=tenant_in_scope(),
                actor_id=actor_of(request),
                options=ReadingOptions(encoding=form.cleaned_data["encoding"].strip()),
            )
            return HttpResponseRedirect(reverse("feedback:import-mapping", args=[run.pk]))
        except UnreadableFile as error:
            issues = shown_issues([issue.as_json() for issue in error.issues])
        except StorageOff:
            form.add_error(None, _("This tenant does not store feedback"))
    context = {"title": _("Import a file"), "form": form, "issues": issues}
    return own_page(request, "feedback/import_new.html", context, status=422 if issues else 200)


@csrf_exempt
def new_import(request: HttpRequest) -> HttpResponse:
    """Upload a file. The token is checked after the receiver of the file was chosen, which reading the form fixes."""
    request.upload_handlers = [NamelessFileHandler(request)]
    return _new_import(request)


@imports_page
@require_http_methods(["GET", "HEAD", "POST"])
def import_mapping(request: HttpRequest, run_id: Any) -> HttpResponse:
    """Show how the columns of a file are read, with its first rows and its faults; change it, and import."""
    run = _run(run_id)
    if run.status != ImportStatus.DRAFT:
        return HttpResponseRedirect(reverse("feedback:import", args=[run.pk]))
    act = request.POST.get("act", "")
    if act == "discard":
        cancel_import(run, actor_id=actor_of(request))
        return HttpResponseRedirect(reverse("feedback:imports"))
    plan, problems = _planned(run, request)
    if act == "import" and not problems:
        try:
            confirm_draft(run, plan, source=request.POST.get("source", "").strip()[:255], actor_id=actor_of(request))
            return HttpResponseRedirect(reverse("feedback:import", args=[run.pk]))
        except UnreadableFile as error:
            problems = [f"{issue.column} {_(issue.issue)}".strip() for issue in error.issues]
        except Conflict:
            return HttpResponseRedirect(reverse("feedback:import", args=[run.pk]))
    preview = preview_import(plan)
    context = {
        "title": _("How the columns are read"),
        "run": run,
        "columns": _columns(plan),
        "choices": CHOICES,
        "orders": [(DateOrder.DAY_FIRST, "31/12/2026"), (DateOrder.MONTH_FIRST, "12/31/2026")],
        "preview": preview,
        "failed": preview.rows - preview.rows_ok,
        "issues": shown_issues([issue.as_json() for issue in preview.errors[:SHOWN_ERRORS]]),
        "problems": problems,
        "plan": plan,
        "notes": plan.table.notes,
        "source": request.POST.get("source", ""),
    }
    return own_page(request, "feedback/import_mapping.html", context, status=422 if problems else 200)


@imports_page
@require_http_methods(["GET", "HEAD", "POST"])
def import_run(request: HttpRequest, run_id: Any) -> HttpResponse:
    """Show the progress and the result of an import; cancel it, or take it back."""
    run = _run(run_id)
    if run.status == ImportStatus.DRAFT:
        return HttpResponseRedirect(reverse("feedback:import-mapping", args=[run.pk]))
    if request.method == "POST":
        _act(request, run)
        return HttpResponseRedirect(reverse("feedback:import", args=[run.pk]))
    context = {
        "title": _("Import of %(file)s") % {"file": run.file_name},
        "run": run,
        "share": 100 * run.rows_read // max(run.rows_total, 1),
        "issues": shown_issues(run.errors[:SHOWN_ERRORS]),
        "more_issues": max(len(run.errors) - SHOWN_ERRORS, 0),
        "can_be_undone": can_be_undone(run),
        "refresh_seconds": REFRESH_SECONDS if run.is_open else None,
    }
    return own_page(request, "feedback/import_run.html", context)


def shown_issues(issues: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return stored issues with their text in the reader's language."""
    return [{**issue, "issue": _(issue["issue"]) if issue["issue"] else ""} for issue in issues]


def _act(request: HttpRequest, run: ImportRun) -> None:
    try:
        if request.POST.get("act") == "cancel":
            cancel_import(run, actor_id=actor_of(request))
            messages.success(request, _("The import was cancelled. What it had stored stays."))
        elif request.POST.get("act") == "undo":
            queue_undo(run, actor_id=actor_of(request))
            messages.success(request, _("The import is being taken back. This takes some seconds."))
    except Conflict:
        messages.error(request, _("This cannot be done any more: something has changed since."))


def _run(run_id: Any) -> ImportRun:
    run: ImportRun | None = ImportRun.objects.filter(id=run_id).first()
    if run is None:
        raise Http404
    return run


def _planned(run: ImportRun, request: HttpRequest) -> tuple[Plan, list[str]]:
    """Return the plan with the mapping that was posted, or without it if it does not fit."""
    plan = plan_of(run)
    if request.method != "POST":
        return plan, []
    named: dict[str, Any] = {}
    for index, column in enumerate(plan.table.header):
        if f"field-{index}" in request.POST:
            order = request.POST.get(f"order-{index}") or None
            named[column] = {"field": request.POST[f"field-{index}"], "date_order": order}
    try:
        return plan_of(run, named), []
    except InvalidRequest as error:
        return plan, [issue.issue for issue in error.fields or ()]


def _columns(plan: Plan) -> list[ColumnChoice]:
    rows = [cells for _number, cells in islice(plan.table.rows(), 20)]
    return [
        ColumnChoice(
            index=index,
            name=column,
            examples=_examples([cells[index] for cells in rows if index < len(cells)]),
            field=plan.mapping.fields[column],
            order=plan.mapping.orders.get(column, ""),
            is_date=plan.mapping.fields[column] in DATE_FIELDS and plan.mapping.fields[column] != "created",
            is_untold=column in plan.untold,
        )
        for index, column in enumerate(plan.table.header)
    ]


def _examples(cells: Sequence[Any]) -> list[str]:
    texts = (str(cell) for cell in cells if cell not in ("", None, [], {}))
    return [text[:MAX_EXAMPLE_LENGTH] for text in islice(dict.fromkeys(texts), EXAMPLES)]
