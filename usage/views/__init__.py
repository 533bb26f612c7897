"""The usage pages."""

from usage.views import health, months, report

__all__ = ["health", "months", "report"]
