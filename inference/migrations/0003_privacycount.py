import django.db.models.deletion
from django.db import migrations, models

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):
    dependencies = [("inference", "0002_row_level_security"), ("tenants", "0005_request_limits")]

    operations = [
        migrations.CreateModel(
            name="PrivacyCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("operation", models.CharField(max_length=32)),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("redacted", "Kept back from the model"),
                            ("masked", "Taken out of an answer"),
                            ("neutralised", "Tricks made harmless"),
                            ("could_identify", "Records that could tell who it is"),
                        ],
                        max_length=16,
                    ),
                ),
                ("kind", models.CharField(max_length=64)),
                ("count", models.BigIntegerField()),
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
                "verbose_name": "privacy count",
                "verbose_name_plural": "privacy counts",
                "abstract": False,
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "day", "operation", "finding", "kind"), name="one_count_a_kind"
                    )
                ],
            },
        ),
        protect("inference_privacycount"),
    ]
