"""The script: which reply the next call gets, what was asked, and how tokens are counted."""

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tests.support.provider.answers import Json, fitting_answer, is_free_text
from tests.support.provider.documented import documented_refusal
from tests.support.provider.replies import Reply, server_error
from tests.support.provider.requests import RecordedRequest, Usage

CHARS_PER_TOKEN = 4
CACHE_STEP_TOKENS = 128
CACHE_FROM_TOKENS = 1024

Answer: TypeAlias = Reply | str | Mapping[str, Any] | None
AnswerFunction: TypeAlias = Callable[[RecordedRequest], Answer]


def echo(request: RecordedRequest) -> Answer:
    """Answer with the record itself: every free text of the fitting answer is the user message."""
    if request.schema is None:
        return request.user
    fitting = fitting_answer(request.schema, records_count=request.records_count)
    return json.dumps(_with_text(fitting, request.user), ensure_ascii=False)


def _with_text(value: Json, text: str) -> Json:
    if isinstance(value, dict):
        return {key: _with_text(part, text) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_text(part, text) for part in value]
    return text if is_free_text(value) else value


class ScriptedProvider:
    """The provider's script and its record of what was asked; thread-safe. `serving` puts it on the wire.

    keeps_requests: how many of the latest requests are remembered; None: all of them.
    base_url: ends in /v1, known once it is served. delay_seconds: before answers that bring none.
    """

    def __init__(self, *, delay_seconds: float = 0.0, keeps_requests: int | None = None) -> None:
        self.base_url = ""
        self.delay_seconds = delay_seconds
        self._keeps_requests = keeps_requests
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=self._keeps_requests)
        self._count = 0
        self._queue: deque[Reply] = deque()
        self._answer_function: AnswerFunction | None = None
        self._fail_every: int | None = None
        self._failure = server_error()
        self._lacks: frozenset[str] = frozenset()
        self._seen_prefixes: set[bytes] = set()
        self.released = threading.Event()  # set: calls that hang come to their end

    def reset(self) -> None:
        """Forget script and requests, and end the calls that hang."""
        with self._lock:
            self.released.set()
            self.delay_seconds = 0.0
            self._begin()

    def enqueue(self, *replies: Reply) -> None:
        """Give these replies to the next calls, one each, in order of arrival."""
        with self._lock:
            self._queue.extend(replies)

    def answer_with(self, function: AnswerFunction | None) -> None:
        """Let the function answer; where it returns None, the fitting answer is sent."""
        with self._lock:
            self._answer_function = function

    def fail_every(self, nth: int, *, failure: Reply | None = None) -> None:
        """Fail every n-th call, by default with status 500."""
        with self._lock:
            self._fail_every, self._failure = nth, failure or server_error()

    def lack(self, *names: str) -> None:
        """Refuse requests with these parameters or answer formats: `max_tokens`, `temperature`, `json_schema`, ..."""
        with self._lock:
            self._lacks = frozenset(names)

    @property
    def requests(self) -> list[RecordedRequest]:
        """The chat completions asked so far, in order of arrival."""
        with self._lock:
            return [request for request in self._requests if request.path.endswith("/chat/completions")]

    @property
    def answered(self) -> list[RecordedRequest]:
        """The requests that got a whole, readable answer."""
        return [request for request in self.requests if request.answered]

    @property
    def embedding_requests(self) -> list[RecordedRequest]:
        with self._lock:
            return [request for request in self._requests if request.path.endswith("/embeddings")]

    def prompts(self) -> list[str]:
        """All text that reached the provider, one string a call."""
        return [request.prompt for request in self.requests]

    def wait_for_requests(self, count: int, *, timeout_seconds: float = 60.0) -> list[RecordedRequest]:
        """Return the requests once there are so many; fails after the timeout."""
        end = time.monotonic() + timeout_seconds
        while len(self.requests) < count:
            assert time.monotonic() < end, f"{len(self.requests)} of {count} model calls arrived"
            time.sleep(0.01)
        return self.requests

    def take(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> tuple[RecordedRequest, Reply]:
        """Record the call and decide its reply."""
        with self._lock:
            self._count += 1
            request = RecordedRequest(self._count, path, headers, body)
            self._requests.append(request)
            delay_seconds, function = self.delay_seconds, self._answer_function
            refusal = documented_refusal(body, self._lacks)
            if refusal:
                return request, refusal
            if self._queue:
                return request, self._queue.popleft()
            if self._fail_every and request.number % self._fail_every == 0:
                return request, self._failure
        answer = function(request) if function else None
        reply = answer if isinstance(answer, Reply) else Reply(content=answer, delay_seconds=delay_seconds)
        return request, reply

    def usage_of(self, request: RecordedRequest, answer: str) -> Usage:
        """Count the tokens of one call and remember its prompt for the prefix cache."""
        input_tokens = max(1, len(request.prompt) // CHARS_PER_TOKEN)
        with self._lock:
            cached_tokens = self._cached_tokens(request)
        return Usage(input_tokens, max(1, len(answer) // CHARS_PER_TOKEN), cached_tokens)

    def _cached_tokens(self, request: RecordedRequest) -> int:
        step = CACHE_STEP_TOKENS * CHARS_PER_TOKEN
        running = hashlib.sha256(request.model.encode())
        cached, unbroken = 0, True
        for steps in range(1, len(request.prompt) // step + 1):
            running.update(request.prompt[(steps - 1) * step : steps * step].encode())
            prefix = running.digest()
            unbroken = unbroken and prefix in self._seen_prefixes
            self._seen_prefixes.add(prefix)
            if unbroken and steps * CACHE_STEP_TOKENS >= CACHE_FROM_TOKENS:
                cached = steps * CACHE_STEP_TOKENS
        return cached
