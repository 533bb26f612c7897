"""What a month cost, resource by resource: drafted, compared with bills, made final."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.local_days import today
from tenants.pages.access import in_admin, signed_in_with, usage_page
from tenants.pages.scoped_admin import actor_of, is_platform_staff
from tenants.scoping import current_scope
from usage.costs import cost_profiles
from usage.costs.bills import MAX_FILE_BYTES
from usage.errors import MonthNotReady, UnreadableBill
from usage.models import CostProfile, ProviderBill
from usage.periods import month_at, month_of
from usage.reports.exports import CONTENT_TYPES, Cell, as_csv
from usage.views.unpriced import unpriced_note


class BillForm(forms.Form):
    """A provider's bill."""

    provider = forms.CharField(label=gettext_lazy("Provider"), max_length=64)
    file = forms.FileField(label=gettext_lazy("Bill as CSV"))


@dataclass(frozen=True)
class Amounts:
    """What something cost by the ledger and by the bills. billed: None where no bill knows it."""

    amount: Decimal
    billed: Decimal | None

    @property
    def variance(self) -> Decimal | None:
        return None if self.billed is None else self.billed - self.amount

    @property
    def variance_share(self) -> float | None:
        return None if self.variance is None or not self.amount else float(self.variance / self.amount)


@dataclass(frozen=True)
class ResourceLine(Amounts):
    """One resource over every tenant shown."""

    resource_type: str
    resource_id: str
    token_count: int
    gpu_hours: Decimal
    unpriced_calls: int
    profiles: Sequence[CostProfile]

    @property
    def is_only_billed(self) -> bool:
        """Whether no call of the ledger stands behind it; calls at no price and calls of unknown price do."""
        known = (
            self.amount or self.unpriced_calls or any(each.tenant_id != PLATFORM_TENANT_ID for each in self.profiles)
        )
        return bool(self.billed) and not known


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_with("usage.view_costprofile")
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Show a month; the platform team also drafts it, uploads bills and makes it final."""
    first = _first_day(year, month)
    if request.method == "POST":
        return _change(request, first)
    return _page(request, first, BillForm(), [])


@usage_page
def current(request: HttpRequest) -> HttpResponse:
    """Go to the month that is to be closed next: the last one."""
    last = today().replace(day=1) - timedelta(days=1)
    return HttpResponseRedirect(reverse("usage:month", args=[last.year, last.month]))


@usage_page
def export(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """A month's profiles for a spreadsheet, tenant by tenant."""
    first = _first_day(year, month)
    header: list[Cell] = ["tenant", "resource_type", "resource_id", "window_start", "window_end", "gpu_hours"]
    header += ["token_count", "currency", "amount", "billed_amount", "budget_variance", "unpriced_calls", "status"]
    rows: list[Sequence[Cell]] = [header]
    for found in _profiles_of(first):
        row: list[Cell] = [found.tenant.name, found.resource_type, found.resource_id]
        row += [found.window_start.isoformat(), found.window_end.isoformat(), found.gpu_hours, found.token_count]
        row += [found.currency, found.amount, found.billed_amount, found.budget_variance]
        rows.append([*row, found.unpriced_calls, found.status])
    headers = {"Content-Disposition": f'attachment; filename="cost-profiles-{first:%Y-%m}.csv"'}
    return HttpResponse(as_csv(rows), content_type=CONTENT_TYPES["csv"], headers=headers)


def _first_day(year: int, month: int) -> date:
    try:
        return month_at(year, month).first
    except ValueError as error:
        raise Http404 from error


def _change(request: HttpRequest, first: date) -> HttpResponse:
    if not is_platform_staff(request):
        raise PermissionDenied
    form, problems = BillForm(), []
    acts: dict[str, Callable[[], None]] = {
        "draft": lambda: cost_profiles.draft_month(first, actor_id=actor_of(request)),
        "finalise": lambda: cost_profiles.finalise_month(
            first, actor_id=actor_of(request), accepts_missing_bill="accepts_missing_bill" in request.POST
        ),
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        form = BillForm(request.POST, request.FILES)
        act = lambda: _upload(request, first, form)  # noqa: E731
    try:
        act()
    except MonthNotReady as error:
        problems = [str(error)]
    except UnreadableBill as error:
        problems = list(error.problems)
    if problems or form.errors:
        return _page(request, first, form, problems, status=422)
    messages.success(request, _("Done."))
    return HttpResponseRedirect(reverse("usage:month", args=[first.year, first.month]))


def _upload(request: HttpRequest, first: date, form: BillForm) -> None:
    if form.is_valid():
        content = form.cleaned_data["file"].read(MAX_FILE_BYTES + 1)
        provider = form.cleaned_data["provider"]
        cost_profiles.upload_bill(first, provider=provider, content=content, actor_id=actor_of(request))


def _page(
    request: HttpRequest, first: date, form: BillForm, problems: Sequence[str], *, status: int = 200
) -> HttpResponse:
    lines = list(_lines_of(first))
    context = {
        "title": _("Monthly costs"),
        "first": first,
        "previous": first - timedelta(days=1),
        "next": month_of(first).end,
        "lines": lines,
        "total": _total(lines),
        "bills": ProviderBill.objects.filter(window_start=first),
        "is_final": cost_profiles.is_final(first),
        "may_change": is_platform_staff(request),
        "spans_tenants": current_scope().tenant_id is None,
        "form": form,
        "problems": problems,
        **unpriced_note(month_of(first)),
    }
    return in_admin(request, "usage/month.html", context, status=status)


def _profiles_of(first: date) -> Sequence[CostProfile]:
    found = CostProfile.objects.filter(window_start=first).select_related("tenant")
    return list(found.order_by("resource_type", "resource_id", "tenant__name"))


def _lines_of(first: date) -> Iterator[ResourceLine]:
    by_resource = groupby(_profiles_of(first), key=lambda found: (found.resource_type, found.resource_id))
    for (_kind, resource_id), grouped in by_resource:
        found = list(grouped)
        shares = [each.billed_amount for each in found if each.billed_amount is not None]
        yield ResourceLine(
            resource_type=str(found[0].get_resource_type_display()),
            resource_id=resource_id,
            token_count=sum(each.token_count for each in found),
            gpu_hours=sum((each.gpu_hours for each in found), Decimal(0)),
            amount=sum((each.amount for each in found), Decimal(0)),
            billed=sum(shares, Decimal(0)) if shares else None,
            unpriced_calls=sum(each.unpriced_calls for each in found),
            profiles=found,
        )


def _total(lines: Sequence[Amounts]) -> Amounts:
    """All lines; what is on no bill is in the variance, as a part that was not billed."""
    billed = [line.billed for line in lines if line.billed is not None]
    return Amounts(sum((line.amount for line in lines), Decimal(0)), sum(billed, Decimal(0)) if billed else None)
