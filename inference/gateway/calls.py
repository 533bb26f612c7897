"""What is asked of a model, and what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.connections import ModelConnection
from inference.prompting import RenderedPrompt
from usage.failure_reasons import FailureReason
from usage.prices import TokenCounts

MAX_ANSWER_BYTES = 4 * 1024 * 1024
ENVELOPE_BYTES = 64 * 1024  # identifiers, usage figures, what a content filter says of each category
BYTES_PER_TOKEN = 64  # as JSON: one token may stand for several characters, each written as \u0000


@dataclass(frozen=True)
class ModelRequest:
    """One call as it is sent. answer_schema: the JSON schema that the answer has to fit.

    answer_offline: answers in place of a provider when the offline engine is the model.
    """

    connection: ModelConnection
    prompt: RenderedPrompt
    answer_name: str
    answer_schema: dict[str, Any] = field(repr=False)
    max_output_tokens: int
    answer_offline: Callable[[RenderedPrompt, Mapping[str, Any]], str] | None = field(default=None, repr=False)

    @property
    def max_answer_bytes(self) -> int:
        """How much of an answer's body is read, by the number of tokens that it may have."""
        return min(MAX_ANSWER_BYTES, ENVELOPE_BYTES + BYTES_PER_TOKEN * self.max_output_tokens)


@dataclass(frozen=True)
class ModelAnswer:
    """What the provider returned.

    text: empty when it sent none. reasoning: what the model thought aloud, apart from its answer. tokens: None when
    the provider did not say what it billed. failure: why the text is no answer, where the provider says so.
    is_usage_flagged: the figures contradicted themselves, and tokens is an estimate.
    """

    text: str = field(repr=False)
    tokens: TokenCounts | None
    response_model: str
    reasoning: str = field(default="", repr=False)
    failure: FailureReason | None = None
    is_usage_flagged: bool = False
