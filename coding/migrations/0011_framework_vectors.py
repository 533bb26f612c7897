import django.db.models.deletion
from django.db import migrations, models

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ("coding", "0010_codings_of_stored_records"),
        ('tenants', '0011_storage_policy'),
    ]

    operations = [
        migrations.CreateModel(
            name='FrameworkVectors',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=300)),
                ('digest', models.BinaryField(max_length=32)),
                ('vectors', models.BinaryField()),
                ('made_at', models.DateTimeField(auto_now=True)),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='coding.frameworkversion')),
            ],
            options={
                'verbose_name': 'framework vectors',
                'verbose_name_plural': 'framework vectors',
                'abstract': False,
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('tenant', 'version', 'source'), name='one_set_of_vectors_per_source')],
            },
        ),
        protect("coding_frameworkvectors", shares_platform_rows=True),
    ]
