"""Pages of a month's costs by resource: drafted, compared with bills, finalised."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

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
from tenants.pages.access import signed_in_with
from tenants.pages.scoped_admin import actor_of, is_platform_staff
from tenants.scoping import current_scope
from usage.costs import cost_profiles
from usage.costs.bills import MAX_FILE_BYTES
from usage.errors import MonthNotReady, UnreadableBill
from usage.models import CostProfile, ProviderBill
from usage.periods import month_at, month_of
from usage.reports.exports import CONTENT_TYPES, Cell, as_csv
from usage.views.access import in_usage, usage_page
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


class BillForm(forms.Form):
    """A provider's bill."""

    provider = forms.CharField(label=gettext_lazy("Provider"), max_length=64)
    file = forms.FileField(label=gettext_lazy("Bill as CSV"))


@dataclass(frozen=True)
class Amounts:
    """A cost by the ledger and by the bills. billed: None without a bill."""

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
    """One resource over the tenants shown."""

    resource_type: str
    resource_id: str
    token_count: int
    gpu_hours: Decimal
    unpriced_calls: int
    profiles: Sequence[CostProfile]

    @property
    def is_only_billed(self) -> bool:
        """Tell whether the ledger has no calls of the resource. Calls without cost or price count as calls."""
        is_of_tenants = any(profile.tenant_id != PLATFORM_TENANT_ID for profile in self.profiles)
        has_calls = self.amount or self.unpriced_calls or is_of_tenants
        return bool(self.billed) and not has_calls


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
    rows = [_exported_row(profile) for profile in _profiles_of(first)]
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
    return in_usage(request, "usage/month.html", context, status=status)


def _profiles_of(first: date) -> Sequence[CostProfile]:
    profiles = CostProfile.objects.filter(window_start=first).select_related("tenant")
    return list(profiles.order_by("resource_type", "resource_id", "tenant__name"))


def _lines_of(first: date) -> Iterator[ResourceLine]:
    by_resource = groupby(_profiles_of(first), key=lambda profile: (profile.resource_type, profile.resource_id))
    for (_type, resource_id), group in by_resource:
        profiles = list(group)
        shares = [profile.billed_amount for profile in profiles if profile.billed_amount is not None]
        yield ResourceLine(
            resource_type=str(profiles[0].get_resource_type_display()),
            resource_id=resource_id,
            token_count=sum(profile.token_count for profile in profiles),
            gpu_hours=sum((profile.gpu_hours for profile in profiles), Decimal(0)),
            amount=sum((profile.amount for profile in profiles), Decimal(0)),
            billed=sum(shares, Decimal(0)) if shares else None,
            unpriced_calls=sum(profile.unpriced_calls for profile in profiles),
            profiles=profiles,
        )


def _total(lines: Sequence[Amounts]) -> Amounts:
    """Return the total of all lines. Costs that are not billed count in the variance."""
    billed = [line.billed for line in lines if line.billed is not None]
    return Amounts(sum((line.amount for line in lines), Decimal(0)), sum(billed, Decimal(0)) if billed else None)
