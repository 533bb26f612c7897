"""Make the reserved tenant that owns what every tenant may read."""

from typing import Any

from django.db import migrations

from tenants.identifiers import PLATFORM_TENANT_ID


def create_platform_tenant(apps: Any, schema_editor: Any) -> None:
    apps.get_model("tenants", "Tenant").objects.get_or_create(
        id=PLATFORM_TENANT_ID,
        defaults={"name": "Platform", "slug": "platform", "allows_superusers": True},
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_row_level_security")]

    operations = [migrations.RunPython(create_platform_tenant, migrations.RunPython.noop)]
