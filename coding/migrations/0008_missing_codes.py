"""Rename code suggestions to missing codes: "suggestion" is a word of review.

The table keeps its rows, row-level security policies and grants. Permissions keep their ids, so that groups keep them.
"""

from django.db import migrations

OLD, NEW = "codesuggestion", "missingcode"


def rename_permissions(apps, from_name, to_name, verbose_name):
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="coding", codename__endswith=f"_{from_name}"
    )
    for permission in permissions:
        action = permission.codename.removesuffix(f"_{from_name}")
        permission.codename = f"{action}_{to_name}"
        permission.name = f"Can {action} {verbose_name}"
        permission.save(update_fields=["codename", "name"])


def forward(apps, schema_editor):
    rename_permissions(apps, OLD, NEW, "missing code")


def backward(apps, schema_editor):
    rename_permissions(apps, NEW, OLD, "code suggestion")


class Migration(migrations.Migration):
    dependencies = [
        ("coding", "0007_names_of_screens"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RenameModel("CodeSuggestion", "MissingCode"),
        migrations.RenameField("MissingCode", "suggested_name", "proposed_name"),
        migrations.RenameIndex("MissingCode", new_name="missing_codes_to_decide", old_name="suggestions_to_decide"),
        migrations.RunPython(forward, backward, elidable=True),
    ]
