"""Verify the hash chains of the audit log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.audit import verify_chain
from tenants.errors import AuditChainBroken
from tenants.models import Tenant
from tenants.scoping import all_tenants


class Command(BaseCommand):
    help = "Verify the audit chain of every tenant. Exits with 1 when a row was changed, removed or added by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="Only this tenant.")

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            tenants = Tenant.objects.order_by("slug")
            if options["slug"]:
                tenants = tenants.filter(slug=options["slug"])
            found = list(tenants)
        if not found:
            raise CommandError(f"There is no tenant {options['slug']!r}.")
        broken = [tenant.slug for tenant in found if not self._holds(tenant)]
        if broken:
            raise CommandError(f"The audit log was tampered with: {', '.join(broken)}")

    def _holds(self, tenant: Tenant) -> bool:
        try:
            count = verify_chain(tenant.id)
        except AuditChainBroken as error:
            self.stderr.write(f"{tenant.slug}: {error}")
            return False
        self.stdout.write(f"{tenant.slug}: {count} rows hold")
        return True
