import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.identifiers
from tenants.postgresql.rls import protect


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_help_texts_in_plain_words")]

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("wrapped_key", models.BinaryField(max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "tenant",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="one_data_key_per_tenant")],
            },
        ),
        protect("tenants_datakey"),
    ]
