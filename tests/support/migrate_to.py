"""Migrate an empty database to given migrations: `python -m tests.support.migrate_to '{"tenants": "0001_initial"}'`.

`manage.py migrate` takes one app at a time. DATABASE_URL has to name the owner.
"""

import json
import sys

import django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tenants.scoping import all_tenants

if __name__ == "__main__":
    django.setup()
    with all_tenants():
        MigrationExecutor(connection).migrate(list(json.loads(sys.argv[1]).items()))
