"""Usage and its cost: ledger, prices, budgets, metrics and reports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tenants.pages.menu import MenuEntry, Section, register_menu_entry


class UsageConfig(AppConfig):
    name = "usage"
    verbose_name = _("Usage and cost")

    def ready(self) -> None:
        """Register the metrics of the ledger, which need the models, and the pages in the menu."""
        from usage.metrics import ledger_metrics  # noqa: F401

        pages = (
            (_("Usage report"), "usage:report"),
            (_("Monthly costs and bills"), "usage:months"),
            (_("Model health"), "usage:health"),
            (_("List of model calls"), "admin:usage_llmcall_changelist"),
        )
        for position, (label, page) in enumerate(pages):
            register_menu_entry(MenuEntry(label, page, "usage.view_llmcall", Section.USAGE, position))
