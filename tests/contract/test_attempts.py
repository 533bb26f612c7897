"""Section 8: attempts at the provider, what each leaves in the ledger, and what the caller is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import httpx
import pytest

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.envelope import error_of
from tests.support.provider import (
    Reply,
    ScriptedProvider,
    empty_choices,
    invalid_json,
    rate_limited,
    reset_connection,
    server_error,
    truncated_json,
    unauthorized,
)
from tests.support.request_bodies import one
from tests.support.web_server import WebServer
from usage.models import LLMCall

PASSING = {
    "500": server_error(),
    "502": server_error(502),
    "503": server_error(503),
    "408": Reply(status=408),
    "reset": reset_connection(),
    "rate limit": rate_limited(retry_after="0"),
    "rate limit without a wait": rate_limited(retry_after=None),
    "truncated": truncated_json(),
    "html": invalid_json(),
    "empty choices": empty_choices(),
    "no text": Reply(content=""),
    "blank text": Reply(content="  \n"),
    "not json": Reply(content="I am sorry, I cannot do that."),
    "wrong shape": Reply(content={"headline": "x"}),
    "wrong type": Reply(content={"title": 1, "summary": ["x"]}),
    "cut off": Reply(content='{"title": "T", "summa', finish_reason="length"),
    "5000 digits": Reply(content='{"title": "T", "summary": ' + "9" * 5000 + "}"),
    "deep": Reply(content="[" * 20_000),
}
UNUSABLE = ("empty choices", "no text", "blank text", "not json", "wrong shape", "wrong type", "cut off", "deep")
TRANSPORT = ("500", "502", "503", "408", "reset")


def rows(tenant: Tenant) -> list[LLMCall]:
    with tenant_scope(tenant.id):
        return list(LLMCall.objects.order_by("created_at", "id"))


def statuses(found: Sequence[LLMCall]) -> list[tuple[str, int, str]]:
    return [(row.step, row.attempt, row.status) for row in found]


@pytest.mark.parametrize("how", list(PASSING))
def test_a_failure_that_passes_is_tried_again(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, how: str
) -> None:
    provider.enqueue(PASSING[how])
    response = failing.post("/v1/summarize", json=one())
    assert response.status_code == 200
    found = rows(tenant)
    assert statuses(found) == [("summarize", 1, "error"), ("summarize", 2, "ok"), ("judge", 1, "ok")]
    assert {str(row.call_id) for row in found} == {response.headers["X-Request-ID"]}


@pytest.mark.parametrize("how", TRANSPORT)
def test_after_three_attempts_the_caller_gets_502(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, how: str
) -> None:
    provider.enqueue(*[PASSING[how]] * 5)
    error = error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert error["fields"] is None
    assert len(provider.requests) == 3
    assert statuses(rows(tenant)) == [("summarize", number, "error") for number in (1, 2, 3)]


@pytest.mark.parametrize("how", UNUSABLE)
def test_an_unusable_answer_is_asked_for_once_more_and_then_502(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, how: str
) -> None:
    provider.enqueue(*[PASSING[how]] * 5)
    error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert len(provider.requests) == 2
    found = rows(tenant)
    assert statuses(found) == [("summarize", 1, "error"), ("summarize", 2, "error")]
    assert all(row.input_tokens > 0 for row in found), "a billed answer keeps its tokens"


@pytest.mark.parametrize("how", ["truncated", "html"])
def test_a_broken_body_ends_in_502(failing: httpx.Client, provider: ScriptedProvider, how: str) -> None:
    provider.enqueue(*[PASSING[how]] * 5)
    error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert len(provider.requests) in {2, 3}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_502_at_once(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, status: int
) -> None:
    provider.enqueue(*[Reply(status=status)] * 3)
    error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert len(provider.requests) == 1
    (row,) = rows(tenant)
    assert (row.status, row.input_tokens, row.cost_usd) == ("error", 0, Decimal(0))


def test_an_attempt_that_succeeds_has_what_the_provider_billed(
    api: httpx.Client, provider: ScriptedProvider, tenant: Tenant
) -> None:
    api.post("/v1/summarize", json=one())
    billed = [(call.usage.input_tokens, call.usage.output_tokens) for call in provider.requests if call.usage]
    found = rows(tenant)
    assert [(row.input_tokens, row.output_tokens) for row in found] == billed
    assert all(row.operation == "summarize" and row.records_count == 1 for row in found)
    assert all(row.latency_seconds > 0 and row.price_unknown for row in found)


@pytest.mark.parametrize(
    ("retry_after", "told"),
    [
        (None, 30),
        ("600", 600),
        ("999999", 3600),
        ("inf", 30),
        ("nan", 30),
        ("soon", 30),
        ("-5", 30),
        ("", 30),
        ("0", 1),
        ("45.2", 46),
    ],
)
def test_a_provider_that_goes_on_rate_limiting_is_429_with_its_retry_after(
    failing: httpx.Client, provider: ScriptedProvider, retry_after: str | None, told: int
) -> None:
    provider.enqueue(*[rate_limited(retry_after=retry_after)] * 3)
    response = failing.post("/v1/summarize", json=one())
    error_of(response, 429, "llm_rate_limited")
    assert response.headers["Retry-After"] == str(told)


def test_a_retry_after_may_be_a_date(failing: httpx.Client, provider: ScriptedProvider) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    provider.enqueue(*[rate_limited(retry_after=date)] * 3)
    response = failing.post("/v1/summarize", json=one())
    error_of(response, 429, "llm_rate_limited")
    assert 280 <= int(response.headers["Retry-After"]) <= 300


def test_a_short_retry_after_is_waited_for(failing: httpx.Client, provider: ScriptedProvider) -> None:
    provider.enqueue(rate_limited(retry_after="1"))
    assert failing.post("/v1/summarize", json=one()).status_code == 200
    first, second, _ = provider.requests
    assert second.received_at - first.received_at >= 1.0


def test_a_judge_that_is_rate_limited_fails_nothing(failing: httpx.Client, provider: ScriptedProvider) -> None:
    provider.answer_with(
        lambda request: rate_limited(retry_after="0") if "faithfulness" in request.asked_properties else None
    )
    answer = failing.post("/v1/summarize", json=one())
    assert answer.status_code == 200
    assert answer.json()["quality_score"] is None


def test_neither_the_answer_nor_the_log_quotes_provider_key_or_feedback(
    failing: httpx.Client, provider: ScriptedProvider, server: WebServer, key: str
) -> None:
    secret = "the cook at the northern kitchen sells our oil"
    told = "providertext-7f3a"
    for reply in (
        unauthorized(),
        server_error(),
        Reply(status=400),
        Reply(content=f"{told} {secret}"),
        Reply(content={"title": told}),
        invalid_json(),
    ):
        provider.enqueue(*[reply] * 3)
        response = failing.post("/v1/summarize", json=one(secret))
        provider.reset()
        assert response.status_code == 502
        for text in (response.text, server.log):
            assert secret not in text
            assert told not in text
            assert "scripted" not in text.lower().replace("openai/scripted", "")
            assert key not in text
            assert "sk-scripted" not in text
        failing.post("/v1/summarize", json=one())
