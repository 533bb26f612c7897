"""What tokens cost: the price in force at a moment, and the cost of a call at it."""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import current_tenant_id
from usage.models import ModelPrice, TokenClass

MILLION = Decimal(1_000_000)
REMEMBERED_SECONDS = 10.0


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
    """USD for a million tokens of each class. id: the row of the input price, kept in the ledger."""

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


_remembered: dict[tuple[uuid.UUID, str], tuple[float, Price | None]] = {}


def price_in_force(*, model: str, at: datetime) -> Price | None:
    """Return the price of a model at a moment, the tenant's own before the platform's; None when it is not known.

    A model is priced when both its input and its output are.
    """
    wanted = (current_tenant_id(), model)
    known = _remembered.get(wanted)
    if known is None or time.monotonic() - known[0] > REMEMBERED_SECONDS:
        known = _remembered[wanted] = (time.monotonic(), _read_price(model=model, at=at))
    return known[1]


def _read_price(*, model: str, at: datetime) -> Price | None:
    rows = ModelPrice.objects.filter(model=model, effective_from__lte=at).order_by("effective_from")
    of_platform = {row.token_class: row for row in rows if row.tenant_id == PLATFORM_TENANT_ID}
    of_tenant = {row.token_class: row for row in rows if row.tenant_id != PLATFORM_TENANT_ID}
    in_force = of_platform | of_tenant
    if TokenClass.INPUT not in in_force or TokenClass.OUTPUT not in in_force:
        return None
    by_class = {token_class: row.price_per_million for token_class, row in in_force.items()}
    return Price(id=in_force[TokenClass.INPUT].id, by_class=by_class)
