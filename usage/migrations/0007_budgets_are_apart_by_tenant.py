"""Keep budgets apart by tenant in the database itself."""

from django.db import migrations

from tenants.postgresql.rls import protect


class Migration(migrations.Migration):
    dependencies = [("usage", "0006_budgets")]

    operations = [protect("usage_budget"), protect("usage_budgetperiod")]
