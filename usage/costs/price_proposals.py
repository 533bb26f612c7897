"""What LiteLLM's own table says a model costs, as a proposal: nothing is priced until somebody accepts it."""

import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from usage.models import ModelPrice, TokenClass
from usage.services import set_price

TABLE = "model_prices_and_context_window_backup.json"
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
    """A price for a million tokens of one class. in_force: what is charged now, None for nothing."""

    model: str
    token_class: TokenClass
    price_per_million: Decimal
    in_force: Decimal | None

    @property
    def is_news(self) -> bool:
        return self.in_force != self.price_per_million


def propose(model: str, *, at: datetime) -> Sequence[Proposal]:
    """Return what the table says of a model, beside the platform's price at a moment; nothing for an unknown model."""
    return list(_proposals(model, at))


def accept(proposals: Sequence[Proposal], *, tenant_id: Any, effective_from: datetime, actor_id: str) -> int:
    """Set the proposed prices that are news, each audited; return how many."""
    news = [proposal for proposal in proposals if proposal.is_news]
    for proposal in news:
        set_price(
            tenant_id=tenant_id,
            model=proposal.model,
            token_class=proposal.token_class,
            price_per_million=proposal.price_per_million,
            effective_from=effective_from,
            actor_id=actor_id,
        )
    return len(news)


def _proposals(model: str, at: datetime) -> Iterator[Proposal]:
    entry = _entry(model)
    for token_class, name in FIELDS.items():
        if entry.get(name) is not None:
            price = (Decimal(entry[name]) * 1_000_000).quantize(STEP)
            yield Proposal(model, token_class, price, _price_in_force(model, token_class, at))


def _entry(model: str) -> dict[str, Any]:
    """What the table has of a model: under the whole string, or under its name where the provider is the same."""
    provider, _, name = model.partition("/")
    by_name = _table().get(name, {})
    return _table().get(model) or (by_name if by_name.get("litellm_provider") == provider else {})


def _price_in_force(model: str, token_class: TokenClass, at: datetime) -> Decimal | None:
    found = ModelPrice.objects.filter(model=model, token_class=token_class, effective_from__lte=at)
    row = found.order_by("-effective_from").first()
    return row.price_per_million if row else None


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Read the file of the installed package; LiteLLM itself, which takes seconds to import, is not needed for it."""
    package = importlib.util.find_spec("litellm")
    if package is None or not package.submodule_search_locations:
        return {}
    text = (Path(package.submodule_search_locations[0]) / TABLE).read_text()
    table: dict[str, dict[str, Any]] = json.loads(text, parse_float=str)  # as written: never through a float
    return table
