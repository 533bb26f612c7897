"""What the first page says about cost, to whoever may read the reports."""

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
    """What models cost in the last days, today included, and which of them have no price that would be in it."""
    days = recent_days(RECENT_DAYS)
    figures, unpriced = total(["cost_usd", "requests"], days), unpriced_in(days, Filters())
    said = [
        _("in the last %(days)s days, for %(count)s requests.")
        % {"days": RECENT_DAYS, "count": figures["requests"] or 0}
    ]
    if unpriced:
        warning = _("These models have no price, so their cost is not included in these figures: %(models)s.")
        said.append(warning % {"models": ", ".join(unpriced)})
    return IndexCard(
        title=_("Cost"),
        figure=f"{usd(figures['cost_usd'] or 0)} USD",
        text=" ".join(said),
        url=reverse("usage:report"),  # on the same days
        needs_attention=bool(unpriced),
    )
