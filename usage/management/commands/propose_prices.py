"""Show the prices that LiteLLM's table has for models, and accept them on request."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import tenant_scope
from usage.costs.price_proposals import accept, propose


class Command(BaseCommand):
    help = "Show the prices in LiteLLM's table and the prices in force. Nothing changes without --accept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("models", nargs="+", help="Model strings, for example azure/gpt-4o")
        parser.add_argument("--accept", action="store_true", help="Set the prices that differ, from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        for model in options["models"]:
            with tenant_scope(PLATFORM_TENANT_ID):
                proposals = propose(model, at=now)
            if not proposals:
                self.stdout.write(f"{model}: not in the table")
            for proposal in proposals:
                known = "none" if proposal.in_force is None else proposal.in_force
                price = proposal.price_per_million
                self.stdout.write(f"{model} {proposal.token_class}: {price} USD per million tokens; in force: {known}")
            if options["accept"]:
                count = accept(
                    proposals,
                    tenant_id=PLATFORM_TENANT_ID,
                    effective_from=now,
                    actor_id="command:propose_prices",
                )
                self.stdout.write(f"{model}: {count} prices set")
