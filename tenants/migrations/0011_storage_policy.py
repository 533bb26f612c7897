"""Replace stores_results by the storage policy: on becomes redacted, off stays off. New tenants store redacted text."""

from typing import Any

from django.db import migrations, models


def keep_choices(apps: Any, schema_editor: Any) -> None:
    apps.get_model("tenants", "Tenant").objects.filter(stores_results=False).update(storage="off")


def keep_choices_backward(apps: Any, schema_editor: Any) -> None:
    apps.get_model("tenants", "Tenant").objects.exclude(storage="off").update(stores_results=True)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_data_keys")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="storage",
            field=models.CharField(
                choices=[
                    ("off", "Nothing"),
                    ("redacted", "Redacted text"),
                    ("raw", "Redacted text, and raw text encrypted"),
                ],
                default="redacted",
                help_text="Store feedback records and their codes: not at all, with redacted text, or with raw text as"
                " well.",
                max_length=8,
            ),
        ),
        migrations.RunPython(keep_choices, keep_choices_backward),
        migrations.RemoveField(model_name="tenant", name="stores_results"),
    ]
