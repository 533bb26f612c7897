"""Section 0: Idempotency-Key."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tenants.models import Tenant
from tests.support.envelope import error_of, fields_of, request_id_of
from tests.support.factories import new_key
from tests.support.provider import Reply, ScriptedProvider, unauthorized
from tests.support.request_bodies import one, question
from tests.support.web_server import WebServer

KEY = {"Idempotency-Key": "7c65f0dc-5f4b-4b1e"}


def test_the_same_request_twice_is_worked_on_once(api: httpx.Client, provider: ScriptedProvider) -> None:
    first = api.post("/v1/analyze-bulk", json=question("Dry."), headers=KEY)
    calls = len(provider.requests)
    second = api.post("/v1/analyze-bulk/", json=question("Dry."), headers=KEY)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.content == first.content
    assert len(provider.requests) == calls
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Idempotency-Original-Request-ID"] == first.json()["request_id"] == request_id_of(first)
    assert request_id_of(second) != request_id_of(first)
    assert "Idempotency-Replayed" not in first.headers


def test_another_body_is_422(api: httpx.Client) -> None:
    api.post("/v1/summarize", json=one(), headers=KEY)
    error_of(api.post("/v1/summarize", json=one("Other."), headers=KEY), 422, "idempotency_key_reused")


def test_a_key_is_bound_to_its_path_and_its_caller(
    api: httpx.Client,
    server: WebServer,
    client_for: Callable[..., httpx.Client],
    tenant: Tenant,
    other_key: str,
) -> None:
    api.post("/v1/summarize", json=one(), headers=KEY)
    others = [client_for(server, new_key(tenant)), client_for(server, other_key)]
    answers = [api.post("/v1/detect-sensitive", json=one(), headers=KEY)]
    answers += [other.post("/v1/summarize", json=one("Other."), headers=KEY) for other in others]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)


def test_while_the_first_is_running_the_second_is_409(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.delay_seconds = 0.7
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.post, "/v1/summarize", json=one(), headers=KEY)
        provider.wait_for_requests(1)
        error_of(api.post("/v1/summarize", json=one(), headers=KEY), 409, "conflict")
        assert first.result().status_code == 200


def test_a_422_is_kept_and_other_errors_are_not(failing: httpx.Client, provider: ScriptedProvider) -> None:
    first = failing.post("/v1/summarize", json={}, headers=KEY)
    again = failing.post("/v1/summarize", json={}, headers=KEY)
    assert again.status_code == 422
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    other = {"Idempotency-Key": "another"}
    provider.enqueue(unauthorized())
    error_of(failing.post("/v1/summarize", json=one(), headers=other), 502, "llm_error")
    assert failing.post("/v1/summarize", json=one(), headers=other).status_code == 200


def test_a_broken_body_may_be_sent_with_a_key(api: httpx.Client) -> None:
    for _ in range(2):
        answer = api.post("/v1/summarize", content=b"{", headers=KEY | {"Content-Type": "application/json"})
        assert fields_of_kept(answer) == {"body.1": "JSON decode error"}


def fields_of_kept(response: httpx.Response) -> dict[str, str]:
    """Issues of a kept answer, whose body has the first request's id."""
    assert response.status_code == 422
    return {entry["field"]: entry["issue"] for entry in response.json()["error"]["fields"]}


@pytest.mark.parametrize("sent", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(api: httpx.Client, sent: str) -> None:
    assert fields_of(api.post("/v1/summarize", json=one(), headers={"Idempotency-Key": sent}))


def test_a_key_of_255_characters_is_taken_and_a_large_body_is_still_413(api: httpx.Client) -> None:
    assert api.post("/v1/summarize", json=one(), headers={"Idempotency-Key": "x" * 255}).status_code == 200
    headers = KEY | {"Content-Type": "application/json"}
    error_of(api.post("/v1/summarize", content=b" " * (20 * 2**20 + 1), headers=headers), 413, "payload_too_large")


def test_a_replay_costs_nothing(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.answer_with(lambda request: Reply(content={"title": f"T{request.number}", "summary": "S"}))
    bodies = {api.post("/v1/summarize", json=one(), headers=KEY).text for _ in range(4)}
    assert len(bodies) == 1
