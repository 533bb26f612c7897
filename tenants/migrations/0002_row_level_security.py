"""Keep tenants apart in the database itself, and make the audit log append-only."""

from django.db import migrations

from tenants.postgresql.rls import protect

APPEND_ONLY_FUNCTION = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end $$
"""
APPEND_ONLY_TRIGGERS = [
    "create trigger audit_is_append_only before update or delete on tenants_auditevent"
    " for each row execute function refuse_change()",
    "create trigger audit_is_not_emptied before truncate on tenants_auditevent"
    " for each statement execute function refuse_change()",
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        protect("tenants_tenant", column="id"),
        protect("tenants_membership"),
        protect("tenants_apikey"),
        protect("tenants_auditevent"),
        protect("tenants_idempotentrequest"),
        protect("tenants_refusedrequest"),
        migrations.RunSQL(
            sql=[APPEND_ONLY_FUNCTION, *APPEND_ONLY_TRIGGERS],
            reverse_sql=[
                "drop trigger audit_is_append_only on tenants_auditevent",
                "drop trigger audit_is_not_emptied on tenants_auditevent",
                "drop function refuse_change()",
            ],
        ),
    ]
