"""What the first page says about cost, to whoever may read the reports."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.registry import IndexCard
from usage.daily import Days
from usage.metrics import total
from usage.templatetags.usage_pages import usd

RECENT_DAYS = 30


def recent_cost() -> IndexCard:
    """What models cost in the last days, today included."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    figures = total(["cost_usd", "requests"], Days(tomorrow - timedelta(days=RECENT_DAYS), tomorrow))
    return IndexCard(
        title=_("Cost"),
        figure=f"{usd(figures['cost_usd'] or 0)} USD",
        text=_("in the last %(days)s days, for %(count)s requests.")
        % {"days": RECENT_DAYS, "count": figures["requests"] or 0},
        url=reverse("usage:report"),
    )
