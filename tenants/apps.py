"""The room at the bottom: tenants, people, keys, scope, audit."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tenants import checks  # noqa: F401  (importing registers the system checks)


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Tenants and access")
