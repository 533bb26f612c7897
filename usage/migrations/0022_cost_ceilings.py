import django.db.models.deletion
import tenants.identifiers
from decimal import Decimal
from django.db import migrations, models

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0011_storage_policy'),
        ('usage', '0021_local_embeddings_are_free'),
    ]

    operations = [
        migrations.CreateModel(
            name='CostCeiling',
            fields=[
                ('id', models.UUIDField(default=tenants.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('batch_id', models.UUIDField(help_text='Of the batch, which an upper room stores.')),
                ('limit_usd', models.DecimalField(decimal_places=10, max_digits=20)),
                ('spent_usd', models.DecimalField(decimal_places=10, default=Decimal('0'), max_digits=20)),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('tenant', 'batch_id'), name='one_ceiling_per_batch'), models.CheckConstraint(condition=models.Q(('spent_usd__lte', models.F('limit_usd'))), name='a_ceiling_holds')],
            },
        ),
        protect("usage_costceiling"),
    ]
