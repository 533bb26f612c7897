"""Prices that LiteLLM's table has for models, as proposals: no price is set until somebody accepts it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from usage.costs.model_table import entry_of
from usage.models import ModelPrice, TokenClass
from usage.services import set_price

FIELDS = {
    TokenClass.INPUT: "input_cost_per_token",
    TokenClass.CACHED: "cache_read_input_token_cost",
    TokenClass.CACHE_WRITE: "cache_creation_input_token_cost",
    TokenClass.OUTPUT: "output_cost_per_token",
    TokenClass.REASONING: "output_cost_per_reasoning_token",
}
STEP = Decimal("0.000001")


@dataclass(frozen=True)
class Proposal:
    """A price for a million tokens of one class. in_force: the current price; None without one."""

    model: str
    token_class: TokenClass
    price_per_million: Decimal
    in_force: Decimal | None

    @property
    def is_new(self) -> bool:
        return self.in_force != self.price_per_million


def propose(model: str, *, at: datetime) -> Sequence[Proposal]:
    """Return the table's prices of a model, with the prices in force at a moment; empty for an unknown model."""
    return list(_proposals(model, at))


def accept(proposals: Sequence[Proposal], *, tenant_id: Any, effective_from: datetime, actor_id: str) -> int:
    """Set the proposed prices that are new, audit them, and return their number."""
    new = [proposal for proposal in proposals if proposal.is_new]
    for proposal in new:
        set_price(
            tenant_id=tenant_id,
            model=proposal.model,
            token_class=proposal.token_class,
            price_per_million=proposal.price_per_million,
            effective_from=effective_from,
            actor_id=actor_id,
        )
    return len(new)


def _proposals(model: str, at: datetime) -> Iterator[Proposal]:
    entry = entry_of(model)
    for token_class, name in FIELDS.items():
        if entry.get(name) is not None:
            price = (Decimal(entry[name]) * 1_000_000).quantize(STEP)
            yield Proposal(model, token_class, price, _price_in_force(model, token_class, at))


def _price_in_force(model: str, token_class: TokenClass, at: datetime) -> Decimal | None:
    rows = ModelPrice.objects.filter(model=model, token_class=token_class, effective_from__lte=at)
    row = rows.order_by("-effective_from").first()
    return row.price_per_million if row else None
