"""What every page says of models without a price, and where it leads."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from usage.metrics.source import Filters
from usage.periods import Days
from usage.reports.page import unpriced_in


def unpriced_note(days: Days, filters: Filters | None = None) -> dict[str, Any]:
    """The context of usage/unpriced.html, for the days that a page shows: a link to the report on them is in it."""
    chosen = filters or Filters()
    asked = {"period": "custom", "from": days.first, "to": days.last, **chosen.equal}
    return {
        "unpriced": unpriced_in(days, chosen),
        "unpriced_address": f"{reverse('usage:report')}?{urlencode(asked)}",
    }
