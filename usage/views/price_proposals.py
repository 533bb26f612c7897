"""What LiteLLM's table says the models cost that were called lately, for the platform team to take over or not."""

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
from tenants.pages.access import READS_USAGE, in_admin, signed_in_with
from tenants.pages.scoped_admin import actor_of, is_platform_staff
from tenants.scoping import tenant_scope
from usage.costs.price_proposals import Proposal, accept, propose
from usage.metrics.registry import read
from usage.periods import recent_days

RECENT_DAYS = 30


@dataclass(frozen=True)
class ModelProposals:
    """A model that was called, and what the table says of it: nothing where it does not know the model."""

    model: str
    unpriced_calls: int
    proposals: Sequence[Proposal]

    @property
    def has_news(self) -> bool:
        return any(proposal.is_news for proposal in self.proposals)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_with(READS_USAGE)
def price_proposals(request: HttpRequest) -> HttpResponse:
    """Show the proposals for every model that was called in thirty days; a POST takes those of some models over."""
    if not is_platform_staff(request):
        raise PermissionDenied
    if request.method == "POST":
        return _take_over(request)
    models = _models_called()
    context = {
        "title": _("Proposed prices"),
        "models": models,
        "has_news": any(each.has_news for each in models),
        "days": RECENT_DAYS,
    }
    return in_admin(request, "usage/price_proposals.html", context)


def _models_called() -> Sequence[ModelProposals]:
    """Models without a price first, then by name, in the scope in force; prices are the platform's."""
    days = recent_days(RECENT_DAYS)
    called = {
        str(row.key[0]): int(row.values["unpriced_calls"] or 0) for row in read(["unpriced_calls"], days, by=["model"])
    }
    now = timezone.now()
    models = sorted(called, key=lambda name: (not called[name], name))
    with tenant_scope(PLATFORM_TENANT_ID):
        return [ModelProposals(model, called[model], propose(model, at=now)) for model in models]


def _take_over(request: HttpRequest) -> HttpResponse:
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
