"""Check the usage figures of a provider before they enter the ledger.

A count is a whole number and not negative, and a part is not above its whole. Figures that contradict each other are
flagged and replaced by the upper estimate, or by the reported figure if that is higher, so that no sum is too low.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from usage.prices import TokenCounts

MAX_TIMES_ESTIMATE = 6  # of a plausible count, for tokenisers that take more tokens than any that we know
ALWAYS_BELIEVED = 32_768  # tokens: reasoning may come on top of the output limit


@dataclass(frozen=True)
class Usage:
    """tokens: None when the provider reported no usage."""

    tokens: TokenCounts | None
    is_flagged: bool = False


@dataclass(frozen=True)
class _Side:
    """The tokens of input or output, and of their parts."""

    whole: int
    parts: tuple[int, ...]
    is_flagged: bool = False


def read_usage(usage: Any, *, upper_estimate: TokenCounts) -> Usage:
    """Read a `usage` object of a server or of LiteLLM."""
    prompt, completion = _get(usage, "prompt_tokens"), _get(usage, "completion_tokens")
    if not prompt and not completion:
        return Usage(None)
    cached, written = _cached(usage), _get(_get(usage, "prompt_tokens_details"), "cache_creation_tokens")
    reasoning = _get(_get(usage, "completion_tokens_details"), "reasoning_tokens")
    inputs = _side(prompt or None, (cached, written), upper_estimate.input_tokens)
    rest = _rest(_get(usage, "total_tokens"), prompt, completion)
    outputs = _side(completion, (reasoning,), upper_estimate.output_tokens, rest=rest)
    return Usage(
        TokenCounts(
            input_tokens=inputs.whole,
            cached_tokens=inputs.parts[0],
            cache_write_tokens=inputs.parts[1],
            output_tokens=outputs.whole,
            reasoning_tokens=outputs.parts[0],
        ),
        is_flagged=inputs.is_flagged or outputs.is_flagged,
    )


def _side(whole: Any, parts: tuple[Any, ...], estimate: int, *, rest: int = 0) -> _Side:
    """Check the counts of input or output. rest: tokens of the total in neither of them, billed as output."""
    believed = max(estimate * MAX_TIMES_ESTIMATE, ALWAYS_BELIEVED)
    counts = [_count(value, believed) for value in (whole, *(part or 0 for part in parts))]
    of_whole, *of_parts = (count or 0 for count in counts)
    if None in counts or rest > believed:
        return _Side(max(estimate, of_whole + sum(of_parts)), (0,) * len(parts), is_flagged=True)
    if rest and sum(of_parts) == rest:  # some providers count reasoning beside the answer
        return _Side(of_whole + rest, tuple(of_parts))
    if sum(of_parts) > of_whole:
        return _Side(max(estimate, of_whole + max(sum(of_parts), rest)), (0,) * len(parts), is_flagged=True)
    return _Side(of_whole + rest, tuple(of_parts), is_flagged=bool(rest))


def _rest(total: Any, prompt: Any, completion: Any) -> int:
    are_counts = all(type(count) is int and count >= 0 for count in (total, prompt, completion))
    return max(total - prompt - completion, 0) if are_counts else 0


def _cached(usage: Any) -> Any:
    cached = _get(_get(usage, "prompt_tokens_details"), "cached_tokens")
    return _get(usage, "prompt_cache_hit_tokens") if cached is None else cached  # DeepSeek's name


def _count(value: Any, believed: int) -> int | None:
    """Return a plausible count, or None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= believed else None


def _get(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)
