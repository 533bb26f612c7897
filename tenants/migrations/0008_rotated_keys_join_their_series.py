"""Keys that came of a rotation are told the first key of their series; the audit log has every rotation."""

from typing import Any

from django.db import migrations


def join_series(apps: Any, schema_editor: Any) -> None:
    first_keys: dict[str, str] = {}
    rotations = apps.get_model("tenants", "AuditEvent").objects.filter(action="api_key.rotated")
    for rotation in rotations.order_by("tenant_id", "sequence"):
        first = first_keys.get(rotation.resource_id, rotation.resource_id)
        first_keys[rotation.metadata["successor"]] = first
    keys = apps.get_model("tenants", "ApiKey").objects
    for successor, first in first_keys.items():
        keys.filter(id=successor).update(first_key_id=first)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_keys_have_a_series")]

    operations = [migrations.RunPython(join_series, migrations.RunPython.noop)]
