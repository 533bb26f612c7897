"""Keep the rollups' tables apart by tenant, and mark the ledger rows that come late."""

from django.db import migrations

from tenants.postgresql.rls import protect

MARK_LATE_ROW = """
create function mark_late_llm_call() returns trigger language plpgsql as $$
begin
    insert into usage_late_quarter (tenant_id, starts_at)
    values (new.tenant_id, date_bin('15 minutes', new.created_at, '2000-01-01'))
    on conflict (tenant_id, starts_at) do update set marked_at = statement_timestamp();
    return null;
end $$;
"""
MARK_LATE_ROWS = """
create trigger late_rows_leave_marks after insert or update on llm_calls
for each row when (new.created_at < clock_timestamp() - interval '15 minutes')
execute function mark_late_llm_call();
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0004_usage_by_day")]

    operations = [
        protect("usage_day"),
        protect("usage_late_quarter"),
        migrations.RunSQL(
            [MARK_LATE_ROW, MARK_LATE_ROWS],
            ["drop trigger late_rows_leave_marks on llm_calls", "drop function mark_late_llm_call"],
        ),
    ]
