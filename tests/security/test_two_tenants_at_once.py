"""Two tenants at once, in fan-out threads: nothing of one is asked, answered or booked as the other's."""

import itertools
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from coding.models import CodeAssignment, MissingCode
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_framework, new_key, new_tenant
from tests.support.provider import RecordedRequest, ScriptedProvider, echo
from tests.support.request_bodies import dated
from tests.support.web_server import WebServer
from usage.models import LLMCall

THREADS = 32
REQUESTS = 96
RECORDS = 4
MARKS = ("quartzside", "basaltside")
FRAMEWORK_V1 = {"types": [{"name": "T", "categories": [{"name": "C", "codes": [{"code_id": "c", "name": "N"}]}]}]}


def _request(mark: str, number: int, framework_id: str) -> tuple[str, dict[str, Any]]:
    """A request of which every text carries its tenant's mark, and every record a phone of its own."""
    texts = [f"The {mark} well {number}.{each} is dry, call 0711 {number:03d} {each:03d}." for each in range(RECORDS)]
    lists: dict[str, dict[str, Any]] = {
        "/v1/summarize": {"feedback_records": [dated(text) for text in texts], "prompt": f"Think of {mark}."},
        "/v1/detect-sensitive": {"feedback_items": [{"id": mark, "text": text} for text in texts]},
        "/v1/assign_codes": {
            "feedback_records": [{"id": mark, "content": text} for text in texts],
            "coding_framework": FRAMEWORK_V1,
        },
        "/v1/assign-codes": {
            "feedback_record": {"id": mark, "content": texts[0]},
            "framework_id": framework_id,
            "strategy": "one_shot",
        },
    }
    path = list(lists)[number % len(lists)]
    return path, lists[path]


def _answer(request: RecordedRequest) -> Any:
    """Echo; every other coding over a whole framework finds no code, which is stored as a missing code."""
    if "missing" in request.asked_properties and request.number % 2:
        return {"codes": [], "missing": "New"}
    return echo(request)


def test_nothing_of_one_tenant_is_asked_answered_or_booked_as_another_s(
    server: WebServer, provider: ScriptedProvider, client_for: Callable[..., httpx.Client], database: None
) -> None:
    tenants = [new_tenant(prompt_note=f"A note for {mark}.") for mark in MARKS]
    clients = [client_for(server, new_key(tenant)) for tenant in tenants]
    frameworks = [str(new_framework(tenant).framework_id) for tenant in tenants]
    provider.answer_with(_answer)
    provider.delay_seconds = 0.01

    def ask(number: int) -> httpx.Response:
        side = number % 2
        path, body = _request(MARKS[side], number // 2, frameworks[side])
        return clients[side].post(path, json=body)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, range(REQUESTS)))

    assert Counter(answer.status_code for answer in answers) == {200: REQUESTS}
    for number, answer in enumerate(answers):
        assert MARKS[(number + 1) % 2] not in answer.text
        phones = {int(found) for found in re.findall(r"0711 (\d{3}) \d{3}", answer.text)}
        assert phones <= {number // 2}
    seen = Counter(frozenset(mark for mark in MARKS if mark in prompt) for prompt in provider.prompts())
    assert set(seen) == {frozenset([mark]) for mark in MARKS}

    for side, tenant in enumerate(tenants):
        expected = {answer.headers["X-Request-ID"] for answer in answers[side::2]}
        with tenant_scope(tenant.id):
            rows = list(LLMCall.objects.values_list("call_id", "tenant_id"))
            assert {str(call_id) for call_id, _ in rows} == expected
            assert {owner for _, owner in rows} == {tenant.id}
            assert len(rows) == seen[frozenset([MARKS[side]])]
            stored = [*CodeAssignment.objects.values_list("reason", "record_reference")]
            kept = [*MissingCode.objects.values_list("text", "proposed_name")]
        assert stored
        assert kept
        assert MARKS[1 - side] not in str([stored, kept])


def test_one_tenant_s_failure_in_a_thread_leaves_no_scope_for_the_next(
    api: httpx.Client,
    provider: ScriptedProvider,
    tenant: Tenant,
    other_tenant: Tenant,
    other_key: str,
    server: WebServer,
    client_for: Callable[..., httpx.Client],
) -> None:
    """Fan-out threads that end in an error, then another tenant on the same process and pool."""
    other = client_for(server, other_key)
    answers = itertools.count()
    provider.answer_with(lambda request: "no answer" if next(answers) % 3 == 0 else None)
    body = _request(MARKS[0], 1, "")[1]
    failed = [api.post("/v1/detect-sensitive", json=body).status_code for _ in range(3)]
    provider.answer_with(None)
    assert set(failed) <= {200, 502}
    assert other.post("/v1/detect-sensitive", json=body).status_code == 200
    usage = other.get("/v1/usage").json()
    assert (usage["total_calls"], usage["llm_call_stats"]["total_calls"]) == (1, RECORDS)
