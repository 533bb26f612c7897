"""Keep tenants apart in the database itself."""

from django.db import migrations

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):
    dependencies = [("coding", "0001_initial"), ("tenants", "0003_platform_tenant")]

    operations = [
        protect("coding_codingpolicy"),
        protect("coding_codingframework", shares_platform_rows=True),
        protect("coding_frameworkversion", shares_platform_rows=True),
        protect("coding_code", shares_platform_rows=True),
        protect("coding_codeassignment"),
    ]
