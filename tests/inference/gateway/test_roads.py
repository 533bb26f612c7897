"""Which models are spoken to directly, and where and with what."""

import os
import subprocess
import sys

import pytest
from pytest_django.fixtures import Settings

from inference.checks import check_transport
from inference.connections import ModelConnection
from inference.gateway import attempt
from inference.gateway.openai_wire import endpoint_of
from inference.gateway.roads import is_direct
from tests.support.gateway_requests import new_connection, request_to
from tests.support.provider import ScriptedProvider
from tests.support.web_server import REPOSITORY

KEY = "sk-of-a-test"
BASE = "https://models.example.org"


@pytest.mark.parametrize(
    ("model", "api_base", "expected"),
    [
        ("openai/gpt-4o", "", True),
        ("openai/any", BASE, True),
        ("azure/our-deployment", BASE, True),
        ("hosted_vllm/llama", BASE, True),
        ("ollama/llama3", "", True),
        ("ollama_chat/llama3", BASE, True),
        ("openai_like/any", BASE, True),
        ("groq/llama", BASE, True),
        ("groq/llama", "", False),
        ("anthropic/claude", BASE, False),
        ("bedrock/any", "", False),
        ("gemini/flash", "", False),
        ("openai/responses/gpt-5", "", False),
        ("openai/gpt-5-pro", "", False),
    ],
)
def test_by_itself_the_protocol_is_spoken_where_the_server_takes_it(model: str, api_base: str, expected: bool) -> None:
    assert is_direct(ModelConnection(model, api_base=api_base, api_key=KEY)) is expected


def test_azure_without_a_key_signs_in_through_litellm(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = ModelConnection("azure/any", api_base=BASE)
    assert not is_direct(connection)
    monkeypatch.setenv("AZURE_API_KEY", KEY)
    assert is_direct(connection)


@pytest.mark.parametrize(("transport", "expected"), [("direct", True), ("litellm", False)])
def test_the_operator_may_choose_the_road(settings: Settings, transport: str, expected: bool) -> None:
    settings.LLM_TRANSPORT = transport
    assert is_direct(ModelConnection("openai/any")) is expected


@pytest.mark.parametrize(
    ("transport", "model", "api_base", "ids"),
    [
        ("auto", "anthropic/claude", "", []),
        ("litellm", "anthropic/claude", "", []),
        ("direct", "openai/gpt-4o", "", []),
        ("direct", "offline/extractive", "", []),
        ("direct", "anthropic/claude", BASE, []),
        ("direct", "anthropic/claude", "", ["inference.E005"]),
        ("quick", "openai/gpt-4o", "", ["inference.E004"]),
    ],
)
def test_a_wrong_choice_fails_at_start(
    settings: Settings, transport: str, model: str, api_base: str, ids: list[str]
) -> None:
    settings.LLM_TRANSPORT, settings.LLM_MODEL, settings.LLM_API_BASE = transport, model, api_base
    assert [error.id for error in check_transport(None)] == ids


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        (ModelConnection("openai/gpt-4o"), "https://api.openai.com/v1/chat/completions"),
        (ModelConnection("openai/any", api_base=f"{BASE}/v1/"), f"{BASE}/v1/chat/completions"),
        (ModelConnection("openai/any", api_base=f"{BASE}/chat/completions"), f"{BASE}/chat/completions"),
        (ModelConnection("ollama/llama3"), "http://localhost:11434/v1/chat/completions"),
        (ModelConnection("ollama/llama3", api_base=f"{BASE}/v1"), f"{BASE}/v1/chat/completions"),
        (
            ModelConnection("azure/our deployment", api_base=f"{BASE}/", api_version="2024-10-21"),
            f"{BASE}/openai/deployments/our%20deployment/chat/completions?api-version=2024-10-21",
        ),
        (
            ModelConnection("azure/any", api_base=f"{BASE}/openai/deployments/one", api_version="2024-10-21"),
            f"{BASE}/openai/deployments/one/chat/completions?api-version=2024-10-21",
        ),
        (
            ModelConnection("azure/any", api_base=f"{BASE}/openai"),
            f"{BASE}/openai/deployments/any/chat/completions?api-version=2025-02-01-preview",
        ),
        (ModelConnection("azure/any", api_base=f"{BASE}/openai/v1/"), f"{BASE}/openai/v1/chat/completions"),
        (
            ModelConnection("azure/any", api_base=f"{BASE}/openai/v1", api_version="preview"),
            f"{BASE}/openai/v1/chat/completions?api-version=preview",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_has_its_address(connection: ModelConnection, address: str) -> None:
    target = endpoint_of(connection).target
    scheme = "https" if target.server.is_secure else "http"
    assert f"{scheme}://{target.authority}{target.request_target}" == address


def test_a_key_goes_into_the_header_that_its_server_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    of_azure = endpoint_of(ModelConnection("azure/any", api_base=BASE, api_key=f" {KEY}\n")).headers
    of_groq = endpoint_of(ModelConnection("groq/any", api_base=BASE)).headers
    of_vllm = endpoint_of(ModelConnection("hosted_vllm/any", api_base=BASE)).headers
    assert (of_azure["api-key"], "Authorization" in of_azure) == (KEY, False)
    assert of_groq["Authorization"] == f"Bearer {KEY}"
    assert not {"Authorization", "api-key"} & of_vllm.keys()
    assert KEY not in repr(endpoint_of(ModelConnection("azure/any", api_base=BASE, api_key=KEY)))


def test_a_deployment_of_azure_is_called(provider: ScriptedProvider) -> None:
    base = provider.base_url.removesuffix("/v1")
    connection = new_connection(provider, model="azure/ours", api_base=base, api_version="2024-10-21")
    assert attempt(request_to(connection), timeout_seconds=30).text
    (request,) = provider.requests
    assert request.path.startswith("/openai/deployments/ours/chat/completions")


def test_no_process_imports_litellm_for_a_model_that_is_spoken_to_directly(provider: ScriptedProvider) -> None:
    script = """
import sys, django; django.setup()
from inference import gateway
from inference.connections import generation_connection
from inference.prompting import RenderedPrompt
gateway.warm_up()
schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
request = gateway.ModelRequest(generation_connection(), RenderedPrompt("", "x"), "a", schema, 16)
assert gateway.attempt(request, timeout_seconds=30).text
print([name for name in ("litellm", "openai", "httpx") if name in sys.modules])
"""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "qfa_project.settings",
        "LLM_MODEL": "openai/scripted",
        "LLM_API_BASE": provider.base_url,
        "LLM_API_KEY": KEY,
    }
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY, env=environment, check=False
    )
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "[]", "")
