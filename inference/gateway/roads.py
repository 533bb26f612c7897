"""Choose between a direct call to a model and one through LiteLLM."""

from typing import Any, Protocol

from django.conf import settings

from inference.connections import SPEAK_CHAT_COMPLETIONS, ModelConnection
from inference.gateway import litellm_road, openai_wire
from inference.gateway.calls import ModelRequest
from inference.gateway.dialects import Dialect
from usage.costs.model_table import entry_of

# Names that LiteLLM maps to a server of this protocol. They are called directly if the operator sets the address.
COMPATIBLE = {
    "aiml",
    "anyscale",
    "cerebras",
    "cometapi",
    "dashscope",
    "deepinfra",
    "deepseek",
    "docker_model_runner",
    "featherless_ai",
    "fireworks_ai",
    "friendliai",
    "galadriel",
    "groq",
    "hyperbolic",
    "lambda_ai",
    "litellm_proxy",
    "llamafile",
    "lm_studio",
    "meta_llama",
    "modelscope",
    "moonshot",
    "morph",
    "nebius",
    "novita",
    "nscale",
    "nvidia_nim",
    "perplexity",
    "sambanova",
    "together_ai",
    "v0",
    "wandb",
    "xai",
    "xinference",
}


class Road(Protocol):
    """A function that makes one call and returns the completion. Raises ModelError."""

    def __call__(self, request: ModelRequest, dialect: Dialect, *, timeout_seconds: float) -> Any: ...


def road_of(connection: ModelConnection) -> Road:
    return openai_wire.complete if is_direct(connection) else litellm_road.complete


def is_direct(connection: ModelConnection) -> bool:
    """Return whether the model is called without LiteLLM."""
    if settings.LLM_TRANSPORT == "auto":
        return _speaks_chat_completions(connection)
    return bool(settings.LLM_TRANSPORT == "direct")


def _speaks_chat_completions(connection: ModelConnection) -> bool:
    if connection.provider in COMPATIBLE:
        return bool(connection.api_base)
    if connection.provider not in SPEAK_CHAT_COMPLETIONS or connection.name.startswith("responses/"):
        return False
    if connection.provider == "azure" and not openai_wire.has_key(connection):
        return False  # LiteLLM knows the other ways of signing in
    return bool(connection.api_base) or entry_of(connection.model).get("mode") != "responses"
