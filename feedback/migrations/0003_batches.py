
import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
import tenants.identifiers
from tenants.postgresql.rls import protect
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0002_row_level_security'),
        ('tenants', '0010_data_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=tenants.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('operation', models.CharField(max_length=32)),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('partially_failed', 'Partially failed'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('stopped_by_budget', 'Stopped by budget')], default='queued', max_length=24)),
                ('options_encrypted', models.BinaryField()),
                ('records_total', models.PositiveIntegerField()),
                ('records_ok', models.PositiveIntegerField(default=0)),
                ('records_failed', models.PositiveIntegerField(default=0)),
                ('cost_usd', models.DecimalField(decimal_places=10, default=0, max_digits=18)),
                ('estimated_cost_usd', models.DecimalField(decimal_places=10, max_digits=18, null=True)),
                ('max_cost_usd', models.DecimalField(decimal_places=10, max_digits=18, null=True)),
                ('webhook_url', models.TextField(blank=True)),
                ('webhook_delivered_at', models.DateTimeField(null=True)),
                ('api_key_id', models.UUIDField(null=True)),
                ('user_id', models.UUIDField(null=True)),
                ('actor_id', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(help_text='When records and results are deleted.', null=True)),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'batch',
                'verbose_name_plural': 'batches',
                'ordering': ['-created_at', '-id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BatchItem',
            fields=[
                ('id', models.UUIDField(default=tenants.identifiers.uuid7, editable=False, help_text='The call_id in the ledger.', primary_key=True, serialize=False)),
                ('index', models.PositiveIntegerField()),
                ('record_reference', models.TextField(blank=True, help_text="The caller's id of the record.")),
                ('stored_record_id', models.UUIDField(help_text='Of the stored record, for batches of stored records.', null=True)),
                ('records_count', models.PositiveIntegerField(default=1)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('ok', 'Ok'), ('failed', 'Failed')], default='pending', max_length=8)),
                ('content_encrypted', models.BinaryField(null=True)),
                ('result_encrypted', models.BinaryField(null=True)),
                ('error_code', models.CharField(blank=True, max_length=64)),
                ('error_message', models.CharField(blank=True, max_length=255)),
                ('error_details', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('is_queued', models.BooleanField(default=True)),
                ('is_erased', models.BooleanField(default=False)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('interruptions', models.PositiveSmallIntegerField(default=0)),
                ('lease_token', models.UUIDField(null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('began_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='feedback.batch')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'record of a batch',
                'verbose_name_plural': 'records of batches',
                'ordering': ['batch', 'index'],
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['tenant', '-created_at', '-id'], name='batches_by_tenant_and_time'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['expires_at'], name='batches_by_expiry'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(condition=models.Q(('is_queued', True)), fields=['tenant', 'batch', 'index'], name='batch_items_to_do'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(fields=['batch', 'status'], include=('records_count',), name='batch_items_by_status'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(condition=models.Q(('stored_record_id__isnull', False)), fields=['tenant', 'stored_record_id'], name='batch_items_by_record'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(fields=('tenant', 'batch', 'index'), name='one_batch_item_per_index'),
        ),
        protect("feedback_batch"),
        protect("feedback_batchitem"),
    ]
