"""Many requests at once on the real server, and a provider that fails: every call is accounted, none is mixed up."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.provider import RecordedRequest, ScriptedProvider
from usage.models import CallStatus, LLMCall

CLIENTS = 32
LANDMARKS = [f"landmark{first}{second}" for first in "abcdefgh" for second in "klmn"]


def record(landmark: str) -> dict[str, object]:
    return {"id": landmark, "content": f"The well beside {landmark} has been dry since the flood."}


def analyze(api: httpx.Client, landmark: str) -> httpx.Response:
    body = {"feedback_records": [record(landmark)], "prompt": "What do people need?"}
    return api.post("/v1/analyze-bulk", json=body)


def summarize(api: httpx.Client, landmark: str) -> httpx.Response:
    return api.post("/v1/summarize", json={"feedback_record": record(landmark)})


def at_once(ask: Callable[[httpx.Client, str], httpx.Response], api: httpx.Client) -> list[httpx.Response]:
    """One request about each landmark, all at the same time; answers in the order of the landmarks."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(lambda landmark: ask(api, landmark), LANDMARKS))


def ledger_of(tenant: Tenant) -> list[LLMCall]:
    with tenant_scope(tenant.id):
        return list(LLMCall.objects.all())


def calls_about(landmark: str, calls: Sequence[RecordedRequest]) -> list[RecordedRequest]:
    return [call for call in calls if landmark in call.prompt]


def test_request_ids_are_distinct_and_the_same_in_header_body_and_ledger(
    api: httpx.Client, tenant: Tenant, provider: ScriptedProvider
) -> None:
    provider.delay_seconds = 0.05
    answers = at_once(analyze, api)
    assert Counter(answer.status_code for answer in answers) == {200: CLIENTS}
    in_headers = [answer.headers["X-Request-ID"] for answer in answers]
    assert len(set(in_headers)) == CLIENTS
    assert {uuid.UUID(request_id).version for request_id in in_headers} == {4}
    assert [answer.json()["request_id"] for answer in answers] == in_headers
    assert {str(row.call_id) for row in ledger_of(tenant)} == set(in_headers)


def test_the_ledger_agrees_with_the_provider_call_by_call_while_every_fifth_call_fails(
    api: httpx.Client, tenant: Tenant, provider: ScriptedProvider
) -> None:
    provider.fail_every(5)
    answers = at_once(summarize, api)
    assert sum(answer.status_code == 200 for answer in answers) >= 0.9 * CLIENTS
    rows = ledger_of(tenant)
    assert len(rows) == len(provider.requests)
    for landmark, answer in zip(LANDMARKS, answers, strict=True):
        request_id = answer.headers["X-Request-ID"]
        of_request = [row for row in rows if str(row.call_id) == request_id]
        made = calls_about(landmark, provider.requests)
        assert Counter(row.status for row in of_request) == Counter(
            CallStatus.OK if call.answered else CallStatus.ERROR for call in made
        )
        billed = sorted((call.usage.input_tokens, call.usage.output_tokens) for call in made if call.usage)
        written = [(row.input_tokens, row.output_tokens) for row in of_request if row.status == CallStatus.OK]
        assert sorted(written) == billed


def test_usage_counts_invocations_and_calls_as_the_provider_does(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.fail_every(5)
    answers = at_once(summarize, api)
    usage = api.get("/v1/usage").raise_for_status().json()
    calls = usage["llm_call_stats"]
    assert usage["total_calls"] == CLIENTS
    assert usage["failed_calls"] == sum(answer.status_code != 200 for answer in answers)
    assert calls["total_calls"] == len(provider.requests)
    assert calls["failed_calls"] == len(provider.requests) - len(provider.answered)
    for counted in (usage, calls):
        assert counted["input_tokens"]["total"] == sum(
            call.usage.input_tokens for call in provider.answered if call.usage
        )
        assert counted["output_tokens"]["total"] == sum(
            call.usage.output_tokens for call in provider.answered if call.usage
        )


@pytest.mark.parametrize("path", ["/v1/summarize", "/v1/detect-sensitive"])
def test_a_provider_that_comes_back_is_used_again(api: httpx.Client, provider: ScriptedProvider, path: str) -> None:
    provider.fail_every(1)
    assert api.post(path, json={"feedback_record": record("landmark")}).status_code == 502
    provider.reset()
    assert api.post(path, json={"feedback_record": record("landmark")}).status_code == 200
