"""Estimate what a batch will cost, before it begins."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from inference.connections import generation_connection, judge_connection
from usage.models import CallStatus, LLMCall
from usage.prices import TokenCounts, price_in_force

LOOKS_BACK = timedelta(days=30)
ENOUGH_CALLS = 20
SAMPLED_ROWS = 2_000
# Where the tenant has no calls of the operation yet: an instruction, and a short answer, for each of two calls.
INSTRUCTION_TOKENS, ANSWER_TOKENS = 1_000, 250


def estimate_cost(*, operation: str, characters: Iterable[int], option_characters: int) -> Decimal | None:
    """Return the cost of a batch in USD; None when a model in use has no price.

    characters: of each call's records. The tenant's own calls of the last days say what a call costs, if there are
    enough; otherwise the length of the texts and the prices do.
    """
    prices = [price_in_force(connection.model) for connection in (generation_connection(), judge_connection())]
    if any(price is None for price in prices):
        return None
    lengths = list(characters)
    usual = _usual_cost(operation)
    if usual is not None:
        return usual * len(lengths)
    tokens = [
        TokenCounts(
            input_tokens=INSTRUCTION_TOKENS + (length + option_characters) // settings.LLM_CHARS_PER_TOKEN,
            output_tokens=ANSWER_TOKENS,
        )
        for length in lengths
    ]
    return sum((price.cost_of(count) for price in prices if price for count in tokens), Decimal(0))


def _usual_cost(operation: str) -> Decimal | None:
    """Return what a call of the operation has cost the tenant in scope lately, all its model calls together."""
    calls = LLMCall.objects.filter(
        operation=operation,
        request_model=generation_connection().model,
        records_count=1,
        created_at__gte=timezone.now() - LOOKS_BACK,
    ).exclude(status=CallStatus.PENDING)
    sampled = calls.order_by("-created_at", "-id").values_list("call_id", flat=True)[:SAMPLED_ROWS]
    figures = LLMCall.objects.filter(call_id__in=list(sampled)).aggregate(
        cost=Sum("cost_usd"), calls=Count("call_id", distinct=True)
    )
    return figures["cost"] / figures["calls"] if figures["calls"] >= ENOUGH_CALLS else None
