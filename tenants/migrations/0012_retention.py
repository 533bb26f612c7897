"""Add the days after which a tenant's records are erased."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0011_storage_policy'),
    ]

    operations = [
        migrations.AddField(
            model_name='tenant',
            name='retention_days',
            field=models.PositiveIntegerField(blank=True, help_text='Erase feedback records so many days after they were stored. Empty means never.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36500)]),
        ),
    ]
