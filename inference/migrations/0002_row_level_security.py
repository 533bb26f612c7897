"""Keep tenants apart in the database itself."""

from django.db import migrations

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):
    dependencies = [("inference", "0001_initial"), ("tenants", "0002_row_level_security")]

    operations = [
        protect("inference_modelcatalogentry", shares_platform_rows=True),
    ]
