"""Change a tenant's settings from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import services
from tenants.models import Storage, Tenant
from tenants.scoping import all_tenants


class Command(BaseCommand):
    help = "Change settings of a tenant. Prints its settings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The tenant's short name.")
        parser.add_argument("--storage", choices=Storage.values, help="What is stored of feedback records.")

    def handle(self, *args: Any, **options: Any) -> None:
        changes = {name: options[name] for name in ("storage",) if options[name] is not None}
        with all_tenants():
            tenant = Tenant.objects.organisations().filter(slug=options["slug"]).first()
            if tenant is None:
                raise CommandError(f"There is no tenant {options['slug']!r}.")
            if changes:
                services.change_tenant(tenant=tenant, actor_id="command:set_tenant", **changes)
        self.stdout.write(f"storage: {tenant.storage}")
