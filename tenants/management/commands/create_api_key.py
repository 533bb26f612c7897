"""Create an API key from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import services
from tenants.errors import Conflict, SuperusersNotAllowed
from tenants.models import Tenant
from tenants.registry import key_scopes
from tenants.scoping import all_tenants


class Command(BaseCommand):
    help = "Create an API key. Prints the key alone on the last line; it cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The tenant's short name.")
        parser.add_argument("--name", required=True, help="Purpose of the key.")
        parser.add_argument("--superuser", action="store_true", help="Allow the admin endpoints.")
        parser.add_argument(
            "--scope", action="append", default=[], help="An operation that the key may call; all when left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if unknown := sorted(set(options["scope"]) - set(key_scopes())):
            raise CommandError(f"Unknown scope: {', '.join(unknown)}. Choose from: {', '.join(key_scopes())}.")
        with all_tenants():
            tenant = Tenant.objects.filter(slug=options["slug"], closed_at=None).first()
            if tenant is None:
                raise CommandError(f"There is no tenant {options['slug']!r}.")
            try:
                issued = services.create_api_key(
                    tenant=tenant,
                    name=options["name"],
                    is_superuser=options["superuser"],
                    scopes=options["scope"],
                    actor_id="command:create_api_key",
                )
            except Conflict as error:
                raise CommandError(f"The tenant has a key {options['name']!r} already.") from error
            except SuperusersNotAllowed as error:
                raise CommandError("This tenant does not allow superuser keys; the tenant `platform` does.") from error
        self.stdout.write(issued.text)
