"""A budget on a key limits all keys of its series, so it names the first one.

Where a series has a budget on its first key already, that one goes on.
"""

from typing import Any

from django.db import migrations


def name_first_keys(apps: Any, schema_editor: Any) -> None:
    budgets = apps.get_model("usage", "Budget").objects
    for key in apps.get_model("tenants", "ApiKey").objects.exclude(first_key_id=None):
        of_key = budgets.filter(tenant_id=key.tenant_id, subject="api_key")
        for budget in of_key.filter(subject_value=str(key.id)):
            if not of_key.filter(subject_value=str(key.first_key_id), span=budget.span).exists():
                budgets.filter(id=budget.id).update(subject_value=str(key.first_key_id))


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0016_names_of_screens"),
        ("tenants", "0008_rotated_keys_join_their_series"),
    ]

    operations = [migrations.RunPython(name_first_keys, migrations.RunPython.noop)]
