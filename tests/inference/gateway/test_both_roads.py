"""The same server, called directly and through LiteLLM, has the same outcome."""

import gzip
import json
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from inference.errors import (
    ModelError,
    ModelFailed,
    ModelRateLimited,
    ModelTimedOut,
    ModelUnreachable,
    UnreadableAnswer,
)
from inference.estimates import upper_estimate
from inference.gateway import ModelAnswer, attempt
from inference.prompting import RenderedPrompt
from tests.support.gateway_requests import SCHEMA, SYSTEM, USER, new_connection, request_to
from tests.support.provider import (
    Fault,
    Reply,
    ScriptedProvider,
    content_filtered,
    hang,
    invalid_json,
    oversized,
    rate_limited,
    redirected,
    refused,
    reset_connection,
    serving,
    trickle,
    truncated_json,
)
from usage.failure_reasons import FailureReason
from usage.prices import TokenCounts

TEXT = '{"title": "T", "summary": "S"}'
UPPER_INPUT = upper_estimate(RenderedPrompt(SYSTEM, USER), SCHEMA, max_output_tokens=256).input_tokens
ENDLESS = Reply(fault=Fault.TRICKLE_HEAD, delay_seconds=0.2)


@pytest.fixture(params=["direct", "litellm"], autouse=True)
def road(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.LLM_TRANSPORT = request.param
    return str(request.param)


def ask(provider: ScriptedProvider, reply: Reply, *, timeout_seconds: float = 30.0) -> ModelAnswer:
    provider.enqueue(reply)
    return attempt(request_to(new_connection(provider)), timeout_seconds=timeout_seconds)


def error_of(provider: ScriptedProvider, reply: Reply, *, timeout_seconds: float = 30.0) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(provider, reply, timeout_seconds=timeout_seconds)
    assert len(provider.requests) == 1
    return caught.value


def test_an_answer_has_its_text_its_tokens_and_the_name_of_its_model(provider: ScriptedProvider) -> None:
    answer = ask(provider, Reply(content=TEXT))
    (request,) = provider.requests
    assert request.usage is not None
    assert answer.text == TEXT
    assert answer.response_model == request.model
    assert answer.tokens == TokenCounts(
        input_tokens=request.usage.input_tokens, output_tokens=request.usage.output_tokens
    )
    assert answer.failure is None
    assert not answer.is_usage_flagged


def test_the_request_is_the_same(provider: ScriptedProvider) -> None:
    ask(provider, Reply(content=TEXT))
    (request,) = provider.requests
    asked = {"name": "Summary", "strict": True, "schema": SCHEMA}
    assert {name: request.body[name] for name in ("messages", "response_format", "temperature", "max_tokens")} == {
        "messages": [
            {"role": "system", "content": "Rules."},
            {"role": "user", "content": "The pump of the northern camp is broken."},
        ],
        "response_format": {"type": "json_schema", "json_schema": asked},
        "temperature": 0,
        "max_tokens": 256,
    }
    assert request.model.startswith("scripted-"), "the provider's prefix is not part of the name"
    assert request.headers["Authorization"] == "Bearer sk-scripted"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, FailureReason.UNSUPPORTED_REQUEST),
        (401, FailureReason.AUTHENTICATION),
        (403, FailureReason.AUTHENTICATION),
        (404, FailureReason.MODEL_NOT_FOUND),
        (408, FailureReason.TIMEOUT),
        (409, FailureReason.PROVIDER_ERROR),
        (422, FailureReason.UNSUPPORTED_REQUEST),
        (500, FailureReason.PROVIDER_ERROR),
        (502, FailureReason.PROVIDER_ERROR),
        (503, FailureReason.PROVIDER_ERROR),
        (529, FailureReason.PROVIDER_ERROR),
    ],
)
def test_a_status_has_its_reason(provider: ScriptedProvider, status: int, reason: FailureReason) -> None:
    error = error_of(provider, Reply(status=status))
    assert (type(error), error.status, error.reason) == (ModelFailed, status, reason)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (content_filtered(), FailureReason.CONTENT_FILTER),
        (
            refused(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens."),
            FailureReason.CONTEXT_LENGTH,
        ),
        (Reply(status=400, error={"message": "the prompt is too long: 9 > 8"}), FailureReason.CONTEXT_LENGTH),
        (refused(404, "DeploymentNotFound", "The API deployment does not exist."), FailureReason.MODEL_NOT_FOUND),
        (Reply(status=400, error={"error": "model 'nix' not found"}), FailureReason.MODEL_NOT_FOUND),
        (refused(400, "invalid_value", "max_tokens is too large: 4096."), FailureReason.UNSUPPORTED_REQUEST),
        (Reply(status=400, payload=b"\xff<html>"), FailureReason.UNSUPPORTED_REQUEST),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_what_an_error_says_has_its_reason(provider: ScriptedProvider, reply: Reply, reason: FailureReason) -> None:
    error = error_of(provider, reply)
    assert isinstance(error, ModelFailed)
    assert error.reason == reason
    assert not error.is_transient
    assert "prompt" not in repr(error).lower()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_a_rate_limit_says_when_to_come_back(
    provider: ScriptedProvider, headers: dict[str, str], seconds: float | None
) -> None:
    error = error_of(provider, Reply(status=429, headers=headers))
    assert isinstance(error, ModelRateLimited)
    assert (error.retry_after_seconds, error.is_transient) == (seconds, True)


def test_a_rate_limit_may_name_a_date(provider: ScriptedProvider) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    error = error_of(provider, rate_limited(retry_after=date))
    assert isinstance(error, ModelRateLimited)
    assert error.retry_after_seconds is not None
    assert 280 <= error.retry_after_seconds <= 300


def test_a_quota_that_is_used_up_is_not_waited_for(provider: ScriptedProvider) -> None:
    error = error_of(provider, refused(429, "insufficient_quota", "You exceeded your current quota."))
    assert isinstance(error, ModelRateLimited)
    assert not error.is_transient


@pytest.mark.parametrize(
    "reply", [hang(), trickle(seconds_per_byte=0.2), ENDLESS], ids=["hang", "trickle", "trickled head"]
)
def test_a_server_that_takes_too_long_is_left_on_time(provider: ScriptedProvider, reply: Reply) -> None:
    began = time.monotonic()
    error = error_of(provider, reply, timeout_seconds=1.5)
    assert isinstance(error, ModelTimedOut)
    assert error.is_billing_unknown
    assert 1.4 < time.monotonic() - began < 3.0


def test_a_reset_is_unreachable(provider: ScriptedProvider) -> None:
    error = error_of(provider, reset_connection())
    assert isinstance(error, ModelUnreachable)
    assert error.is_billing_unknown  # the whole request had been sent


def test_a_port_where_nobody_listens_is_unreachable(provider: ScriptedProvider) -> None:
    connection = new_connection(provider, api_base="http://127.0.0.1:9/v1")
    with pytest.raises(ModelUnreachable) as caught:
        attempt(request_to(connection), timeout_seconds=30)
    assert not caught.value.is_billing_unknown


@pytest.mark.parametrize(
    "reply",
    [
        truncated_json(),
        invalid_json(),
        Reply(fault=Fault.CUT_OFF),
        Reply(payload=b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
        Reply(payload=b"[]"),
        Reply(payload=b'{"error": {"message": "upstream", "code": 502}}'),
        Reply(payload=b"[" * 100_000),
        Reply(payload=b'{"choices": [], "usage": {"prompt_tokens": ' + b"9" * 5000 + b"}}"),
        Reply(headers={"Content-Encoding": "br"}),
        Reply(headers={"Content-Encoding": "gzip"}),
    ],
    ids=["truncated", "html", "cut off", "not utf-8", "list", "error", "deep", "digits", "brotli", "not gzip"],
)
def test_a_success_that_cannot_be_read_may_have_been_billed(provider: ScriptedProvider, reply: Reply) -> None:
    error = error_of(provider, reply)
    assert isinstance(error, UnreadableAnswer)
    assert error.is_billing_unknown
    assert error.reason == FailureReason.INVALID_ANSWER


def test_no_more_is_read_than_the_output_limit_allows(provider: ScriptedProvider) -> None:
    assert ask(provider, oversized(64 * 256)).text == "x" * 64 * 256
    provider.reset()
    assert isinstance(error_of(provider, oversized(1_000_000)), UnreadableAnswer)


def test_a_bomb_is_not_unpacked(provider: ScriptedProvider) -> None:
    bomb = gzip.compress(b'{"choices": [' + b" " * 50_000_000 + b"]}")
    request = request_to(new_connection(provider))
    attempt(request, timeout_seconds=30)  # loads what is loaded once
    provider.enqueue(Reply(payload=bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    with pytest.raises(UnreadableAnswer):
        attempt(request, timeout_seconds=30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_an_answer_in_gzip_is_read(provider: ScriptedProvider) -> None:
    assert ask(provider, Reply(content=TEXT, is_compressed=True)).text == TEXT
    assert provider.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(provider: ScriptedProvider, status: int) -> None:
    with serving(ScriptedProvider()) as elsewhere:
        error = error_of(provider, redirected(f"{elsewhere.base_url}/chat/completions", status=status))
        assert elsewhere.requests == []
    assert isinstance(error, ModelFailed)
    assert (error.status, error.reason, error.is_transient) == (status, FailureReason.PROVIDER_ERROR, False)


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"content": [{"type": "text", "text": TEXT}]}, TEXT, ""),
        ({"content": [{"type": "text", "text": TEXT[:9]}, {"type": "text", "text": TEXT[9:]}]}, TEXT, ""),
        ({"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": TEXT}]}, TEXT, "Hm."),
        ({"content": [TEXT]}, TEXT, ""),
        ({"content": {"title": "T", "summary": "S"}}, TEXT, ""),
        ({"content": None, "reasoning_content": TEXT}, "", TEXT),
        ({"content": "", "reasoning": TEXT}, "", TEXT),
        ({"content": "a\x00b\ud83dc\ud83d\ude00"}, "ab\ufffdc\U0001f600", ""),
        ({}, "", ""),
    ],
)
def test_a_message_may_have_other_shapes(
    provider: ScriptedProvider, message: dict[str, Any], text: str, reasoning: str
) -> None:
    answer = ask(provider, Reply(message={"role": "assistant", **message}))
    assert (answer.text, answer.reasoning) == (text, reasoning)


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(message={"role": "assistant", "content": None, "refusal": "No."}), FailureReason.REFUSAL),
        (
            Reply(message={"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}),
            FailureReason.REFUSAL,
        ),
        (Reply(content="", finish_reason="content_filter"), FailureReason.CONTENT_FILTER),
        (Reply(content=TEXT[:9], finish_reason="length"), FailureReason.OUTPUT_CUT_OFF),
    ],
)
def test_an_answer_says_why_it_is_none(provider: ScriptedProvider, reply: Reply, failure: FailureReason) -> None:
    answer = ask(provider, reply)
    assert answer.failure == failure
    assert answer.tokens is not None, "it is billed"


@pytest.mark.parametrize(
    ("usage", "tokens", "is_flagged"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5}, (10, 0, 5, 0), False),
        (
            {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}},
            (10, 4, 5, 0),
            False,
        ),
        (
            {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 900}},
            (910, 0, 5, 0),
            True,
        ),
        ({"prompt_tokens": -10, "completion_tokens": 5}, (UPPER_INPUT, 0, 5, 0), True),
        ({"prompt_tokens": 10, "completion_tokens": 10**15}, (10, 0, 256, 0), True),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 45,
                "completion_tokens_details": {"reasoning_tokens": 30},
            },
            (10, 0, 35, 30),
            False,
        ),
    ],
)
def test_usage_figures_are_checked(
    provider: ScriptedProvider, usage: dict[str, Any], tokens: tuple[int, int, int, int], is_flagged: bool
) -> None:
    answer = ask(provider, Reply(content=TEXT, usage=usage))
    assert answer.tokens is not None
    found = answer.tokens
    assert (found.input_tokens, found.cached_tokens, found.output_tokens, found.reasoning_tokens) == tokens
    assert answer.is_usage_flagged == is_flagged


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": 0, "completion_tokens": 0}])
def test_a_server_may_say_nothing_of_what_it_billed(provider: ScriptedProvider, usage: dict[str, Any]) -> None:
    assert ask(provider, Reply(content=TEXT, usage=usage)).tokens is None


def test_connections_are_used_again_and_closed_ones_are_not(provider: ScriptedProvider) -> None:
    for closes in [True, False] * 10:
        assert ask(provider, Reply(content=TEXT, closes=closes)).text == TEXT


def test_no_choice_is_a_billed_answer_without_text(provider: ScriptedProvider) -> None:
    answer = ask(provider, Reply(fault=Fault.EMPTY_CHOICES))
    assert answer.text == ""
    assert answer.tokens is not None


@pytest.fixture(autouse=True)
def nothing_of_an_answer_is_printed(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    printed = "".join(capfd.readouterr())
    assert "T\\" not in printed
    assert TEXT not in printed
    assert json.dumps(TEXT) not in printed
    assert "pump" not in printed
