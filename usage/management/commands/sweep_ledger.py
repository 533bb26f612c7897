"""Account for model calls that a killed process left open."""

from typing import Any

from django.core.management.base import BaseCommand

from tenants.scoping import all_tenants
from usage import ledger


class Command(BaseCommand):
    help = "Turn pending ledger rows whose deadline is long past into unknown, at their upper estimate."

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            count = ledger.sweep()
        self.stdout.write(f"{count} rows swept")
