"""The note about models without a price, which is on every page."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from usage.metrics.source import Filters
from usage.periods import Days
from usage.reports.page import unpriced_in


def unpriced_note(days: Days, filters: Filters | None = None) -> dict[str, Any]:
    """Return the context of usage/unpriced.html for the days that a page shows, with a link to their report."""
    chosen = filters or Filters()
    query = {"period": "custom", "from": days.first, "to": days.last, **chosen.equal}
    return {
        "unpriced": unpriced_in(days, chosen),
        "unpriced_address": f"{reverse('usage:report')}?{urlencode(query)}",
    }
