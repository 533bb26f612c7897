"""A scripted model provider: a real OpenAI-compatible HTTP server on loopback, with faults to order.

What it does with a request, first rule that applies: the refusal that vendors document, the next enqueued reply, the
failure of every n-th call, the function given to `answer_with`, an answer that fits the request's `response_format`,
plain text.

Tokens are counted by a fixed formula: a quarter of the characters of all messages (input) and of the answer
(output), rounded down, at least 1. Prefix caching is modelled as vendors do it: the longest beginning that an
earlier call with the same model had, in whole steps of 128 tokens, from 1,024 on.

Alone: `python -m tests.provider --port 9000 --delay 0.3 --fail-every 5`.
"""

from tests.support.provider.replies import (
    Fault,
    Reply,
    content_filtered,
    empty_choices,
    hang,
    invalid_json,
    oversized,
    rate_limited,
    redirected,
    refused,
    reset_connection,
    server_error,
    trickle,
    truncated_json,
    unauthorized,
)
from tests.support.provider.requests import RecordedRequest, Usage
from tests.support.provider.script import ScriptedProvider, echo
from tests.support.provider.wire import serving

__all__ = [
    "Fault",
    "RecordedRequest",
    "Reply",
    "ScriptedProvider",
    "Usage",
    "content_filtered",
    "echo",
    "empty_choices",
    "hang",
    "invalid_json",
    "oversized",
    "rate_limited",
    "redirected",
    "refused",
    "reset_connection",
    "server_error",
    "serving",
    "trickle",
    "truncated_json",
    "unauthorized",
]
