"""Row-level security as a migration operation: the policy of a table whose rows belong to tenants."""

from typing import Any

from django.db import migrations

from tenants.identifiers import PLATFORM_TENANT_ID

# The settings stand in selects so that PostgreSQL reads them once a statement, not once a row.
IN_SCOPE_SQL = (
    "{column} = (select nullif(current_setting('app.tenant_id', true), '')::uuid)"
    " or (select current_setting('app.scope', true)) = 'all'"
)
SHARED_SQL = f"{{column}} = '{PLATFORM_TENANT_ID}' and (select current_setting('app.tenant_id', true)) <> ''"
TENANT_POLICY = "tenant_isolation"
SHARED_POLICY = "platform_rows_are_readable"


def protect(table: str, *, column: str = "tenant_id", shares_platform_rows: bool = False) -> migrations.RunSQL:
    """Limit reads and writes of a table to the tenant in scope, for the table's owner too.

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
