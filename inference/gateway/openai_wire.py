"""Call servers of OpenAI's chat-completions protocol directly: OpenAI, Azure, vLLM, Ollama and others.

The request is built once, and the answer is read in pieces against one absolute clock. Addresses and keys default to
the environment variables that LiteLLM reads.
"""

import atexit
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from inference.connections import ModelConnection
from inference.errors import ModelTimedOut, ModelUnreachable, UnreadableAnswer
from inference.gateway.calls import ModelRequest
from inference.gateway.chat import chat_parameters
from inference.gateway.completions import parse_completion
from inference.gateway.dialects import Dialect
from inference.gateway.refusals import refusal_of
from tenants.outgoing.addresses import ChosenBy
from tenants.outgoing.clocks import Clock
from tenants.outgoing.errors import AddressRefused, BodyUnreadable, OutOfTime, Unreachable
from tenants.outgoing.exchange import HttpClient
from tenants.outgoing.targets import Target, target_of

USUAL_BASES = {
    "openai": "https://api.openai.com/v1",
    "ollama": "http://localhost:11434",
    "ollama_chat": "http://localhost:11434",
}
BASE_VARIABLES = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    "azure": ("AZURE_API_BASE",),
    "hosted_vllm": ("HOSTED_VLLM_API_BASE",),
    "ollama": ("OLLAMA_API_BASE",),
    "ollama_chat": ("OLLAMA_API_BASE",),
    "openai_like": ("OPENAI_LIKE_API_BASE",),
    "custom_openai": ("OPENAI_LIKE_API_BASE",),
}
KEY_VARIABLES = {"azure": ("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"), "custom_openai": ("OPENAI_LIKE_API_KEY",)}
AZURE_API_VERSION = "2025-02-01-preview"  # LiteLLM's default
COMPLETIONS = "/chat/completions"
USUAL_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "community-feedback",
}

_client = HttpClient(chosen_by=ChosenBy.OPERATOR)
atexit.register(_client.close)


@dataclass(frozen=True)
class Endpoint:
    """The address of a model. model: its name without the provider's prefix, as the server knows it."""

    target: Target
    model: str
    headers: dict[str, str] = field(repr=False)


def complete(request: ModelRequest, dialect: Dialect, *, timeout_seconds: float) -> Mapping[str, Any]:
    """Make one call and return the completion. Raises ModelError."""
    try:
        endpoint = endpoint_of(request.connection)
        answer = _client.post(
            endpoint.target,
            _body(endpoint.model, request, dialect),
            headers=endpoint.headers,
            clock=Clock(timeout_seconds),
            max_bytes=request.max_answer_bytes,
        )
    except OutOfTime:
        raise ModelTimedOut from None
    except Unreachable as unreachable:
        raise ModelUnreachable(was_sent=unreachable.was_sent) from None
    except AddressRefused:
        raise ModelUnreachable from None
    except BodyUnreadable as unreadable:
        if 200 <= unreadable.status < 300:
            raise UnreadableAnswer("body") from None
        raise refusal_of(unreadable.status, b"", Message()) from None
    if 200 <= answer.status < 300:
        return parse_completion(answer.body)
    raise refusal_of(answer.status, answer.body, answer.headers)


def _body(model: str, request: ModelRequest, dialect: Dialect) -> bytes:
    body = {"model": model, **chat_parameters(request, dialect)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


@lru_cache(maxsize=64)
def endpoint_of(connection: ModelConnection) -> Endpoint:
    """Return the address and headers of a model. Raises AddressRefused without an address."""
    provider = connection.provider
    base = connection.api_base or _first_set(BASE_VARIABLES.get(provider, ())) or USUAL_BASES.get(provider, "")
    key = _key_of(connection)
    headers = dict(USUAL_HEADERS)
    if key:
        headers |= {"api-key": key} if provider == "azure" else {"Authorization": f"Bearer {key}"}
    if provider == "azure":
        address = _azure_address(base.rstrip("/"), connection.name, connection.api_version)
    else:
        address = _address(base.rstrip("/"), provider)
    return Endpoint(target_of(address), connection.name, headers)


def _address(base: str, provider: str) -> str:
    if base.endswith(COMPLETIONS):
        return base
    if provider in {"ollama", "ollama_chat"} and not base.endswith("/v1"):
        base += "/v1"  # beside its own protocol
    return base + COMPLETIONS


def _azure_address(base: str, deployment: str, api_version: str) -> str:
    version = api_version or os.environ.get("AZURE_API_VERSION", "")
    if "/openai/v1" in base:  # versions are in the path there, unless it is a preview
        return base + COMPLETIONS + (f"?api-version={quote(version)}" if version in {"preview", "latest"} else "")
    if "/openai/deployments/" not in base:
        base = f"{base.removesuffix('/openai')}/openai/deployments/{quote(deployment, safe='')}"
    return f"{base}{COMPLETIONS}?api-version={quote(version or AZURE_API_VERSION)}"


def has_key(connection: ModelConnection) -> bool:
    return bool(_key_of(connection))


def _key_of(connection: ModelConnection) -> str:
    variables = KEY_VARIABLES.get(connection.provider, (f"{connection.provider.upper()}_API_KEY",))
    return (connection.api_key or _first_set(variables)).strip()


def _first_set(names: tuple[str, ...]) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
