"""Requests that the tests of the gateway make."""

import itertools
from typing import Any

from inference.connections import ModelConnection
from inference.gateway import ModelRequest
from inference.prompting import RenderedPrompt
from tests.support.provider import ScriptedProvider

SYSTEM, USER = "Rules.", "The pump of the northern camp is broken."
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "summary": {"type": "string"}},
    "required": ["title", "summary"],
    "additionalProperties": False,
}
_numbers = itertools.count()


def new_connection(provider: ScriptedProvider, **changed: str) -> ModelConnection:
    """A model that no other test has called: what was learned of it, and its breaker, are its own."""
    named = {"model": f"openai/scripted-{next(_numbers)}", "api_base": provider.base_url, "api_key": "sk-scripted"}
    return ModelConnection(**(named | changed))


def request_to(connection: ModelConnection, *, max_output_tokens: int = 256) -> ModelRequest:
    return ModelRequest(connection, RenderedPrompt(SYSTEM, USER), "Summary", SCHEMA, max_output_tokens)
