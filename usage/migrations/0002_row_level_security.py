"""Keep tenants apart in the database itself."""

from django.db import migrations

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial"), ("tenants", "0002_row_level_security")]

    operations = [
        protect("llm_calls"),
        protect("usage_modelprice", shares_platform_rows=True),
    ]
