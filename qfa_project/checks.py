"""System checks of the database role and of the settings of the process."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from tenants.encryption.master_key import master_key, uses_derived_master_key

ROLE_SQL = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
OWNS_TABLES_SQL = (
    "select exists (select from pg_tables where schemaname = current_schema() and tableowner = current_user)"
)


@register(Tags.database)
def check_application_role(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check that the application role cannot bypass row-level security."""
    if not databases:
        return []
    with psycopg.connect(settings.DATABASE_URL) as connection:
        looks_past_policies = connection.execute(ROLE_SQL).fetchone() == (True,)
        owns_tables = connection.execute(OWNS_TABLES_SQL).fetchone() == (True,)
    if looks_past_policies:
        return [
            Error(
                "DATABASE_URL logs in as a role that is superuser or BYPASSRLS: tenants would not be isolated.",
                hint="Create a plain role for DATABASE_URL and give the owner's login as DATABASE_OWNER_URL.",
                id="tenants.E001",
            )
        ]
    if owns_tables:
        return [
            checks.Warning(
                "DATABASE_URL logs in as the owner of the tables. FORCE ROW LEVEL SECURITY still holds.",
                hint="Give the owner's login as DATABASE_OWNER_URL and a plain role as DATABASE_URL.",
                id="tenants.W001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_secret_key(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that a deployment of several machines has one secret key."""
    if settings.USES_LOCAL_SECRET and not settings.USES_EMBEDDED_POSTGRES:
        hint = "Set SECRET_KEY to 50 random characters, the same for every process."
        return [Error("SECRET_KEY is not set.", hint=hint, id="tenants.E002")]
    return []


@register(Tags.security)
def check_master_key(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that the master key of stored texts can be read, and tell when it depends on SECRET_KEY."""
    try:
        master_key()
    except ImproperlyConfigured as error:
        hint = "Set STORAGE_MASTER_KEY to the output of `openssl rand -base64 32`."
        return [Error(str(error), hint=hint, id="tenants.E004")]
    if uses_derived_master_key() and not settings.USES_EMBEDDED_POSTGRES:
        return [
            checks.Warning(
                "STORAGE_MASTER_KEY is not set: stored texts become unreadable when SECRET_KEY changes.",
                hint="Set it to the output of `openssl rand -base64 32` before texts are stored, and back it up.",
                id="tenants.W002",
            )
        ]
    return []


@register(Tags.compatibility)
def check_threads(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Check that some threads are left for health checks, pages and refusals."""
    if settings.MAX_IN_FLIGHT_CALLS >= settings.WEB_THREADS:
        hint = "Set MAX_IN_FLIGHT_CALLS well below WEB_THREADS, for example 80 and 100."
        return [Error("MAX_IN_FLIGHT_CALLS leaves no thread for other requests.", hint=hint, id="tenants.E003")]
    return []
