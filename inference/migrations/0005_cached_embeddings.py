import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('inference', '0004_repaired_placeholders_are_counted'),
        ('tenants', '0009_help_texts_in_plain_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='CachedEmbedding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.BinaryField(max_length=32)),
                ('vector', models.BinaryField()),
                ('used_on', models.DateField(default=django.utils.timezone.localdate)),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'cached embedding',
                'verbose_name_plural': 'cached embeddings',
                'abstract': False,
                'default_permissions': (),
                'indexes': [models.Index(fields=['used_on'], name='embeddings_by_last_use')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'digest'), name='one_embedding_per_text')],
            },
        ),
        protect("inference_cachedembedding"),
    ]
