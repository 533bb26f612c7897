"""Answers and faults that a test can order from the scripted provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Fault(Enum):
    """Faults of the connection."""

    HANG = auto()  # accepts the request and never answers
    TRICKLE = auto()  # one byte of the answer's body each `delay_seconds`
    TRICKLE_HEAD = auto()  # one byte of the answer's head each `delay_seconds`
    CUT_OFF = auto()  # the connection ends in the middle of the body
    RESET = auto()  # TCP reset in place of an answer
    TRUNCATED_JSON = auto()  # the HTTP body ends in the middle of its JSON
    INVALID_JSON = auto()  # the HTTP body is a page of HTML
    EMPTY_CHOICES = auto()  # a billed answer without any choice


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer.

    content: the model's text (a mapping is sent as JSON); None: whatever fits the schema of the request.
    delay_seconds: wait before the answer; with TRICKLE, before each byte. message, usage: sent as they are, in place
    of the usual ones. error: of the body of another status. payload: the whole body, whatever the status.
    is_compressed: the body is sent in gzip. closes: the connection is closed after the answer, without a word.
    """

    content: str | Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    delay_seconds: float = 0.0
    finish_reason: str = "stop"
    model: str = ""
    message: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    payload: bytes | None = field(default=None, repr=False)
    is_compressed: bool = False
    closes: bool = False


def rate_limited(*, retry_after: str | None = "1") -> Reply:
    return Reply(status=429, headers={} if retry_after is None else {"Retry-After": retry_after})


def unauthorized() -> Reply:
    return Reply(status=401)


def server_error(status: int = 500) -> Reply:
    return Reply(status=status)


def hang() -> Reply:
    return Reply(fault=Fault.HANG)


def trickle(*, seconds_per_byte: float = 0.5) -> Reply:
    return Reply(fault=Fault.TRICKLE, delay_seconds=seconds_per_byte)


def reset_connection() -> Reply:
    return Reply(fault=Fault.RESET)


def truncated_json() -> Reply:
    return Reply(fault=Fault.TRUNCATED_JSON)


def invalid_json() -> Reply:
    return Reply(fault=Fault.INVALID_JSON)


def empty_choices() -> Reply:
    return Reply(fault=Fault.EMPTY_CHOICES)


def redirected(location: str, *, status: int = 307) -> Reply:
    return Reply(status=status, headers={"Location": location})


def refused(status: int, code: str, message: str, *, param: str | None = None, **more: Any) -> Reply:
    """An error as OpenAI and Azure write it."""
    error = {"message": message, "type": "invalid_request_error", "code": code, "param": param, **more}
    return Reply(status=status, error={"error": error})


def content_filtered() -> Reply:
    """Return Azure's answer to a prompt that its content filter refuses."""
    return refused(
        400,
        "content_filter",
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        param="prompt",
        innererror={
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"violence": {"filtered": True, "severity": "high"}},
        },
    )


def oversized(count: int) -> Reply:
    """An answer whose text has so many characters."""
    return Reply(content="x" * count)
