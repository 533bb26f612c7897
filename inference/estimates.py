"""Estimate the tokens of a call, before it is made and for providers that do not report usage.

A token is LLM_CHARS_PER_TOKEN characters, as in the older service.
"""

from collections.abc import Sequence

from django.conf import settings

from inference.errors import TooManyTokens
from inference.prompting import RenderedPrompt
from usage.prices import TokenCounts


def estimated_tokens(rendered: RenderedPrompt) -> int:
    """Return the characters of both messages divided by the characters per token, rounded down."""
    return _tokens(len(rendered.system) + len(rendered.user))


def characters_left(rendered: RenderedPrompt) -> int:
    """Return the number of characters that a prompt has left below LLM_MAX_TOTAL_TOKENS."""
    used = len(rendered.system) + len(rendered.user)
    return int(settings.LLM_MAX_TOTAL_TOKENS * settings.LLM_CHARS_PER_TOKEN - used)


def refuse_too_many_tokens(rendered: RenderedPrompt) -> None:
    """Raise TooManyTokens for a prompt over LLM_MAX_TOTAL_TOKENS."""
    _refuse_over_limit(estimated_tokens(rendered))


def refuse_too_many_characters(count: int) -> None:
    """Raise TooManyTokens for texts that exceed the limit by themselves, before they are redacted."""
    _refuse_over_limit(_tokens(count))


def upper_estimate(rendered: RenderedPrompt, *, max_output_tokens: int) -> TokenCounts:
    """Return the maximum that a call can be billed for."""
    return TokenCounts(input_tokens=estimated_tokens(rendered), output_tokens=max_output_tokens)


def tokens_of_texts(texts: Sequence[str]) -> TokenCounts:
    """Estimate the tokens of texts that are embedded."""
    return TokenCounts(input_tokens=_tokens(sum(map(len, texts))))


def estimated_usage(rendered: RenderedPrompt, answer: str) -> TokenCounts:
    """Estimate the billed tokens of an answered call."""
    return TokenCounts(input_tokens=estimated_tokens(rendered), output_tokens=_tokens(len(answer)))


def _tokens(characters: int) -> int:
    return int(characters // settings.LLM_CHARS_PER_TOKEN)


def _refuse_over_limit(estimated: int) -> None:
    if estimated > settings.LLM_MAX_TOTAL_TOKENS:
        raise TooManyTokens(estimated, settings.LLM_MAX_TOTAL_TOKENS)
