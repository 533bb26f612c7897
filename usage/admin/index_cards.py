"""The cost card of the admin's first page, for people who may read the reports."""

from django.urls import reverse
from django.utils.translation import gettext as _

from tenants.registry import IndexCard
from usage.metrics.registry import total
from usage.metrics.source import Filters
from usage.periods import recent_days
from usage.reports.page import unpriced_in
from usage.templatetags.usage_pages import usd

RECENT_DAYS = 30


def recent_cost() -> IndexCard:
    """Return the card with the cost of the last days, today included, and the models without a price."""
    days = recent_days(RECENT_DAYS)
    figures, unpriced = total(["cost_usd", "requests"], days), unpriced_in(days, Filters())
    sentences = [
        _("in the last %(days)s days, for %(count)s requests.")
        % {"days": RECENT_DAYS, "count": figures["requests"] or 0}
    ]
    if unpriced:
        warning = _("These models have no price, so their cost is not included in these figures: %(models)s.")
        sentences.append(warning % {"models": ", ".join(unpriced)})
    return IndexCard(
        title=_("Cost"),
        figure=f"{usd(figures['cost_usd'] or 0)} USD",
        text=" ".join(sentences),
        url=reverse("usage:report"),  # shows the same days
        needs_attention=bool(unpriced),
    )
