"""App configuration of inference, the only app that calls models."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from inference import checks  # noqa: F401  (importing registers the system checks)
from tenants.pages.menu import MenuEntry, Section, register_menu_entry


class InferenceConfig(AppConfig):
    name = "inference"
    verbose_name = _("Models")

    def ready(self) -> None:
        """Register the names of the catalogue's models, which exist only now, and a page in the menu."""
        from inference.catalogue import names_of_models
        from usage.costs.model_names import register_model_names

        register_model_names(names_of_models)
        register_menu_entry(
            MenuEntry(_("Redacted values"), "inference:privacy", "inference.view_privacycount", Section.PRIVACY)
        )
