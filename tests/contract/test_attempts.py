"""Section 8: attempts at the provider, what each leaves in the ledger, and what the caller is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.envelope import error_of
from tests.support.provider import (
    Fault,
    Reply,
    ScriptedProvider,
    content_filtered,
    empty_choices,
    invalid_json,
    oversized,
    rate_limited,
    redirected,
    refused,
    reset_connection,
    server_error,
    truncated_json,
    unauthorized,
)
from tests.support.request_bodies import one
from tests.support.web_server import WebServer
from usage.models import LLMCall

LLM_MAX_OUTPUT_TOKENS = 4096  # the default
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
    "cut off": Reply(fault=Fault.CUT_OFF),
    "not utf-8": Reply(payload=b'{"choices": [{"message": {"content": "\xff"}}]}'),
    "5000 digits of usage": Reply(payload=b'{"choices": [], "usage": {"total_tokens": ' + b"9" * 5000 + b"}}"),
    "huge": oversized(5_000_000),
    "empty choices": empty_choices(),
    "no text": Reply(content=""),
    "blank text": Reply(content="  \n"),
    "not json": Reply(content="I am sorry, I cannot do that."),
    "wrong shape": Reply(content={"headline": "x"}),
    "wrong type": Reply(content={"title": 1, "summary": ["x"]}),
    "5000 digits": Reply(content='{"title": "T", "summary": ' + "9" * 5000 + "}"),
    "deep": Reply(content="[" * 20_000),
}
UNUSABLE = ("empty choices", "no text", "blank text", "not json", "wrong shape", "wrong type", "deep")
UNREADABLE = ("truncated", "html", "cut off", "not utf-8", "5000 digits of usage", "huge")
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
    status = "unknown" if how in {*UNREADABLE, "reset"} else "error"
    assert statuses(found) == [("summarize", 1, status), ("summarize", 2, "ok"), ("judge", 1, "ok")]
    assert [bool(row.reason) for row in found] == [True, False, False]
    assert {str(row.call_id) for row in found} == {response.headers["X-Request-ID"]}


@pytest.mark.parametrize("how", TRANSPORT)
def test_after_three_attempts_the_caller_gets_502(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, how: str
) -> None:
    provider.enqueue(*[PASSING[how]] * 5)
    error = error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert error["fields"] is None
    assert len(provider.requests) == 3
    found = rows(tenant)
    # A provider that read the whole request and then broke off may have billed it.
    status = "unknown" if how == "reset" else "error"
    assert statuses(found) == [("summarize", number, status) for number in (1, 2, 3)]
    billed = {row.output_tokens for row in found}
    assert billed == ({LLM_MAX_OUTPUT_TOKENS} if how == "reset" else {0})


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


@pytest.mark.parametrize("how", UNREADABLE)
def test_a_success_that_cannot_be_read_ends_in_502_and_may_have_been_billed(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, how: str
) -> None:
    provider.enqueue(*[PASSING[how]] * 5)
    error = error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert error["details"] == {"reason": "invalid_answer"}
    assert len(provider.requests) == 2
    found = rows(tenant)
    assert statuses(found) == [("summarize", 1, "unknown"), ("summarize", 2, "unknown")]
    assert all(row.output_tokens == LLM_MAX_OUTPUT_TOKENS and row.input_tokens > 0 for row in found)


@pytest.mark.parametrize(
    ("reply", "reason", "is_billed"),
    [
        (content_filtered(), "content_filter", False),
        (Reply(content="", finish_reason="content_filter"), "content_filter", True),
        (unauthorized(), "authentication", False),
        (refused(404, "DeploymentNotFound", "The API deployment does not exist."), "model_not_found", False),
        (refused(400, "context_length_exceeded", "Too long."), "context_length", False),
        (Reply(content='{"title": "T", "summa', finish_reason="length"), "output_cut_off", True),
        (Reply(message={"role": "assistant", "content": None, "refusal": "I cannot."}), "refusal", True),
        (Reply(status=400), "unsupported_request", False),
        (redirected("http://127.0.0.1:9/v1/chat/completions"), "provider_error", False),
    ],
)
def test_why_a_call_failed_is_told_and_a_call_that_cannot_differ_is_not_repeated(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, reply: Reply, reason: str, is_billed: bool
) -> None:
    provider.enqueue(*[reply] * 5)
    error = error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert error["details"] == {"reason": reason}
    assert len(provider.requests) == 1
    (row,) = rows(tenant)
    assert (row.status, row.reason, row.output_tokens > 0) == ("error", reason, is_billed)


def test_a_timeout_and_a_rate_limit_have_their_reasons(failing: httpx.Client, provider: ScriptedProvider) -> None:
    provider.enqueue(*[rate_limited(retry_after="60")] * 3)
    limited = error_of(failing.post("/v1/summarize", json=one()), 429, "llm_rate_limited")
    assert limited["details"] == {"reason": "rate_limited"}
    provider.reset()
    provider.enqueue(*[reset_connection()] * 3)
    unreachable = error_of(failing.post("/v1/summarize", json=one()), 502, "llm_error")
    assert unreachable["details"] == {"reason": "unreachable"}


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "cached above prompt": {
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 999_000},
    },
    "negative": {"prompt_tokens": -5, "completion_tokens": -1, "total_tokens": -6},
    "negative part": {"prompt_tokens": 1000, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": -9}},
    "huge": {"prompt_tokens": 10**18, "completion_tokens": 10**18},
    "texts": {"prompt_tokens": "many", "completion_tokens": "some"},
    "truth": {"prompt_tokens": True, "completion_tokens": True},
    "fractions": {"prompt_tokens": 10.5, "completion_tokens": 1e300},
    "reasoning above completion": {
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "total_tokens": 1050,
        "completion_tokens_details": {"reasoning_tokens": 700},
    },
}


@pytest.mark.parametrize("how", list(CONTRADICTIONS))
def test_figures_that_contradict_themselves_lose_no_answer_and_lower_no_sum(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant, how: str
) -> None:
    usage = CONTRADICTIONS[how]
    provider.enqueue(Reply(usage=usage))
    assert failing.post("/v1/summarize", json=one()).status_code == 200
    row = rows(tenant)[0]
    assert row.status == "ok"
    assert row.usage_flagged
    assert 0 < row.input_tokens < 2_000_000
    assert 0 < row.output_tokens < 2_000_000
    assert row.cached_tokens + row.cache_write_tokens <= row.input_tokens
    assert row.reasoning_tokens <= row.output_tokens
    if isinstance(usage["prompt_tokens"], int) and 0 < usage["prompt_tokens"] < 2_000_000:
        assert row.input_tokens >= usage["prompt_tokens"]


def test_reasoning_beside_the_answer_is_billed(
    failing: httpx.Client, provider: ScriptedProvider, tenant: Tenant
) -> None:
    details = {"reasoning_tokens": 700}
    provider.enqueue(
        Reply(
            usage={
                "prompt_tokens": 1000,
                "completion_tokens": 50,
                "total_tokens": 1750,
                "completion_tokens_details": details,
            }
        )
    )
    assert failing.post("/v1/summarize", json=one()).status_code == 200
    row = rows(tenant)[0]
    assert (row.input_tokens, row.output_tokens, row.reasoning_tokens, row.usage_flagged) == (1000, 750, 700, False)


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
