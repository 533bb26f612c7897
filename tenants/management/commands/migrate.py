"""`migrate` as the owner role, by one replica at a time. Sets the rights of the application role at the end."""

from typing import Any

import environ
import psycopg
from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections
from psycopg import sql

from tenants.scoping import all_tenants

ADVISORY_LOCK = 7_140_113
APPEND_ONLY_TABLES = ("tenants_auditevent",)


class Command(migrate.Command):
    """Safe to run from every replica at once: the second one waits and then has nothing to do."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.settings_dict.get("TEST", {}).get("MIRROR") is None:
            _log_in_as_owner(connection)
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
            cursor.execute("set lock_timeout = '2s'")
        try:
            with all_tenants():
                super().handle(*args, **options)
            _grant_rights(connection.connection)
        finally:
            connection.close()


def _log_in_as_owner(connection: Any) -> None:
    """Use the owner's login, without the pool, for the rest of this process."""
    connection.close()
    owner = environ.Env().db_url_config(settings.DATABASE_OWNER_URL)
    name = connection.settings_dict["NAME"]
    connection.settings_dict.update({key: owner.get(key, "") for key in ("USER", "PASSWORD", "HOST", "PORT")})
    connection.settings_dict.update(NAME=name, OPTIONS=dict(owner.get("OPTIONS", {})))


def _grant_rights(raw: psycopg.Connection[Any]) -> None:
    """Let the application role read and write rows, and only add rows to the audit log."""
    role = sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(settings.DATABASE_URL)["user"]))
    statements = [
        "grant usage on schema public to {role}",
        "grant select, insert, update, delete on all tables in schema public to {role}",
        "grant usage, select on all sequences in schema public to {role}",
        "grant execute on all functions in schema public to {role}",
        "alter default privileges in schema public grant select, insert, update, delete on tables to {role}",
        "alter default privileges in schema public grant usage, select on sequences to {role}",
    ]
    if settings.DATABASE_URL != settings.DATABASE_OWNER_URL:
        statements += [f"revoke update, delete, truncate on {table} from {{role}}" for table in APPEND_ONLY_TABLES]
    with raw.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(role=role))
    if not raw.autocommit:
        raw.commit()
