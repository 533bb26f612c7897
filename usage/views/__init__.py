"""The usage pages."""

from usage.views import health, months, price_proposals, report

__all__ = ["health", "months", "price_proposals", "report"]
