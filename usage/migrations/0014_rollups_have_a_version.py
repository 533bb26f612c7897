"""Give what is rolled up a version, another one whenever it changes: figures are remembered by it."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

ANOTHER_VERSION = """
create function rollups_have_another_version() returns trigger language plpgsql as $$
begin
    update usage_rollupstate set version = gen_random_uuid();
    return null;
end $$;
"""
CHANGES_MAKE_ANOTHER_VERSION = """
create trigger changes_make_another_version after insert or update or delete or truncate on usage_day
for each statement execute function rollups_have_another_version();
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0013_delivery_attempts_are_noted")]

    operations = [
        migrations.AddField("rollupstate", "version", models.UUIDField(db_default=RandomUUID())),
        migrations.RunSQL(
            [ANOTHER_VERSION, CHANGES_MAKE_ANOTHER_VERSION],
            ["drop trigger changes_make_another_version on usage_day", "drop function rollups_have_another_version"],
        ),
    ]
