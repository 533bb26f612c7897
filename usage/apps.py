"""What it cost."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsageConfig(AppConfig):
    name = "usage"
    verbose_name = _("Usage and cost")

    def ready(self) -> None:
        """Register the metrics of the ledger. Imported here because models exist only now."""
        from usage.metrics import ledger_metrics  # noqa: F401
