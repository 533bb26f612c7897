"""Roll up the ledger by day."""

from typing import Any

from django.core.management.base import BaseCommand

from tenants.scoping import all_tenants
from usage.metrics import rollups


class Command(BaseCommand):
    help = "Roll up past days of usage, and again those with late rows. The job worker does this every ten minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            count = rollups.roll_up()
        self.stdout.write(f"{count} days rolled up")
