"""Requests a minute that a tenant or a key may make, and how many it has made."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.identifiers
from tenants.postgresql.rls import protect

LIMIT = {"blank": True, "help_text": "More are refused with 429; empty means no limit.", "null": True}


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_people_and_sign_in")]

    operations = [
        migrations.AddField("tenant", "requests_per_minute", models.PositiveIntegerField(**LIMIT)),
        migrations.AddField("apikey", "requests_per_minute", models.PositiveIntegerField(**LIMIT)),
        migrations.CreateModel(
            name="RequestWindow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject_id", models.UUIDField(help_text="The tenant, or the API key.")),
                ("started_at", models.DateTimeField()),
                ("requests", models.PositiveIntegerField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "subject_id"), name="one_request_window_per_subject")
                ],
            },
        ),
        protect("tenants_requestwindow"),
    ]
