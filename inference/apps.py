"""The only road to a model."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from inference import checks  # noqa: F401  (importing registers the system checks)


class InferenceConfig(AppConfig):
    name = "inference"
    verbose_name = _("Models")
