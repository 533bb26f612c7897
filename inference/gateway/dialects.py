"""Choose the chat-completions parameters that a model's server supports, from LiteLLM's table and from refusals.

A server without JSON schemas is asked for a JSON object, and one without JSON objects for plain text, with the schema
in the prompt.
"""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from cachetools import TTLCache

from inference.connections import ModelConnection
from usage.costs.model_table import entry_of

CACHE_SECONDS = 3600.0  # servers are upgraded
MAX_CACHED = 256
TABLE_IS_ABOUT = {"openai", "azure"}  # for other providers LiteLLM's table lists what LiteLLM itself translates


class Parameter(StrEnum):
    """A parameter that not all servers support."""

    ANSWER_FORMAT = "response_format"
    TOKEN_LIMIT = "max_tokens"  # noqa: S105 (the name of a parameter)
    TEMPERATURE = "temperature"


class AnswerFormat(StrEnum):
    """The format in which an answer is requested."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True)
class Dialect:
    """The parameters of a request. The first of answer_formats and token_limits is used; the rest are fallbacks."""

    answer_formats: tuple[AnswerFormat, ...] = tuple(AnswerFormat)
    token_limits: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
    has_temperature: bool = True

    @property
    def answer_format(self) -> AnswerFormat:
        return self.answer_formats[0]

    @property
    def token_limit(self) -> str:
        return self.token_limits[0]

    def without(self, refused: Parameter) -> "Dialect | None":
        """Return the next dialect to try after a refusal; None when there is none."""
        match refused:
            case Parameter.ANSWER_FORMAT if len(self.answer_formats) > 1:
                return replace(self, answer_formats=self.answer_formats[1:])
            case Parameter.TOKEN_LIMIT if len(self.token_limits) > 1:
                return replace(self, token_limits=self.token_limits[1:])
            case Parameter.TEMPERATURE if self.has_temperature:
                return replace(self, has_temperature=False)
        return None


class Dialects:
    """The dialects of this process, one per model and address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._learned: TTLCache[tuple[str, str], Dialect] = TTLCache(MAX_CACHED, ttl=CACHE_SECONDS)

    def of(self, connection: ModelConnection) -> Dialect:
        with self._lock:
            learned = self._learned.get(_key(connection))
        return learned or declared_dialect(connection)

    def learn(self, connection: ModelConnection, *, sent: Dialect, refused: Parameter) -> bool:
        """Store that a parameter was refused. Returns whether the next request will differ."""
        if self.of(connection) != sent:  # learned by another thread meanwhile
            return True
        following = sent.without(refused)
        if following is None:
            return False
        with self._lock:
            self._learned[_key(connection)] = following
        return True

    def forget(self) -> None:
        with self._lock:
            self._learned.clear()


def declared_dialect(connection: ModelConnection) -> Dialect:
    """Return the dialect of a model, or of its base model in the catalogue, by LiteLLM's table."""
    model = connection.base_model or connection.model
    entry = entry_of(model)
    dialect = Dialect()
    if model.partition("/")[0] not in TABLE_IS_ABOUT:
        return dialect
    if entry.get("supports_response_schema") is False:
        dialect = replace(dialect, answer_formats=dialect.answer_formats[1:])
    if entry.get("supports_reasoning"):
        dialect = replace(dialect, token_limits=dialect.token_limits[::-1], has_temperature=False)
    return dialect


def _key(connection: ModelConnection) -> tuple[str, str]:
    return connection.model, connection.api_base
