"""Create a tenant from the command line."""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import services
from tenants.errors import Conflict
from tenants.scoping import all_tenants

SLUG = re.compile(r"\A[-a-zA-Z0-9_]{1,63}\Z")


class Command(BaseCommand):
    help = "Create a tenant. Prints its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="Short name, unique: letters, digits, hyphens and underscores.")
        parser.add_argument("--name", required=True, help="Full name of the organisation.")
        parser.add_argument("--allow-superusers", action="store_true", help="Allow superuser keys for this tenant.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not SLUG.match(options["slug"]):
            raise CommandError(
                f"{options['slug']!r} is not a short name: use letters, digits, hyphens and underscores, at most 63."
            )
        try:
            with all_tenants():
                tenant = services.create_tenant(
                    slug=options["slug"],
                    name=options["name"],
                    allows_superusers=options["allow_superusers"],
                    actor_id="command:create_tenant",
                )
        except Conflict as error:
            raise CommandError(f"There is a tenant {options['slug']!r} already.") from error
        self.stdout.write(str(tenant.id))
