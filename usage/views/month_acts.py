"""Changes of a month's costs by the platform team: draft it, upload a bill, freeze it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenants.pages.final_acts import FinalAct, ask_once
from tenants.pages.scoped_admin import actor_of
from tenants.scoping import all_tenants
from usage.costs import cost_profiles
from usage.costs.bills import MAX_FILE_BYTES
from usage.models import ProviderBill
from usage.templatetags.usage_pages import signed_percent, usd, whole
from usage.views.month_lines import Amounts, ResourceLine, lines_of, total_of

DOUBTFUL_VARIANCE = 0.1


class BillForm(forms.Form):
    """A provider's bill."""

    provider = forms.CharField(label=gettext_lazy("Provider"), max_length=64)
    file = forms.FileField(label=gettext_lazy("Bill as CSV"))


def address_of(first: date) -> str:
    return reverse("usage:month", args=[first.year, first.month])


def draft(request: HttpRequest, first: date) -> None:
    cost_profiles.draft_month(first, actor_id=actor_of(request))
    messages.success(request, _("Done."))


def upload(request: HttpRequest, first: date, form: BillForm) -> None:
    """Take a bill and say what was understood of it. Raises UnreadableBill, MonthNotReady."""
    content = form.cleaned_data["file"].read(MAX_FILE_BYTES + 1)
    provider = form.cleaned_data["provider"]
    bill = cost_profiles.upload_bill(first, provider=provider, content=content, actor_id=actor_of(request))
    count, amount = len(bill.lines), usd(sum((line.amount for line in bill.lines), Decimal(0)))
    read = ngettext("Bill read: %(count)s line, %(amount)s USD.", "Bill read: %(count)s lines, %(amount)s USD.", count)
    messages.success(request, read % {"count": whole(count), "amount": amount})
    if bill.totals:
        numbers = ", ".join(map(str, bill.totals))
        messages.info(request, _("Totals were not counted as lines: line %(numbers)s.") % {"numbers": numbers})


def finalise(request: HttpRequest, first: date) -> HttpResponse | None:
    """Freeze a month once the person has agreed to what will be frozen. Raises MonthNotReady."""
    accepts_missing_bill = "accepts_missing_bill" in request.POST
    cost_profiles.prepare_final(first, accepts_missing_bill=accepts_missing_bill)
    question = ask_once(request, _act_of_freezing(first))
    if question is None:
        cost_profiles.finalise_month(first, actor_id=actor_of(request), accepts_missing_bill=accepts_missing_bill)
        messages.success(request, _("The month is final."))
    return question


ACTS: Mapping[str, Callable[[HttpRequest, date], HttpResponse | None]] = {"draft": draft, "finalise": finalise}


def _act_of_freezing(first: date) -> FinalAct:
    with all_tenants():
        lines = list(lines_of(first))
        providers = sorted(ProviderBill.objects.filter(window_start=first).values_list("provider", flat=True))
    total = total_of(lines)
    tenants = {profile.tenant_id for line in lines for profile in line.profiles}
    return FinalAct(
        title=_("Finalise %(month)s") % {"month": date_format(first, "F Y")},
        facts=[
            (_("Ledger"), f"{usd(total.amount)} USD"),
            (_("Billed"), f"{usd(total.billed)} USD"),
            (_("Variance"), f"{usd(total.variance)} USD"),
            (_("Bills"), ", ".join(providers) or _("none")),
            (_("Resources"), whole(len(lines))),
            (_("Tenants"), whole(len(tenants))),
        ],
        explanation=_("These amounts are frozen. No bill can be uploaded and nothing can be corrected afterwards."),
        submit=_("Finalise the month"),
        back_url=address_of(first),
        doubts=list(_doubts_about(lines, total)),
    )


def _doubts_about(lines: Sequence[ResourceLine], total: Amounts) -> Iterator[str]:
    unpriced = sum(line.unpriced_calls for line in lines)
    if unpriced:
        yield ngettext(
            "%(count)s call has no price. Its cost is in none of these amounts.",
            "%(count)s calls have no price. Their cost is in none of these amounts.",
            unpriced,
        ) % {"count": whole(unpriced)}
    if total.variance_share is not None and abs(total.variance_share) > DOUBTFUL_VARIANCE:
        share = signed_percent(total.variance_share)
        yield _("The bills differ from the ledger by %(share)s.") % {"share": share}
