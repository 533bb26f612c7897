"""What a model's server takes of the chat-completions protocol, as its catalogue says and as its refusals teach.

A server that does not take JSON schemas is asked for a JSON object, and one that does not take that either for plain
text, with the schema in the prompt. What was learned is forgotten after an hour: servers are upgraded.
"""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from cachetools import TTLCache

from inference.connections import ModelConnection
from usage.costs.model_table import entry_of

REMEMBERED_SECONDS = 3600.0
MAX_REMEMBERED = 256
TABLE_IS_ABOUT = {"openai", "azure"}  # LiteLLM's table has what these two take themselves


class Parameter(StrEnum):
    """A parameter that servers differ in."""

    ANSWER_FORMAT = "response_format"
    TOKEN_LIMIT = "max_tokens"  # noqa: S105 (the name of a parameter)
    TEMPERATURE = "temperature"


class AnswerFormat(StrEnum):
    """How the shape of an answer is asked for."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True)
class Dialect:
    """The parameters that are sent. Of answer_formats and token_limits the first is used; the rest come after it."""

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
    """The dialects of this process, one for each model and address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._learned: TTLCache[tuple[str, str], Dialect] = TTLCache(MAX_REMEMBERED, ttl=REMEMBERED_SECONDS)

    def of(self, connection: ModelConnection) -> Dialect:
        with self._lock:
            learned = self._learned.get(_key(connection))
        return learned or declared_dialect(connection)

    def learn(self, connection: ModelConnection, *, sent: Dialect, refused: Parameter) -> bool:
        """Note that a parameter of what was sent was refused; return whether the next request will be another."""
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
    """Return what LiteLLM's table says of a model, or of the base model that the catalogue names for a deployment."""
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
