"""Record of a call to the scripted provider."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Tokens of one call, as its answer reported them. Cached tokens are part of the input tokens."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int


@dataclass
class RecordedRequest:
    """One call as it arrived, and what became of it."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    received_at: float = field(default_factory=time.time)
    status: int | None = None  # None until the head of an answer was sent
    answered: bool = False  # a whole, readable answer with status 200 was sent
    usage: Usage | None = None  # what an answer with status 200 reported

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON schema that the answer must fit, of its own parameter or in the prompt; None: plain text."""
        response_format = self.body.get("response_format") or {}
        schema: Mapping[str, Any] | None = response_format.get("json_schema", {}).get("schema")
        return schema or _schema_in(self.system)

    @property
    def asked_properties(self) -> frozenset[str]:
        """Top-level properties of the asked answer: "selected" for a pick, "title" and "summary", ..."""
        return frozenset((self.schema or {}).get("properties", {}))

    @property
    def system(self) -> str:
        return self._text_of("system", "developer")

    @property
    def user(self) -> str:
        return self._text_of("user")

    @property
    def prompt(self) -> str:
        """All messages, in order."""
        return "\n".join(_message_text(message) for message in self.body.get("messages", []))

    @property
    def records_count(self) -> int:
        """How many feedback records the user message holds, at least 1."""
        return max(1, len(re.findall(r"<feedback_record[\s>]", self.user)))

    def _text_of(self, *roles: str) -> str:
        messages = self.body.get("messages", [])
        return "\n".join(_message_text(message) for message in messages if message.get("role") in roles)


def _schema_in(text: str) -> Mapping[str, Any] | None:
    """The schema that stands in a message, for servers that take none beside it."""
    start = text.find('{"type": "object"')
    return json.JSONDecoder().raw_decode(text, start)[0] if start >= 0 else None


def _message_text(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content)
