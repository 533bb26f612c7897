"""What it cost."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "usage"
    verbose_name = "Usage and cost"

    def ready(self) -> None:
        """Register the metrics of the ledger. Imported here because models exist only now."""
        from usage.metrics import ledger_metrics  # noqa: F401
