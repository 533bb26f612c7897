"""Section 8 on a server whose limits are low: deadlines, the breaker, shedding; and what large bodies may take."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import httpx
import pytest

from bench.attack import ATTACKS, Attack, send
from bench.processes import megabytes_proportional
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.envelope import error_of
from tests.support.limits import ATTEMPT_SECONDS, DEADLINE_SECONDS
from tests.support.provider import Reply, ScriptedProvider, hang, reset_connection, server_error, trickle
from tests.support.provider.wire import serving
from tests.support.request_bodies import many, one, question
from tests.support.web_server import WebServer, free_port
from usage.models import LLMCall

LEAST_ATTEMPT_SECONDS = 10
BREAKER_ATTEMPTS = 20
OPEN_SECONDS = 2.0
MEBIBYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}


def rows_count(tenant: Tenant) -> int:
    with tenant_scope(tenant.id):
        return LLMCall.objects.count()


@pytest.mark.parametrize("reply", [hang(), trickle(seconds_per_byte=0.2)], ids=["hangs", "trickles"])
def test_a_provider_that_never_finishes_is_504_while_there_is_time_to_say_so(
    limited: httpx.Client, provider: ScriptedProvider, tenant: Tenant, reply: Reply
) -> None:
    provider.enqueue(*[reply] * 5)
    started = time.monotonic()
    error = error_of(limited.post("/v1/summarize", json=one()), 504, "analysis_timeout")
    took = time.monotonic() - started
    assert error["message"] == "Insufficient time remaining"
    assert ATTEMPT_SECONDS <= took < DEADLINE_SECONDS
    assert took <= DEADLINE_SECONDS - LEAST_ATTEMPT_SECONDS + ATTEMPT_SECONDS + 1
    assert rows_count(tenant) == len(provider.requests) >= 1
    with tenant_scope(tenant.id):
        assert set(LLMCall.objects.values_list("status", flat=True)) == {"unknown"}


def test_a_judge_that_hangs_leaves_the_answer_without_a_score(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    provider.answer_with(lambda request: hang() if "faithfulness" in request.asked_properties else None)
    answer = limited.post("/v1/analyze-bulk", json=question("The pump is dry."))
    assert answer.status_code == 200
    assert answer.json()["quality_score"] is None


def test_a_retry_after_that_leaves_too_little_time_is_not_waited_for(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    provider.enqueue(*[Reply(status=429, headers={"Retry-After": "8"})] * 3)
    started = time.monotonic()
    response = limited.post("/v1/summarize", json=one())
    assert response.status_code in {429, 504}
    assert time.monotonic() - started < 4


def test_the_surplus_is_shed_at_once_and_health_still_answers(
    limited: httpx.Client, provider: ScriptedProvider, tenant: Tenant
) -> None:
    provider.delay_seconds = 1.0
    with ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(limited.post, "/v1/summarize", json=one()) for _ in range(2)]
        provider.wait_for_requests(2)
        shed = [limited.post("/v1/detect-sensitive", json=one()) for _ in range(5)]
        health = limited.get("/v1/health")
        finished = [each.result() for each in taken]
    for response in shed:
        error_of(response, 503, "overloaded")
        assert int(response.headers["Retry-After"]) >= 1
    assert min(response.elapsed.total_seconds() for response in shed) < 0.05
    assert health.status_code == 200
    assert [response.status_code for response in finished] == [200, 200]
    assert rows_count(tenant) == 4


@pytest.fixture
def full(limited: httpx.Client, provider: ScriptedProvider) -> Iterator[httpx.Client]:
    """A client of a server whose slots are all taken, for three seconds."""
    provider.delay_seconds = 3.0
    with ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(limited.post, "/v1/summarize", json=one()) for _ in range(2)]
        provider.wait_for_requests(2)
        yield limited
        provider.delay_seconds = 0.0
        assert [each.result().status_code for each in taken] == [200, 200]


def test_the_surplus_is_shed_before_its_key_is_looked_up(full: httpx.Client) -> None:
    nobody = {"Authorization": "Bearer qfa_unknown"}
    for path in ("/v1/summarize", "/v1/summarize/", "/v1/assign_codes", "/v1/analyze-bulk"):
        response = full.post(path, json=one(), headers=nobody)
        error_of(response, 503, "overloaded")
        assert int(response.headers["Retry-After"]) >= 1
    error_of(full.get("/v1/usage", headers=nobody), 401, "authentication_required")
    error_of(full.post("/v1/admin/tenants", json={}, headers=nobody), 401, "authentication_required")


def test_a_shed_request_is_answered_before_its_body_has_come(full: httpx.Client) -> None:
    with socket.create_connection((full.base_url.host, full.base_url.port or 80), timeout=2) as connection:
        connection.sendall(b"POST /v1/summarize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n")
        head = connection.recv(4096)
    assert head.startswith(b"HTTP/1.1 503")
    assert b"connection: close" in head.lower()


@pytest.mark.parametrize(("size", "is_closed"), [(100, False), (60_000, False), (3 * MEBIBYTE, True)])
def test_a_body_that_is_not_read_does_not_break_the_connection(full: httpx.Client, size: int, is_closed: bool) -> None:
    connection = HTTPConnection(full.base_url.host, full.base_url.port or 80, timeout=5)
    connection.request("POST", "/v1/summarize", body=large(size), headers=JSON)
    answer = connection.getresponse()
    assert answer.status == 503
    assert json.loads(answer.read())["error"]["code"] == "overloaded"
    assert (answer.getheader("Connection") == "close") is is_closed
    connection.request("GET", "/v1/health")
    assert connection.getresponse().status == 200
    connection.close()


def large(size: int) -> bytes:
    """A valid body of about this many bytes."""
    return json.dumps(one(note="x" * size)).encode()


def test_large_bodies_are_admitted_a_few_at_a_time_and_small_ones_at_once(
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    provider: ScriptedProvider,
    key: str,
) -> None:
    api = client_for(start_server(LARGE_BODIES_MEGABYTES="3"), key)
    provider.delay_seconds = 8.0
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(api.post, "/v1/detect-sensitive", content=large(2 * MEBIBYTE), headers=JSON)
        provider.wait_for_requests(1)
        second = pool.submit(api.post, "/v1/detect-sensitive", content=large(2 * MEBIBYTE), headers=JSON)
        provider.delay_seconds = 0.0
        assert api.post("/v1/detect-sensitive", json=one()).status_code == 200
        refused = second.result()
        assert first.result().status_code == 200
    error_of(refused, 503, "overloaded")
    assert int(refused.headers["Retry-After"]) >= 1
    assert 4 < refused.elapsed.total_seconds() < 8
    assert api.post("/v1/detect-sensitive", content=large(2 * MEBIBYTE), headers=JSON).status_code == 200


def test_a_large_body_that_comes_slowly_takes_no_room(
    start_server: Callable[..., WebServer], client_for: Callable[..., httpx.Client], key: str
) -> None:
    server = start_server(LARGE_BODIES_MEGABYTES="3")
    head = (
        f"POST /v1/detect-sensitive HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {3 * MEBIBYTE}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(head.encode() + b'{"x":"' + b"x" * 2 * MEBIBYTE)
        time.sleep(0.5)
        answer = client_for(server, key).post("/v1/detect-sensitive", content=large(2 * MEBIBYTE), headers=JSON)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() < 4


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_bodies_made_to_cost_leave_others_their_answers_and_memory_comes_back(
    api: httpx.Client, server: WebServer, superuser_key: str, attack: Attack
) -> None:
    body = attack.body(3 * MEBIBYTE)
    assert api.post("/v1/detect-sensitive", json=one()).status_code == 200
    before = sum(megabytes_proportional(server.web_pids()))
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(send, server.port, superuser_key, attack.path, body) for _ in range(6)]
        honest = []
        while not all(each.done() for each in waiting):
            honest.append(api.post("/v1/detect-sensitive", json=one()))
    answers = [each.result() for each in waiting]
    assert {status for status, _ in answers} <= attack.statuses | {"503"}
    assert all(length < 25_000 for status, length in answers if status != "200")
    assert {answer.status_code for answer in honest} == {200}
    assert max(answer.elapsed.total_seconds() for answer in honest) < 5
    deadline = time.monotonic() + 20
    while (after := sum(megabytes_proportional(server.web_pids()))) > before + 150 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert after < before + 150


def test_a_provider_that_cannot_be_reached_is_502_and_the_breaker_opens_at_20_attempts(
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    provider: ScriptedProvider,
    tenant: Tenant,
    key: str,
) -> None:
    port = free_port()
    lonely = client_for(start_server(LLM_API_BASE=f"http://127.0.0.1:{port}/v1"), key)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: lonely.post("/v1/detect-sensitive", json=one()), range(10)))
    for answer in answers:
        error_of(answer, 502, "llm_error")
    attempts = rows_count(tenant)
    assert BREAKER_ATTEMPTS <= attempts < BREAKER_ATTEMPTS + 5

    refused = lonely.post("/v1/detect-sensitive", json=one())
    error_of(refused, 502, "llm_error")
    assert refused.elapsed.total_seconds() < 0.5
    assert rows_count(tenant) == attempts, "a refused call makes no attempt row"

    time.sleep(OPEN_SECONDS)
    assert lonely.post("/v1/detect-sensitive", json=one()).status_code == 502
    assert rows_count(tenant) == attempts + 1, "half open: one attempt tries"

    time.sleep(OPEN_SECONDS)
    with serving(ScriptedProvider(), port=port) as back:
        assert lonely.post("/v1/detect-sensitive", json=one()).status_code == 200
        assert lonely.post("/v1/detect-sensitive", json=one()).status_code == 200
        assert len(back.requests) == 2


def test_unusable_answers_and_refusals_never_open_the_breaker(
    limited: httpx.Client, provider: ScriptedProvider
) -> None:
    for reply in (Reply(content="no"), Reply(status=400), Reply(status=429, headers={"Retry-After": "60"})):
        provider.enqueue(*[reply] * 24)
        for _ in range(12):
            assert limited.post("/v1/detect-sensitive", json=one()).status_code in {429, 502}
        provider.reset()
    assert limited.post("/v1/detect-sensitive", json=one()).status_code == 200


def test_nine_of_ten_requests_survive_every_fifth_call_failing(api: httpx.Client, provider: ScriptedProvider) -> None:
    for failure in (server_error(), reset_connection()):
        provider.fail_every(5, failure=failure)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: api.post("/v1/summarize-bulk", json=many("Dry.")), range(30)))
        assert sum(answer.status_code == 200 for answer in answers) >= 27
        provider.reset()
