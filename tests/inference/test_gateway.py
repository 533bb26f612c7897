import time

import pytest
from pytest_django.fixtures import Settings

from inference.connections import ModelConnection
from inference.gateway import ModelRequest, attempt, warm_up
from inference.prompting import RenderedPrompt
from tests.support.provider import ScriptedProvider

TEXT = "The pump of the northern camp is broken."


def test_litellm_keeps_no_log_of_a_call(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LLM_MODEL = "openai/scripted"
    warm_up()  # loads LiteLLM as the gateway does
    import litellm  # noqa: PLC0415 (only after the gateway has told it to stay offline)

    logged: list[str] = []
    monkeypatch.setattr(litellm, "success_callback", [lambda kwargs, *_: logged.append(str(kwargs))])
    connection = ModelConnection("openai/scripted", api_base=provider.base_url, api_key="sk-scripted")
    request = ModelRequest(connection, RenderedPrompt("Rules.", TEXT), "answer", {"properties": {}}, 16)
    assert attempt(request, timeout_seconds=30).text
    time.sleep(0.5)  # LiteLLM logs from a thread of its own
    assert logged == []

    messages = [{"role": "user", "content": TEXT}]
    litellm.completion("openai/scripted", messages, api_base=provider.base_url, api_key="sk-scripted")
    time.sleep(0.5)
    assert len(logged) == 1, "the callback would not have noticed"
