"""A model is asked in the way that its server takes, which is declared or learned from refusals."""

from typing import Any

import pytest
from django.conf import settings as settings_of_django
from django.test import Client
from pytest_django.fixtures import Settings

from inference.catalogue import approved_model, enter_operator_models
from inference.connections import ModelConnection
from inference.gateway.dialects import AnswerFormat, Dialect, Dialects, Parameter, declared_dialect
from inference.models import ModelCatalogEntry
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_key, unique_name
from tests.support.provider import Reply, ScriptedProvider, refused
from usage.models import LLMCall

BODY = {"feedback_record": {"id": "1", "content": "The clinic is closed."}}


@pytest.fixture
def client(provider: ScriptedProvider, tenant: Tenant, settings: Settings) -> Client:
    """A client of a model that nobody has called yet."""
    settings.LLM_MODEL = unique_name("openai/lacking").replace(" ", "-")
    settings.LLM_API_BASE, settings.LLM_API_KEY = provider.base_url, "sk-scripted"
    enter_operator_models()
    return Client(headers={"Authorization": f"Bearer {new_key(tenant)}"})


def summarize(client: Client) -> Any:
    return client.post("/v1/summarize", BODY, content_type="application/json")


def attempts_of(tenant: Tenant) -> list[tuple[str, int, str]]:
    with tenant_scope(tenant.id):
        return list(LLMCall.objects.order_by("created_at", "id").values_list("step", "attempt", "status"))


@pytest.mark.parametrize("transport", ["direct", "litellm"])
@pytest.mark.parametrize(
    ("lacks", "attempts"),
    [
        ({"json_schema"}, 2),
        ({"json_schema", "json_object"}, 3),
        ({"max_tokens"}, 2),
        ({"temperature"}, 2),
        ({"max_tokens", "temperature", "json_schema", "json_object"}, 5),
    ],
)
def test_a_server_that_lacks_a_parameter_is_asked_without_it_and_that_is_remembered(
    client: Client,
    provider: ScriptedProvider,
    tenant: Tenant,
    settings: Settings,
    transport: str,
    lacks: set[str],
    attempts: int,
) -> None:
    settings.LLM_TRANSPORT = transport
    provider.lack(*lacks)
    assert summarize(client).status_code == 200
    first = attempts_of(tenant)
    assert first == [
        *(("summarize", number, "error") for number in range(1, attempts)),
        ("summarize", attempts, "ok"),
        ("judge", 1, "ok"),
    ]
    assert len(provider.requests) == len(first), "a row for each request"
    assert summarize(client).status_code == 200
    assert attempts_of(tenant)[len(first) :] == [("summarize", 1, "ok"), ("judge", 1, "ok")]


def test_a_server_that_takes_no_way_at_all_is_given_up(
    client: Client, provider: ScriptedProvider, tenant: Tenant
) -> None:
    provider.lack("max_tokens", "max_completion_tokens")
    answer = summarize(client)
    assert answer.status_code == 502
    assert answer.json()["error"]["details"] == {"reason": "unsupported_request"}
    assert len(provider.requests) == 2


def test_a_limit_that_is_too_high_is_not_a_parameter_that_is_not_taken(
    client: Client, provider: ScriptedProvider
) -> None:
    too_large = "max_tokens is too large: 4096. This model supports at most 2048 completion tokens."
    provider.enqueue(*[refused(400, "invalid_value", too_large, param="max_tokens")] * 3)
    assert summarize(client).status_code == 502
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model."}},
        {"error": {"code": "unsupported_parameter", "param": "max_tokens", "message": ""}},
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_tokens"], "msg": "Extra inputs not permitted"}]},
        {"object": "error", "message": "unknown field max_tokens"},
    ],
)
def test_servers_say_in_different_words_what_they_do_not_take(
    client: Client, provider: ScriptedProvider, error: dict[str, Any]
) -> None:
    provider.enqueue(Reply(status=400, error=error))
    assert summarize(client).status_code == 200
    first, second, _ = provider.requests
    assert "max_tokens" in first.body
    assert second.body["max_completion_tokens"] == 4096
    assert "max_tokens" not in second.body


@pytest.mark.parametrize("model", ["openai/gpt-5", "azure/gpt-5", "openai/o3-mini"])
def test_a_reasoning_model_of_the_table_has_no_temperature_and_another_limit(model: str) -> None:
    dialect = declared_dialect(ModelConnection(model))
    assert (dialect.token_limit, dialect.has_temperature) == ("max_completion_tokens", False)


def test_the_catalogue_says_what_a_deployment_runs(client: Client, provider: ScriptedProvider) -> None:
    with tenant_scope(PLATFORM_TENANT_ID):
        entry = ModelCatalogEntry.objects.get(name=settings_of_django.LLM_MODEL)
        entry.metadata |= {"base_model": "azure/gpt-5"}
        entry.save()
    approved_model.cache_clear()
    assert summarize(client).status_code == 200
    for request in provider.requests:
        assert request.body["max_completion_tokens"] == 4096
        assert not {"max_tokens", "temperature"} & request.body.keys()


def test_a_deployment_is_asked_as_the_base_model_that_the_catalogue_names() -> None:
    assert declared_dialect(ModelConnection("azure/our-deployment")) == Dialect()
    named = ModelConnection("azure/our-deployment", base_model="azure/gpt-5")
    assert declared_dialect(named) == declared_dialect(ModelConnection("azure/gpt-5"))


@pytest.mark.parametrize("model", ["openai/gpt-4o", "azure/gpt-4o", "openai/nobody-knows", "hosted_vllm/gpt-5"])
def test_other_models_are_asked_as_usual(model: str) -> None:
    assert declared_dialect(ModelConnection(model)) == Dialect()


def test_what_two_threads_are_told_at_once_is_learned_once() -> None:
    dialects, connection = Dialects(), ModelConnection("openai/any", api_base="http://127.0.0.1:9/v1")
    sent = dialects.of(connection)
    assert dialects.learn(connection, sent=sent, refused=Parameter.ANSWER_FORMAT)
    assert dialects.learn(connection, sent=sent, refused=Parameter.ANSWER_FORMAT)
    assert dialects.of(connection).answer_format is AnswerFormat.JSON_OBJECT


def test_what_was_learned_is_of_one_address() -> None:
    dialects = Dialects()
    one, other = (ModelConnection("openai/any", api_base=f"http://127.0.0.{last}/v1") for last in (1, 2))
    dialects.learn(one, sent=dialects.of(one), refused=Parameter.TEMPERATURE)
    assert dialects.of(other).has_temperature
