"""The row-level security of a database, compared with what tenants/postgresql/rls.py writes."""

from collections.abc import Collection
from typing import Any

import psycopg

from tenants.postgresql.rls import IN_SCOPE_SQL, SHARED_POLICY, SHARED_SQL, TENANT_POLICY

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


def find_holes(connection: psycopg.Connection[Any], *, sharing_tables: Collection[str]) -> list[str]:
    """Return a sentence for each fault in the protection of the tables that have a tenant.

    The tables are read from the catalog. PostgreSQL rewrites expressions, so the expected ones are read from policies
    on a temporary table.
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
    """Return our two policies as PostgreSQL writes them, by name and column."""
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
