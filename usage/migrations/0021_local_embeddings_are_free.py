"""The price of the local embedding model is known: nothing."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

from tenants.identifiers import PLATFORM_TENANT_ID

LOCAL_EMBEDDING_MODEL = "local/multilingual-e5-small"


def price_local_embeddings(apps: Any, schema_editor: Any) -> None:
    for token_class in ("input", "output"):
        apps.get_model("usage", "ModelPrice").objects.get_or_create(
            tenant_id=PLATFORM_TENANT_ID,
            model=LOCAL_EMBEDDING_MODEL,
            token_class=token_class,
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
            defaults={"price_per_million": 0},
        )


class Migration(migrations.Migration):
    dependencies = [("usage", "0020_calls_by_batch")]

    operations = [migrations.RunPython(price_local_embeddings, migrations.RunPython.noop)]
