"""Send requests to other servers over persistent connections, with limits on time and size and without redirects.

A connection that its peer has closed is detected before it is used again. If the peer closes it at that moment, the
request is sent again once on a new connection, and only if the peer's system has reported that nothing arrived.
Otherwise the failure is reported, since the peer may have started work on the request.
"""

import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException, HTTPResponse, RemoteDisconnected

from tenants.outgoing.addresses import ChosenBy, allowed_addresses
from tenants.outgoing.bodies import read_body
from tenants.outgoing.clocks import Clock
from tenants.outgoing.errors import Unreachable
from tenants.outgoing.sockets import MAX_HEAD_BYTES, ClockedSocket
from tenants.outgoing.targets import Server, Target
from tenants.outgoing.tls import tls_context

IDLE_SECONDS = 30.0  # servers and the firewalls before them close what is idle for longer, some after 5 s and less
MAX_IDLE = 128
FRAMING_FACTOR = 8  # a body that is sent in very small chunks is mostly their sizes
ENDS_HEADER = frozenset("\r\n\0")


@dataclass(frozen=True)
class Answer:
    """An answer of a server. headers: as http.client reads them, with names in any case."""

    status: int
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)


@dataclass
class _Request:
    """was_sent: all of it was passed to the peer's connection, and the peer has not shown that nothing arrived."""

    target: Target
    written: bytes = field(repr=False)
    clock: Clock
    max_bytes: int
    was_sent: bool = False


class _ClosedBeforeArrival(Exception):
    """The peer had closed an idle connection before the request reached it."""


class HttpClient:
    """Posts to other servers. One for a process: connections are shared by its threads."""

    def __init__(self, *, chosen_by: ChosenBy) -> None:
        self._chosen_by = chosen_by
        self._idle: defaultdict[Target, deque[tuple[float, ClockedSocket]]] = defaultdict(deque)
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forget)

    def post(self, target: Target, body: bytes, *, headers: Mapping[str, str], clock: Clock, max_bytes: int) -> Answer:
        """Send one POST and read its answer, whatever its status.

        max_bytes: of the body, after decompression. Raises AddressRefused, Unreachable, OutOfTime, BodyUnreadable.
        """
        request = _Request(target, _written(target, headers, body), clock, max_bytes)
        try:
            return self._send(request)
        except (OSError, HTTPException):
            clock.seconds_left()  # raises OutOfTime where the clock has ended it
            raise Unreachable(was_sent=request.was_sent) from None

    def _send(self, request: _Request) -> Answer:
        idle = self._take(request.target)
        if idle is not None:
            try:
                return self._exchange(idle, request, is_reused=True)
            except _ClosedBeforeArrival:
                request.was_sent = False
        return self._exchange(self._open(request.target, request.clock), request, is_reused=False)

    def _exchange(self, connection: ClockedSocket, request: _Request, *, is_reused: bool) -> Answer:
        connection.start(request.clock, max_received=MAX_HEAD_BYTES + FRAMING_FACTOR * request.max_bytes)
        try:
            response = _begin(connection, request, is_reused=is_reused)
            body = read_body(response, max_bytes=request.max_bytes)
        except BaseException:
            connection.close()
            raise
        if response.will_close or connection.reader.has_more():
            connection.close()
        else:
            self._give_back(request.target, connection)
        return Answer(response.status, response.headers, body)

    def close(self) -> None:
        """Close the idle connections."""
        for waiting in self._idle.values():
            for _, connection in waiting:
                connection.close()
        self._idle.clear()

    def _forget(self) -> None:
        """Leave the connections to the process that this one was forked from."""
        self._lock = threading.Lock()  # another thread may have held it
        self.close()

    def _take(self, target: Target) -> ClockedSocket | None:
        """Return the connection that was used last, if it can be used again."""
        while True:
            with self._lock:
                if not self._idle[target]:
                    return None
                since, connection = self._idle[target].pop()
            if time.monotonic() - since < IDLE_SECONDS and not connection.is_readable():
                return connection
            connection.close()

    def _give_back(self, target: Target, connection: ClockedSocket) -> None:
        surplus = None
        with self._lock:
            self._idle[target].append((time.monotonic(), connection))
            if len(self._idle[target]) > MAX_IDLE:
                _, surplus = self._idle[target].popleft()
        if surplus is not None:
            surplus.close()

    def _open(self, target: Target, clock: Clock) -> ClockedSocket:
        server = target.proxy or target.server
        connection = ClockedSocket.connect(self._addresses_of(server, clock), server.port, clock)
        try:
            if target.is_tunnelled:
                _tunnel(connection, target)
            if target.server.is_secure:
                connection.start_tls(tls_context(), target.server.host)
        except BaseException:
            connection.close()
            raise
        return connection

    def _addresses_of(self, server: Server, clock: Clock) -> list[str]:
        allowed = allowed_addresses(
            server.host,
            server.port,
            is_secure=server.is_secure,
            chosen_by=self._chosen_by,
            timeout_seconds=clock.seconds_left(),
        )
        return [str(address) for address in allowed]


def _begin(connection: ClockedSocket, request: _Request, *, is_reused: bool) -> HTTPResponse:
    """Send a request and read the head of its answer. Raises _ClosedBeforeArrival."""
    try:
        connection.send(request.written)
    except (BrokenPipeError, ConnectionResetError):
        if is_reused:  # not all of it was sent
            raise _ClosedBeforeArrival from None
        raise
    request.was_sent = True
    response = HTTPResponse(connection, method="POST")  # type: ignore[arg-type]  # all it asks for is makefile
    try:
        response.begin()
    except RemoteDisconnected:
        if is_reused and not connection.received and connection.was_closed_before_arrival():
            raise _ClosedBeforeArrival from None
        raise
    return response


def _written(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """Write head and body at once, because two packets would wait for an acknowledgement in between."""
    lines = [f"POST {target.request_target} HTTP/1.1", f"Host: {target.authority}", f"Content-Length: {len(body)}"]
    for name, value in headers.items():
        if ENDS_HEADER.intersection(value):
            raise ValueError(f"The header {name} has a line break.")
        lines.append(f"{name}: {value}")
    proxy = "" if target.is_tunnelled else target.proxy_authorization
    return ("\r\n".join(lines) + "\r\n" + proxy + "\r\n").encode("latin-1") + body


def _tunnel(connection: ClockedSocket, target: Target) -> None:
    """Ask a proxy to pass bytes on to the target's server."""
    host, port = target.server.host, target.server.port
    named = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = f"CONNECT {named} HTTP/1.1\r\nHost: {named}\r\n{target.proxy_authorization}\r\n"
    connection.send(lines.encode("latin-1"))
    response = HTTPResponse(connection, method="CONNECT")  # type: ignore[arg-type]  # all it asks for is makefile
    response.begin()
    if response.status != 200:
        raise Unreachable
