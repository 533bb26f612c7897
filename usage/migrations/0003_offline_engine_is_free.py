"""The offline engine's price is known: nothing."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

from tenants.identifiers import PLATFORM_TENANT_ID

OFFLINE_MODEL = "offline/extractive"


def price_offline_engine(apps: Any, schema_editor: Any) -> None:
    for token_class in ("input", "output"):
        apps.get_model("usage", "ModelPrice").objects.get_or_create(
            tenant_id=PLATFORM_TENANT_ID,
            model=OFFLINE_MODEL,
            token_class=token_class,
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
            defaults={"price_per_million": 0},
        )


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_row_level_security"), ("tenants", "0003_platform_tenant")]

    operations = [migrations.RunPython(price_offline_engine, migrations.RunPython.noop)]
