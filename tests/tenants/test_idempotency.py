"""Idempotency-Key over the real server: worked on once, answered twice."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from tenants.models import IdempotentRequest, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_key, unique_name
from tests.support.provider import ScriptedProvider, server_error
from tests.support.web_server import WebServer

ClientFor = Callable[..., httpx.Client]
CONTENT = "The water point in the north has been dry for a week."


def summarize(client: httpx.Client, key: str, content: str = CONTENT, **more: Any) -> httpx.Response:
    body = {"feedback_record": {"id": "r1", "content": content}} | more
    return client.post("/v1/summarize", json=body, headers={"Idempotency-Key": key})


def claims_of(tenant: Tenant) -> list[IdempotentRequest]:
    with tenant_scope(tenant.id):
        return list(IdempotentRequest.objects.all())


def test_the_same_request_twice_is_answered_byte_for_byte_and_costs_once(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    key = unique_name("key")
    first = summarize(api, key)
    calls = len(provider.requests)
    again = summarize(api, key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Idempotency-Original-Request-ID"] == first.headers["X-Request-ID"]
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert "Idempotency-Replayed" not in first.headers
    assert len(provider.requests) == calls > 0


def test_both_forms_of_the_address_are_one_request(api: httpx.Client) -> None:
    key = unique_name("key")
    first = summarize(api, key)
    again = api.post("/v1/summarize/", content=first.request.content, headers=first.request.headers)
    assert again.headers.get("Idempotency-Replayed") == "true"


def test_another_body_is_refused(api: httpx.Client) -> None:
    key = unique_name("key")
    summarize(api, key)
    refused = summarize(api, key, content="Something else")
    assert refused.status_code == 422
    assert "idempotency_key_reused" in refused.text
    assert summarize(api, key).headers["Idempotency-Replayed"] == "true"


def test_a_validation_error_is_kept_too(api: httpx.Client) -> None:
    key = unique_name("key")
    first = api.post("/v1/summarize", json={"feedback_record": {"id": 1}}, headers={"Idempotency-Key": key})
    again = api.post("/v1/summarize", json={"feedback_record": {"id": 1}}, headers={"Idempotency-Key": key})
    assert first.status_code == again.status_code == 422
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"


def test_an_error_that_may_pass_is_not_kept(api: httpx.Client, provider: ScriptedProvider) -> None:
    key = unique_name("key")
    provider.fail_every(1, failure=server_error())
    assert summarize(api, key).status_code == 502
    provider.reset()
    succeeded = summarize(api, key)
    assert succeeded.status_code == 200
    assert "Idempotency-Replayed" not in succeeded.headers


def test_the_second_is_a_conflict_while_the_first_is_running(api: httpx.Client, provider: ScriptedProvider) -> None:
    key = unique_name("key")
    provider.delay_seconds = 1.0
    answers: list[httpx.Response] = []
    first = threading.Thread(target=lambda: answers.append(summarize(api, key)))
    first.start()
    provider.wait_for_requests(1)
    assert summarize(api, key).status_code == 409
    first.join()
    assert answers[0].status_code == 200
    assert summarize(api, key).content == answers[0].content


def test_many_at_once_are_worked_on_once(api: httpx.Client, provider: ScriptedProvider) -> None:
    key = unique_name("key")
    provider.delay_seconds = 0.3
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(summarize(api, key).status_code)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(answers)) == [200, 409]
    assert answers.count(200) == 1


def test_a_key_belongs_to_the_api_key_that_sent_it(
    tenant: Tenant, server: WebServer, provider: ScriptedProvider, client_for: ClientFor, other_key: str
) -> None:
    key = unique_name("key")
    clients = [client_for(server, text) for text in (new_key(tenant), new_key(tenant), other_key)]
    answers = [summarize(client, key) for client in clients]
    assert all(answer.status_code == 200 for answer in answers)
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)


def test_what_is_kept_cannot_be_read_at_rest(api: httpx.Client, tenant: Tenant) -> None:
    key = unique_name("key")
    answer = summarize(api, key).json()
    kept = claims_of(tenant)[0]
    stored = bytes(kept.response_encrypted or b"") + bytes(kept.body_digest) + bytes(kept.key_digest)
    for text in (answer["summary"], answer["title"], key, CONTENT):
        assert text.encode() not in stored
    assert kept.status == IdempotentRequest.Status.DONE
    assert kept.response_status == 200


def test_an_answer_is_kept_for_a_day(api: httpx.Client, tenant: Tenant) -> None:
    key = unique_name("key")
    first = summarize(api, key)
    with tenant_scope(tenant.id):
        kept = IdempotentRequest.objects.get()
        assert timedelta(hours=23) < kept.expires_at - timezone.now() <= timedelta(hours=24)
        IdempotentRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    again = summarize(api, key)
    assert again.status_code == 200
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert "Idempotency-Replayed" not in again.headers


@pytest.mark.parametrize("text", ["", "x" * 256])
def test_a_key_of_another_length_is_refused(text: str, api: httpx.Client) -> None:
    assert summarize(api, text).status_code == 422
    assert summarize(api, "x" * 255).status_code == 200
