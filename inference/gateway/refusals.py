"""Turn a provider's error response into a ModelError that contains none of its text."""

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from inference.errors import ModelError, ModelFailed, ModelRateLimited
from inference.gateway.dialects import Parameter
from usage.failure_reasons import FailureReason

MAX_RETRY_AFTER_SECONDS = 3600.0
MAX_ERROR_BYTES = 64 * 1024
MAX_DEPTH = 5

# Codes and phrases of OpenAI, Azure, vLLM, Ollama, llama.cpp, Gemini and Anthropic. The order matters: refusals of
# Azure's content filter contain the words "prompt" and "policy".
WORDS: tuple[tuple[FailureReason, re.Pattern[str]], ...] = (
    (
        FailureReason.CONTENT_FILTER,
        re.compile(
            r"content_filter|content_policy_violation|responsibleaipolicyviolation|data_inspection_failed"
            r"|content management policy|content filter|rejected .{0,40}safety system"
        ),
    ),
    (
        FailureReason.CONTEXT_LENGTH,
        re.compile(
            r"context_length_exceeded|string_above_max_length|exceed_context_size|maximum context length"
            r"|context (length|window|size)|prompt is too long|input is too long|maximum input length"
        ),
    ),
    (FailureReason.AUTHENTICATION, re.compile(r"invalid_api_key|invalid_authentication|api key not valid")),
    (
        FailureReason.MODEL_NOT_FOUND,
        re.compile(
            r"model_not_found|deploymentnotfound|deployment .{0,60}does not exist|model .{0,120}(not found|not exist)"
        ),
    ),
)
OUT_OF_QUOTA = re.compile(r"insufficient_quota|billing_hard_limit_reached")
UNSUPPORTED = r"unsupported|not support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|extra"
REFUSED_PARAMETERS = (
    (Parameter.ANSWER_FORMAT, re.compile(r"response_format|json_schema|structured output")),
    (Parameter.TOKEN_LIMIT, re.compile(rf"max_(completion_)?tokens.{{0,80}}({UNSUPPORTED})")),
    (Parameter.TOKEN_LIMIT, re.compile(rf"({UNSUPPORTED}).{{0,80}}max_(completion_)?tokens")),
    (Parameter.TEMPERATURE, re.compile(rf"temperature.{{0,80}}({UNSUPPORTED})|({UNSUPPORTED}).{{0,80}}temperature")),
)
ADAPTABLE = {400, 422, 500, 501}


class Headers(Protocol):
    """Headers with names in any case, as http.client and httpx read them."""

    def get(self, name: str, /) -> str | None: ...


def refusal_of(status: int, body: bytes, headers: Headers) -> ModelError:
    """Turn a response without a 2xx status into an error. ModelFailed names a refused parameter."""
    words = _words(body)
    if status == 429:
        is_out_of_quota = bool(OUT_OF_QUOTA.search(words))
        return ModelRateLimited(retry_after_seconds(headers), is_out_of_quota=is_out_of_quota)
    reason = _reason(status, words)
    return ModelFailed(
        status, reason, refused_parameter=_parameter(words) if reason is None and status in ADAPTABLE else None
    )


def _reason(status: int, words: str) -> FailureReason | None:
    if status < 400:
        return None
    reason = next((reason for reason, pattern in WORDS if pattern.search(words)), None)
    is_told_by_status = status in {401, 403, 404} and reason is not FailureReason.CONTENT_FILTER
    return None if is_told_by_status else reason


def _parameter(words: str) -> Parameter | None:
    return next((parameter for parameter, pattern in REFUSED_PARAMETERS if pattern.search(words)), None)


def _words(body: bytes) -> str:
    """Return all texts of an error in lower case, because servers differ in where they put code and message."""
    text = body[:MAX_ERROR_BYTES].decode(errors="replace")
    try:
        return " ".join(_texts(json.loads(text), MAX_DEPTH)).lower()
    except (ValueError, RecursionError):
        return text.lower()


def _texts(value: Any, depth: int) -> list[str]:
    if isinstance(value, str):
        return [value]
    if depth == 0:
        return []
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _texts(item, depth - 1)]


def retry_after_seconds(headers: Headers) -> float | None:
    """Return the wait from `retry-after-ms` (OpenAI, Azure) or `Retry-After` (RFC 9110), None if unreadable."""
    in_milliseconds, written = headers.get("retry-after-ms") or "", headers.get("retry-after") or ""
    try:
        if in_milliseconds[:1].isdigit():
            seconds = float(in_milliseconds) / 1000
        else:
            seconds = float(written) if written[:1].isdigit() else _seconds_until(written)
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _seconds_until(date: str) -> float:
    return parsedate_to_datetime(date).timestamp() - time.time()
