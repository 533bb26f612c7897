"""Limit time, size, decompression and redirects of the HTTP traffic below LiteLLM.

LiteLLM uses WatchedTransport for every provider that it calls through httpx. The transport reads responses to their
end and records them in the Watch of the current attempt.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from inference.errors import ModelError, ModelTimedOut, ModelUnreachable, UnreadableAnswer
from inference.gateway.calls import MAX_ANSWER_BYTES
from inference.gateway.completions import parse_completion
from inference.gateway.refusals import refusal_of
from tenants.outgoing.bodies import decoded
from tenants.outgoing.clocks import Clock
from tenants.outgoing.errors import BodyUnreadable, OutOfTime
from tenants.outgoing.sockets import CONNECT_SECONDS
from tenants.outgoing.targets import proxy_for
from tenants.outgoing.tls import tls_context

MAX_IDLE = 128
IDLE_SECONDS = 5.0
UNWATCHED_SECONDS = 10.0
FRAMED = {"content-encoding", "content-length", "transfer-encoding"}


@dataclass
class Watch:
    """The HTTP traffic of one attempt. status: of the last response, if any; failure: why there is no response."""

    clock: Clock
    max_bytes: int
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers, repr=False)
    body: bytes = field(default=b"", repr=False)
    failure: ModelError | None = None

    @property
    def has_succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def completion(self) -> Mapping[str, Any] | None:
        """Return the response if it is in OpenAI's protocol, because LiteLLM's version of it may lack parts."""
        if not self.has_succeeded or self.failure:
            return None
        try:
            return parse_completion(self.body)
        except UnreadableAnswer:
            return None

    def error(self) -> ModelError | None:
        """Return the error of the HTTP traffic, None when there was no response and no failure."""
        if self.failure or self.status is None:
            return self.failure
        if self.has_succeeded:
            return UnreadableAnswer("body")
        return refusal_of(self.status, self.body, self.headers)


current_watch: ContextVar[Watch | None] = ContextVar("current_watch", default=None)


class WatchedTransport(httpx.BaseTransport):
    """Send requests through httpx's transports, one per proxy.

    LiteLLM's clients share it and close it when a client is dropped from a cache. Closing has no effect.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        watch = current_watch.get() or Watch(Clock(UNWATCHED_SECONDS), MAX_ANSWER_BYTES)
        response = self._watched(request, watch)
        if 300 <= response.status_code < 400:
            raise httpx.ReadError("redirected")
        return response

    def _watched(self, request: httpx.Request, watch: Watch) -> httpx.Response:
        try:
            return self._handle(request, watch)
        except (httpx.TimeoutException, OutOfTime) as error:
            never_reached = isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
            watch.failure = ModelUnreachable() if never_reached else ModelTimedOut()
            raise httpx.ReadTimeout("out of time") from None
        except httpx.TransportError as error:
            was_sent = watch.status is None and isinstance(error, httpx.ReadError | httpx.RemoteProtocolError)
            broken = ModelUnreachable(was_sent=was_sent)
            watch.failure = UnreadableAnswer("body") if watch.has_succeeded else broken
            raise httpx.ReadError("broken off") from None
        except BodyUnreadable:
            watch.failure = UnreadableAnswer("body") if watch.has_succeeded else None
            raise httpx.ReadError("unreadable") from None

    def _handle(self, request: httpx.Request, watch: Watch) -> httpx.Response:
        watch.status, watch.failure, watch.body = None, None, b""
        left = watch.clock.seconds_left()
        request.extensions["timeout"] = {
            "connect": min(left, CONNECT_SECONDS),
            "read": left,
            "write": left,
            "pool": left,
        }
        response = _transport(_proxy_of(request)).handle_request(request)
        try:
            watch.status, watch.headers = response.status_code, response.headers
            watch.body = _read(response, watch)
        finally:
            response.close()
        headers = [(name, value) for name, value in response.headers.items() if name not in FRAMED]
        return httpx.Response(response.status_code, headers=headers, content=watch.body)


def _read(response: httpx.Response, watch: Watch) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        watch.clock.seconds_left()
        body += chunk
        if len(body) > watch.max_bytes:
            raise BodyUnreadable(response.status_code)
    encoding = response.headers.get("content-encoding")
    return decoded(bytes(body), encoding, status=response.status_code, max_bytes=watch.max_bytes)


def _proxy_of(request: httpx.Request) -> str | None:
    proxy = proxy_for(urlsplit(str(request.url)))
    return proxy.geturl() if proxy else None


@lru_cache(maxsize=8)
def _transport(proxy: str | None) -> httpx.HTTPTransport:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=MAX_IDLE, keepalive_expiry=IDLE_SECONDS)
    return httpx.HTTPTransport(verify=tls_context(), proxy=proxy, limits=limits)
