"""The room at the bottom: tenants, people, keys, scope, audit."""

from django.apps import AppConfig

from tenants import checks  # noqa: F401  (importing registers the system checks)


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants and access"
