"""Usage and its cost: ledger, prices, budgets, metrics and reports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsageConfig(AppConfig):
    name = "usage"
    verbose_name = _("Usage and cost")

    def ready(self) -> None:
        """Register the metrics of the ledger, which need the models."""
        from usage.metrics import ledger_metrics  # noqa: F401
