"""Link codings and missing codes to the stored records that they are about."""

import django.db.models.deletion
from django.db import migrations, models

LINKED = [
    ("coding_codeassignment", "assignment_of_a_record_of_the_tenant"),
    ("coding_missingcode", "missing_code_of_a_record_of_the_tenant"),
]

class Migration(migrations.Migration):

    dependencies = [
        ('coding', '0009_field_texts'),
        ('feedback', '0003_batches'),
        ('tenants', '0011_storage_policy'),
    ]

    operations = [
        migrations.AddField(
            model_name='codeassignment',
            name='record',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='feedback.feedbackrecord'),
        ),
        migrations.AddField(
            model_name='missingcode',
            name='record',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='feedback.feedbackrecord'),
        ),
        migrations.AddField(
            model_name='missingcode',
            name='record_reference',
            field=models.CharField(blank=True, editable=False, max_length=255),
        ),
        migrations.AddIndex(
            model_name='codeassignment',
            index=models.Index(fields=['record', 'code'], name='assignments_by_stored_record'),
        ),
        *(
            migrations.RunSQL(
                f"alter table {table} add constraint {name} foreign key (tenant_id, record_id)"
                " references feedback_feedbackrecord (tenant_id, id) deferrable initially deferred",
                f"alter table {table} drop constraint {name}",
            )
            for table, name in LINKED
        ),
    ]
