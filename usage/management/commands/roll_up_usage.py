"""Add up the days of the ledger that are over."""

from typing import Any

from django.core.management.base import BaseCommand

from tenants.scoping import all_tenants
from usage.metrics import rollups


class Command(BaseCommand):
    help = "Roll up the days of usage that are over, and again those with late rows; the job worker does so by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            count = rollups.roll_up()
        self.stdout.write(f"{count} days rolled up")
