"""What a test may order from the scripted provider: answers and faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Fault(Enum):
    """What goes wrong on the wire."""

    HANG = auto()  # accepts the request and never answers
    TRICKLE = auto()  # one byte of the answer each `delay_seconds`
    RESET = auto()  # TCP reset in place of an answer
    TRUNCATED_JSON = auto()  # the HTTP body ends in the middle of its JSON
    INVALID_JSON = auto()  # the HTTP body is a page of HTML
    EMPTY_CHOICES = auto()  # a billed answer without any choice


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer.

    content: the model's text (a mapping is sent as JSON); None: whatever fits the schema of the request.
    delay_seconds: wait before the answer; with TRICKLE, before each byte.
    """

    content: str | Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    delay_seconds: float = 0.0
    finish_reason: str = "stop"
    model: str = ""


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
