"""App configuration of inference, the only app that calls models."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from inference import checks  # noqa: F401  (importing registers the system checks)


class InferenceConfig(AppConfig):
    name = "inference"
    verbose_name = _("Models")

    def ready(self) -> None:
        """Register the names of the catalogue's models. Imported here because models exist only now."""
        from inference.catalogue import names_of_models
        from usage.costs.model_names import register_model_names

        register_model_names(names_of_models)
