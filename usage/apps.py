"""What it cost."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class UsageConfig(AppConfig):
    name = "usage"
    verbose_name = "Usage and cost"

    def ready(self) -> None:
        """Let each room above bring its measures: what its `measures.py` registers."""
        autodiscover_modules("measures")
