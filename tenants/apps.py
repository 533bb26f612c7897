"""Tenants, people, API keys, scope and audit: the room that all others stand on."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tenants.pages.menu import MenuEntry, Section, register_menu_entry


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Tenants and access")

    def ready(self) -> None:
        """Register the admin's first page in the menu."""
        register_menu_entry(MenuEntry(_("Overview"), "admin:index", "", Section.ADMINISTRATION))
