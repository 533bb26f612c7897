"""Stored feedback records and their encrypted raw text."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import tenants.identifiers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0011_storage_policy'),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedbackRecord',
            fields=[
                ('id', models.UUIDField(default=tenants.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('external_id', models.CharField(max_length=255)),
                ('source', models.CharField(default='api', max_length=255)),
                ('content', models.TextField(blank=True)),
                ('language', models.CharField(blank=True, max_length=35)),
                ('collected_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('channel', models.CharField(blank=True, max_length=255)),
                ('admin1', models.CharField(blank=True, max_length=255)),
                ('admin2', models.CharField(blank=True, max_length=255)),
                ('admin3', models.CharField(blank=True, max_length=255)),
                ('site', models.CharField(blank=True, max_length=255)),
                ('sex', models.CharField(blank=True, max_length=255)),
                ('age_band', models.CharField(blank=True, max_length=255)),
                ('community_group', models.CharField(blank=True, max_length=255)),
                ('priority', models.CharField(blank=True, max_length=255)),
                ('status', models.CharField(blank=True, max_length=255)),
                ('consent', models.BooleanField(null=True)),
                ('is_sensitive', models.BooleanField(null=True)),
                ('is_escalated', models.BooleanField(default=False)),
                ('tags', models.JSONField(default=list)),
                ('extra', models.JSONField(default=dict)),
                ('metadata', models.JSONField(default=dict)),
                ('redaction_version', models.CharField(blank=True, max_length=64)),
                ('content_digest', models.BinaryField(default=bytes, max_length=32)),
                ('input_digest', models.BinaryField(default=bytes, max_length=32)),
                ('stored_by', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('occurred_at', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Coalesce('collected_at', 'created_at'), output_field=models.DateTimeField())),
                ('search', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.SearchVector('content', config='simple'), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('duplicate_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='duplicates', to='feedback.feedbackrecord')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'feedback record',
                'verbose_name_plural': 'feedback records',
                'ordering': ['-occurred_at', '-id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RawText',
            fields=[
                ('id', models.UUIDField(default=tenants.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('encrypted', models.BinaryField()),
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='raw_text', to='feedback.feedbackrecord')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'raw text',
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='feedbackrecord',
            index=models.Index(fields=['tenant', '-occurred_at', '-id'], name='records_by_time'),
        ),
        migrations.AddIndex(
            model_name='feedbackrecord',
            index=models.Index(fields=['tenant', 'language', '-occurred_at', '-id'], name='records_by_language'),
        ),
        migrations.AddIndex(
            model_name='feedbackrecord',
            index=models.Index(fields=['tenant', 'channel', '-occurred_at', '-id'], name='records_by_channel'),
        ),
        migrations.AddIndex(
            model_name='feedbackrecord',
            index=models.Index(fields=['tenant', 'status', '-occurred_at', '-id'], name='records_by_status'),
        ),
        migrations.AddIndex(
            model_name='feedbackrecord',
            index=models.Index(fields=['tenant', 'admin1', '-occurred_at', '-id'], name='records_by_admin1'),
        ),
        migrations.AddIndex(
            model_name='feedbackrecord',
            index=models.Index(fields=['tenant', 'content_digest'], name='records_by_content'),
        ),
        migrations.AddIndex(
            model_name='feedbackrecord',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='records_by_words'),
        ),
        migrations.AddConstraint(
            model_name='feedbackrecord',
            constraint=models.UniqueConstraint(fields=('tenant', 'source', 'external_id'), name='one_record_per_source_and_id'),
        ),
        migrations.AddConstraint(
            model_name='feedbackrecord',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='record_with_its_tenant'),
        ),
    ]
