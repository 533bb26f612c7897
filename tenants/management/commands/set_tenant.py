"""Change a tenant's settings from the command line."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import services
from tenants.models import MAX_RETENTION_DAYS, Storage, Tenant
from tenants.scoping import all_tenants

SETTINGS = ("storage", "retention_days")


class Command(BaseCommand):
    help = "Change settings of a tenant. Prints its settings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The tenant's short name.")
        parser.add_argument("--storage", choices=Storage.values, help="What is stored of feedback records.")
        parser.add_argument(
            "--retention-days", type=_days, metavar="DAYS", help="Erase records after so many days; 0 for never."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        changes = {name: options[name] for name in SETTINGS if options[name] is not None}
        if changes.get("retention_days") == 0:
            changes["retention_days"] = None
        with all_tenants():
            tenant = Tenant.objects.organisations().filter(slug=options["slug"]).first()
            if tenant is None:
                raise CommandError(f"There is no tenant {options['slug']!r}.")
            if changes:
                services.change_tenant(tenant=tenant, actor_id="command:set_tenant", **changes)
        for name in SETTINGS:
            self.stdout.write(f"{name}: {getattr(tenant, name)}")


def _days(text: str) -> int:
    days = int(text)
    if not 0 <= days <= MAX_RETENTION_DAYS:
        raise ArgumentTypeError(f"a number of days from 0 to {MAX_RETENTION_DAYS}")
    return days
