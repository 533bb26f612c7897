"""Row-level security as migration operations: the tenant's policy on a table, and how to tell that it is whole."""

from collections.abc import Collection
from typing import Any

import psycopg
from django.db import migrations

from tenants.identifiers import PLATFORM_TENANT_ID

IN_SCOPE_SQL = (
    "{column} = (select nullif(current_setting('app.tenant_id', true), '')::uuid)"
    " or (select current_setting('app.scope', true)) = 'all'"
)
SHARED_SQL = f"{{column}} = '{PLATFORM_TENANT_ID}' and (select current_setting('app.tenant_id', true)) <> ''"
TENANT_POLICY = "tenant_isolation"
SHARED_POLICY = "platform_rows_are_readable"

PROTECTED_COLUMNS_SQL = """
select c.oid, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
       case when c.relname = 'tenants_tenant' then 'id' else 'tenant_id' end
from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'm', 'f')
  and (c.relname = 'tenants_tenant' or exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
order by c.relname
"""
POLICIES_SQL = """
select polname, polpermissive, polcmd::text, polroles = '{0}', pg_get_expr(polqual, polrelid),
       pg_get_expr(polwithcheck, polrelid)
from pg_policy where polrelid = %s
"""


def protect(table: str, *, column: str = "tenant_id", shares_platform_rows: bool = False) -> migrations.RunSQL:
    """Show and take only rows of the tenant in scope, for the table's owner too.

    The settings are wrapped in selects so that PostgreSQL reads them once a statement, not once a row.
    shares_platform_rows: every tenant may also read, never write, the rows of the platform tenant.
    """
    in_scope = IN_SCOPE_SQL.format(column=column)
    shared = SHARED_SQL.format(column=column)
    forward: list[Any] = [
        f'alter table "{table}" enable row level security',
        f'alter table "{table}" force row level security',
        f'create policy {TENANT_POLICY} on "{table}" using ({in_scope}) with check ({in_scope})',
    ]
    backward: list[Any] = [
        f'drop policy {TENANT_POLICY} on "{table}"',
        f'alter table "{table}" no force row level security',
        f'alter table "{table}" disable row level security',
    ]
    if shares_platform_rows:
        forward.append(f'create policy {SHARED_POLICY} on "{table}" for select using ({shared})')
        backward.insert(0, f'drop policy {SHARED_POLICY} on "{table}"')
    return migrations.RunSQL(sql=forward, reverse_sql=backward)


def find_holes(connection: psycopg.Connection[Any], *, sharing_tables: Collection[str]) -> list[str]:
    """Return what is wrong with the protection of the tables that have a tenant, one sentence each; empty when whole.

    The tables are those of the database, whoever made them. What a policy should say is learnt from PostgreSQL itself,
    which writes expressions in its own way: from policies on a temporary table that is gone afterwards.
    sharing_tables: those whose platform rows every tenant may read.
    """
    expected = _policies_as_written(connection)
    holes: list[str] = []
    for oid, table, kind, is_enabled, is_forced, column in connection.execute(PROTECTED_COLUMNS_SQL).fetchall():
        if kind not in ("r", "p"):
            holes.append(f"{table} has tenants and is of a kind that takes no policies")
            continue
        if not is_enabled or not is_forced:
            holes.append(f"{table} does not enable and force row-level security")
        policies = connection.execute(POLICIES_SQL, [oid]).fetchall()
        names = {policy[0] for policy in policies}
        if TENANT_POLICY not in names:
            holes.append(f"{table} has no policy {TENANT_POLICY}")
        if SHARED_POLICY in names and table not in sharing_tables:
            holes.append(f"{table} shows its platform rows to every tenant")
        holes += [
            f"{table} has a policy {name} that is not ours"
            for name, *rest in policies
            if tuple(rest) != expected.get((name, column))
        ]
    return holes


def _policies_as_written(connection: psycopg.Connection[Any]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """How PostgreSQL writes our two policies, by name and column."""
    written: dict[tuple[str, str], tuple[Any, ...]] = {}
    with connection.transaction(force_rollback=True):
        for column in ("id", "tenant_id"):
            connection.execute(f"create temporary table policy_probe_{column} ({column} uuid)")
            probe = f"policy_probe_{column}"
            in_scope, shared = IN_SCOPE_SQL.format(column=column), SHARED_SQL.format(column=column)
            connection.execute(f"create policy {TENANT_POLICY} on {probe} using ({in_scope}) with check ({in_scope})")
            connection.execute(f"create policy {SHARED_POLICY} on {probe} for select using ({shared})")
            for name, *rest in connection.execute(POLICIES_SQL.replace("%s", f"'{probe}'::regclass")).fetchall():
                written[name, column] = tuple(rest)
    return written
