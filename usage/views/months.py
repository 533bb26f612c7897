"""Pages of a month's costs by resource: drafted, compared with bills, finalised."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenants.local_days import today
from tenants.pages.access import signed_in_with
from tenants.pages.scoped_admin import is_platform_staff
from tenants.scoping import current_scope
from usage.costs import cost_profiles
from usage.errors import MonthNotReady, UnreadableBill
from usage.models import CostProfile, ProviderBill
from usage.periods import month_at, month_of
from usage.reports.exports import CONTENT_TYPES, Cell, as_csv
from usage.views.access import in_usage, usage_page
from usage.views.month_acts import ACTS, BillForm, address_of, upload
from usage.views.month_lines import lines_of, profiles_of, total_of
from usage.views.unpriced import unpriced_note

EXPORTED = (
    "resource_type",
    "resource_id",
    "window_start",
    "window_end",
    "gpu_hours",
    "token_count",
    "currency",
    "amount",
    "billed_amount",
    "budget_variance",
    "unpriced_calls",
    "status",
)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_with("usage.view_costprofile")
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Show a month. The platform team also drafts it, uploads bills and finalises it."""
    first = _first_day(year, month)
    if request.method == "POST":
        return _change(request, first)
    return _page(request, first, BillForm(), [])


@usage_page
def current(request: HttpRequest) -> HttpResponse:
    """Redirect to the last month, which is the next to be finalised."""
    last = today().replace(day=1) - timedelta(days=1)
    return HttpResponseRedirect(reverse("usage:month", args=[last.year, last.month]))


@usage_page
def export(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Export a month's profiles by tenant, for a spreadsheet."""
    first = _first_day(year, month)
    rows = [_exported_row(profile) for profile in profiles_of(first)]
    headers = {"Content-Disposition": f'attachment; filename="cost-profiles-{first:%Y-%m}.csv"'}
    return HttpResponse(as_csv([["tenant", *EXPORTED], *rows]), content_type=CONTENT_TYPES["csv"], headers=headers)


def _exported_row(profile: CostProfile) -> Sequence[Cell]:
    values: list[Any] = [getattr(profile, name) for name in EXPORTED]
    return [profile.tenant.name, *(value.isoformat() if isinstance(value, date) else value for value in values)]


def _first_day(year: int, month: int) -> date:
    try:
        return month_at(year, month).first
    except ValueError as error:
        raise Http404 from error


def _change(request: HttpRequest, first: date) -> HttpResponse:
    if not is_platform_staff(request):
        raise PermissionDenied
    act = request.POST.get("act", "")
    form = BillForm() if act in ACTS else BillForm(request.POST, request.FILES)
    problems: Sequence[str] = ()
    question: HttpResponse | None = None
    try:
        if act in ACTS:
            question = ACTS[act](request, first)
        elif form.is_valid():
            upload(request, first, form)
    except MonthNotReady as error:
        problems = [str(error)]
    except UnreadableBill as error:
        problems = error.problems
    if problems or form.errors:
        return _page(request, first, form, problems, status=422)
    return question or HttpResponseRedirect(address_of(first))


def _page(
    request: HttpRequest, first: date, form: BillForm, problems: Sequence[str], *, status: int = 200
) -> HttpResponse:
    lines = list(lines_of(first))
    context = {
        "title": _("Monthly costs"),
        "first": first,
        "previous": first - timedelta(days=1),
        "next": month_of(first).end,
        "lines": lines,
        "total": total_of(lines),
        "bills": ProviderBill.objects.filter(window_start=first),
        "is_final": cost_profiles.is_final(first),
        "may_change": is_platform_staff(request),
        "spans_tenants": current_scope().tenant_id is None,
        "form": form,
        "problems": problems,
        **unpriced_note(month_of(first)),
    }
    return in_usage(request, "usage/month.html", context, status=status)
