"""Prices of LiteLLM's table for recently called models, for the platform team to accept."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.pages.access import signed_in_with
from tenants.pages.scoped_admin import actor_of, is_platform_staff
from tenants.scoping import tenant_scope
from usage.costs.price_proposals import Proposal, accept, propose
from usage.metrics.registry import read
from usage.periods import recent_days
from usage.views.access import READS_USAGE, in_usage

RECENT_DAYS = 30


@dataclass(frozen=True)
class ModelProposals:
    """A model that was called, with the table's prices. proposals: empty for a model that the table does not have."""

    model: str
    unpriced_calls: int
    proposals: Sequence[Proposal]

    @property
    def has_new_price(self) -> bool:
        return any(proposal.is_new for proposal in self.proposals)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_with(READS_USAGE)
def price_proposals(request: HttpRequest) -> HttpResponse:
    """Show the proposals for the models that were called in thirty days. A POST accepts those of some models."""
    if not is_platform_staff(request):
        raise PermissionDenied
    if request.method == "POST":
        return _accept(request)
    models = _models_called()
    context = {
        "title": _("Proposed prices"),
        "models": models,
        "has_new_prices": any(model.has_new_price for model in models),
        "days": RECENT_DAYS,
    }
    return in_usage(request, "usage/price_proposals.html", context)


def _models_called() -> Sequence[ModelProposals]:
    """Return the models called in the scope in force, those without a price first, with the platform's prices."""
    days = recent_days(RECENT_DAYS)
    unpriced_calls = {
        str(row.key[0]): int(row.values["unpriced_calls"] or 0) for row in read(["unpriced_calls"], days, by=["model"])
    }
    now = timezone.now()
    models = sorted(unpriced_calls, key=lambda name: (not unpriced_calls[name], name))
    with tenant_scope(PLATFORM_TENANT_ID):
        return [ModelProposals(model, unpriced_calls[model], propose(model, at=now)) for model in models]


def _accept(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    count = 0
    for model in request.POST.getlist("model"):
        with tenant_scope(PLATFORM_TENANT_ID):
            proposals = propose(model, at=now)
        count += accept(proposals, tenant_id=PLATFORM_TENANT_ID, effective_from=now, actor_id=actor_of(request))
    messages.success(
        request, ngettext("%(count)s price is set.", "%(count)s prices are set.", count) % {"count": count}
    )
    return HttpResponseRedirect(reverse("usage:price-proposals"))
