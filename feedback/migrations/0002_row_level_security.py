"""Keep tenants apart in the database itself: policies, and foreign keys that include the tenant."""

from django.db import migrations

from tenants.postgresql.rls import protect

FOREIGN_KEYS = [
    ("feedback_feedbackrecord", "duplicate_of_a_record_of_the_tenant", "(tenant_id, duplicate_of_id)"),
    ("feedback_rawtext", "raw_text_of_a_record_of_the_tenant", "(tenant_id, record_id)"),
]


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_stored_records"), ("tenants", "0003_platform_tenant")]

    operations = [
        protect("feedback_feedbackrecord"),
        protect("feedback_rawtext"),
        *(
            migrations.RunSQL(
                f"alter table {table} add constraint {name} foreign key {columns}"
                " references feedback_feedbackrecord (tenant_id, id) deferrable initially deferred",
                f"alter table {table} drop constraint {name}",
            )
            for table, name, columns in FOREIGN_KEYS
        ),
    ]
