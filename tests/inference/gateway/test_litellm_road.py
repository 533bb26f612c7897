"""Behaviour of the LiteLLM road only."""

import time

import pytest
from pytest_django.fixtures import Settings

from inference.gateway import attempt
from inference.gateway.roads import COMPATIBLE
from tests.support.gateway_requests import USER, new_connection, request_to
from tests.support.provider import ScriptedProvider


@pytest.fixture(autouse=True)
def road(settings: Settings) -> None:
    settings.LLM_TRANSPORT = "litellm"


def test_litellm_keeps_no_log_of_a_call(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = new_connection(provider)
    attempt(request_to(connection), timeout_seconds=30)  # loads LiteLLM as the gateway does
    import litellm  # noqa: PLC0415 (only after the gateway has told it to stay offline)

    logged: list[str] = []
    monkeypatch.setattr(litellm, "success_callback", [lambda kwargs, *_: logged.append(str(kwargs))])
    assert attempt(request_to(connection), timeout_seconds=30).text
    time.sleep(0.5)  # LiteLLM logs from a thread of its own
    assert logged == []

    messages = [{"role": "user", "content": USER}]
    litellm.completion("openai/scripted", messages, api_base=provider.base_url, api_key="sk-scripted")
    time.sleep(0.5)
    assert len(logged) == 1, "the callback would not have noticed"


def test_names_that_are_spoken_to_directly_are_ones_litellm_maps_to_the_same_protocol() -> None:
    from litellm import constants  # noqa: PLC0415 (as above)

    assert set(constants.openai_compatible_providers) >= COMPATIBLE
