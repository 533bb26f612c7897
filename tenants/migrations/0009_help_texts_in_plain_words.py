from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0008_rotated_keys_join_their_series'),
    ]

    operations = [
        migrations.AlterField(
            model_name='apikey',
            name='allowed_networks',
            field=models.JSONField(blank=True, default=list, help_text='Networks in CIDR notation. Empty means any.'),
        ),
        migrations.AlterField(
            model_name='apikey',
            name='is_superuser',
            field=models.BooleanField(default=False, help_text='Allow the admin endpoints and access to every tenant.'),
        ),
        migrations.AlterField(
            model_name='apikey',
            name='requests_per_minute',
            field=models.PositiveIntegerField(blank=True, help_text='Further requests are refused with 429. Empty means no limit.', null=True),
        ),
        migrations.AlterField(
            model_name='apikey',
            name='scopes',
            field=models.JSONField(blank=True, default=list, help_text='Operations that the key may call. Empty means all.'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='metadata',
            field=models.JSONField(default=dict, help_text='Ids and facts only, never feedback text.'),
        ),
        migrations.AlterField(
            model_name='requestwindow',
            name='subject_id',
            field=models.UUIDField(help_text='The tenant, or the first API key of a series.'),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='allows_superusers',
            field=models.BooleanField(default=False, help_text='Allow superuser keys for this tenant. They see every tenant.'),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='prompt_note',
            field=models.TextField(blank=True, help_text='Context for the model, such as place names and acronyms of the operation.', max_length=2000),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='redaction_policy',
            field=models.JSONField(blank=True, default=dict, help_text='Changes to the default redaction policy. See docs/redaction.md for the keys.'),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='refused_operations',
            field=models.JSONField(blank=True, default=list, help_text='Operations that this tenant may not use, for example ["analyze"].'),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='requests_per_minute',
            field=models.PositiveIntegerField(blank=True, help_text='Further requests are refused with 429. Empty means no limit.', null=True),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='stores_results',
            field=models.BooleanField(default=False, help_text='Store assigned codes with redacted evidence, for review.'),
        ),
    ]
