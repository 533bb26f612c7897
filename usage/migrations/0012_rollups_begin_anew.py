"""Throw the rollups away: days are kept at more grains than before. The next run makes them again."""

from django.db import migrations

FORGET = ["delete from usage_rollupstate", "delete from usage_day", "delete from usage_late_quarter"]


class Migration(migrations.Migration):
    dependencies = [("usage", "0011_one_index_fewer_on_the_ledger")]

    operations = [migrations.RunSQL(FORGET, FORGET)]
