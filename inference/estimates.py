"""Estimate the tokens of a call, before it is made and for providers that do not report usage.

The limit on prompts counts a token as LLM_CHARS_PER_TOKEN characters, as in the older service. That is about right for
English, and less than half of what some scripts take. The upper estimate, which budgets and rows of unknown outcome
use, is a bound for every script. Tokenisers of today's models work on the bytes of UTF-8, some after a normalisation
(NFKC), so that no text takes more tokens than bytes. Only small Latin letters take clearly less: at most two tokens
for three of them, apart from rare letters such as q and z. The ratio was measured with the tokenisers cl100k_base and
o200k_base of OpenAI and an older one of Anthropic, all of which LiteLLM ships, on texts made to take many tokens
(tests/inference/test_estimates.py). Ordinary texts take a quarter to nine tenths of the bound.
"""

import json
import math
import string
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.conf import settings

from inference.errors import TooManyTokens
from inference.prompting import RenderedPrompt
from usage.prices import TokenCounts

TOKENS_PER_COMMON_LETTER = Fraction(2, 3)
COMMON_LETTERS = "".join(letter for letter in string.ascii_lowercase if letter not in "jkqvwxz").encode()
TOKENS_OF_MESSAGES = 32  # roles, separators and the name of the schema


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


def upper_estimate(rendered: RenderedPrompt, schema: Mapping[str, Any], *, max_output_tokens: int) -> TokenCounts:
    """Return the maximum that a call can be billed for. schema: of the answer, which providers count as input."""
    sent = rendered.system, rendered.user, json.dumps(schema, ensure_ascii=False)
    return TokenCounts(input_tokens=sum(map(max_tokens, sent)) + TOKENS_OF_MESSAGES, output_tokens=max_output_tokens)


def max_tokens(text: str) -> int:
    """Return a number of tokens that a text does not exceed in any script."""
    bound = _max_tokens_of_bytes(text)
    return bound if text.isascii() else max(bound, _max_tokens_of_bytes(unicodedata.normalize("NFKC", text)))


def _max_tokens_of_bytes(text: str) -> int:
    encoded = text.encode(errors="surrogatepass")
    rest = len(encoded.translate(None, COMMON_LETTERS))
    return rest + math.ceil((len(encoded) - rest) * TOKENS_PER_COMMON_LETTER)


def tokens_of_texts(texts: Sequence[str]) -> TokenCounts:
    """Estimate the tokens of texts that are embedded."""
    return TokenCounts(input_tokens=_tokens(sum(map(len, texts))))


def estimated_usage(rendered: RenderedPrompt, answer: str) -> TokenCounts:
    """Estimate the tokens of a call that nobody bills, by characters."""
    return TokenCounts(input_tokens=estimated_tokens(rendered), output_tokens=_tokens(len(answer)))


def _tokens(characters: int) -> int:
    return int(characters // settings.LLM_CHARS_PER_TOKEN)


def _refuse_over_limit(estimated: int) -> None:
    if estimated > settings.LLM_MAX_TOTAL_TOKENS:
        raise TooManyTokens(estimated, settings.LLM_MAX_TOTAL_TOKENS)
