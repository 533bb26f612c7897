"""Keep tenants apart in the database itself."""

from django.db import migrations

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):
    dependencies = [("coding", "0004_code_suggestions")]

    operations = [protect("coding_codesuggestion")]
