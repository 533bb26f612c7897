"""App configuration of inference, the only app that calls models."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from inference import checks  # noqa: F401  (importing registers the system checks)
from inference.embeddings.cache import erase_vectors
from tenants.pages.menu import MenuEntry, Section, register_menu_entry
from tenants.registry import register_content_eraser


class InferenceConfig(AppConfig):
    name = "inference"
    verbose_name = _("Models")

    def ready(self) -> None:
        """Register the names of models, a page in the menu and the erasure of vectors, as models exist only now."""
        from inference.catalogue import names_of_models
        from usage.costs.model_names import register_model_names

        register_model_names(names_of_models)
        register_menu_entry(
            MenuEntry(_("Redacted values"), "inference:privacy", "inference.view_privacycount", Section.PRIVACY)
        )
        register_content_eraser(erase_vectors)
