"""What it cost."""

from django.apps import AppConfig

from usage import checks  # noqa: F401  (importing registers the system checks)


class UsageConfig(AppConfig):
    name = "usage"
    verbose_name = "Usage and cost"
