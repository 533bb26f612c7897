"""Prices of tokens, and what a call costs at them."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from tenants.caching import cached_by_tenant
from tenants.identifiers import PLATFORM_TENANT_ID
from usage.models import ModelPrice, TokenClass

MILLION = Decimal(1_000_000)
CACHE_SECONDS = 10.0


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of one call, named as the columns of the ledger.

    input_tokens includes the cached and cache-write ones, output_tokens the reasoning ones.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True)
class Price:
    """USD for a million tokens, by class. id: the row of the input price, which the ledger refers to."""

    id: uuid.UUID
    by_class: dict[str, Decimal]

    def cost_of(self, tokens: TokenCounts) -> Decimal:
        """Return the cost in USD. A class without a price of its own is charged as plain input or output."""
        plain_input = tokens.input_tokens - tokens.cached_tokens - tokens.cache_write_tokens
        plain_output = tokens.output_tokens - tokens.reasoning_tokens
        charged = [
            (plain_input, TokenClass.INPUT, TokenClass.INPUT),
            (tokens.cached_tokens, TokenClass.CACHED, TokenClass.INPUT),
            (tokens.cache_write_tokens, TokenClass.CACHE_WRITE, TokenClass.INPUT),
            (plain_output, TokenClass.OUTPUT, TokenClass.OUTPUT),
            (tokens.reasoning_tokens, TokenClass.REASONING, TokenClass.OUTPUT),
        ]
        return sum(
            (count * self.by_class.get(own, self.by_class[fallback]) / MILLION for count, own, fallback in charged),
            Decimal(0),
        )


@cached_by_tenant(seconds=CACHE_SECONDS)
def price_in_force(model: str) -> Price | None:
    """Return the price of a model for the tenant in scope, its own before the platform's; None where it has none.

    A model has a price when both its input and its output have one.
    """
    rows = ModelPrice.objects.filter(model=model, effective_from__lte=timezone.now()).order_by("effective_from")
    platform_rows = {row.token_class: row for row in rows if row.tenant_id == PLATFORM_TENANT_ID}
    own_rows = {row.token_class: row for row in rows if row.tenant_id != PLATFORM_TENANT_ID}
    in_force = platform_rows | own_rows
    if TokenClass.INPUT not in in_force or TokenClass.OUTPUT not in in_force:
        return None
    by_class = {token_class: row.price_per_million for token_class, row in in_force.items()}
    return Price(id=in_force[TokenClass.INPUT].id, by_class=by_class)
