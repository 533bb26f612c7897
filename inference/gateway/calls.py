"""Requests to models and their answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.functional import cached_property

from inference.connections import ModelConnection
from inference.estimates import max_tokens, upper_estimate
from inference.prompting import RenderedPrompt
from usage.failure_reasons import FailureReason
from usage.prices import TokenCounts

MAX_ANSWER_BYTES = 4 * 1024 * 1024
ENVELOPE_BYTES = 64 * 1024  # identifiers, usage figures, the content filter's categories
BYTES_PER_TOKEN = 64  # as JSON: a token may be several characters, escaped as \u0000


@dataclass(frozen=True)
class ModelRequest:
    """A call to a model. answer_schema: the JSON schema that the answer has to fit.

    answer_offline: the offline engine's answerer, used in place of a provider when the engine is the model.
    """

    connection: ModelConnection
    prompt: RenderedPrompt
    answer_name: str
    answer_schema: dict[str, Any] = field(repr=False)
    max_output_tokens: int
    answer_offline: Callable[[RenderedPrompt, Mapping[str, Any]], str] | None = field(default=None, repr=False)

    @property
    def max_answer_bytes(self) -> int:
        """Return the maximum size of an answer's body, from the maximum number of its tokens."""
        return min(MAX_ANSWER_BYTES, ENVELOPE_BYTES + BYTES_PER_TOKEN * self.max_output_tokens)

    @cached_property
    def upper_estimate(self) -> TokenCounts:
        """Return the maximum that the call can be billed for."""
        return upper_estimate(self.prompt, self.answer_schema, max_output_tokens=self.max_output_tokens)

    def upper_usage(self, answer: str) -> TokenCounts:
        """Return the maximum that the call can be billed for when the answer is known."""
        return replace(self.upper_estimate, output_tokens=max_tokens(answer))


@dataclass(frozen=True)
class ModelAnswer:
    """An answer of a provider.

    text: empty when the provider sent none. reasoning: the model's reasoning, apart from its answer. tokens: None when
    the provider did not report usage. failure: the provider's reason why the text is not an answer.
    is_usage_flagged: whether the figures contradicted each other, so that tokens is an estimate.
    """

    text: str = field(repr=False)
    tokens: TokenCounts | None
    response_model: str
    reasoning: str = field(default="", repr=False)
    failure: FailureReason | None = None
    is_usage_flagged: bool = False
