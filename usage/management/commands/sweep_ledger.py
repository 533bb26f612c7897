"""Close the ledger rows that killed processes left open."""

from typing import Any

from django.core.management.base import BaseCommand

from tenants.scoping import all_tenants
from usage import ledger


class Command(BaseCommand):
    help = "Mark pending ledger rows as unknown a minute after their deadline, at their upper estimate."

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            count = ledger.sweep()
        self.stdout.write(f"{count} rows swept")
