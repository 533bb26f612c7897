"""Keep tenants apart in the database itself: policies, and foreign keys that include the tenant."""

from django.db import migrations

from tenants.postgresql.rls import protect

IMPORTS = "feedback_importrun (tenant_id, id)"
FOREIGN_KEYS = [
    ("feedback_importchunk", "chunk_of_an_import_of_the_tenant", "(tenant_id, run_id)", IMPORTS),
    ("feedback_replacedrecord", "replaced_by_an_import_of_the_tenant", "(tenant_id, run_id)", IMPORTS),
    (
        "feedback_replacedrecord",
        "replaced_record_of_the_tenant",
        "(tenant_id, record_id)",
        "feedback_feedbackrecord (tenant_id, id)",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("feedback", "0004_imports"), ("tenants", "0003_platform_tenant")]

    operations = [
        protect("feedback_importrun"),
        protect("feedback_importchunk"),
        protect("feedback_importlayout"),
        protect("feedback_replacedrecord"),
        *(
            migrations.RunSQL(
                f"alter table {table} add constraint {name} foreign key {columns}"
                f" references {target} deferrable initially deferred",
                f"alter table {table} drop constraint {name}",
            )
            for table, name, columns, target in FOREIGN_KEYS
        ),
    ]
