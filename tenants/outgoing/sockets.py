"""Sockets whose waits are limited by a clock: for the connection, for TLS, and for all reads and writes."""

import errno
import io
import select
import socket
import ssl
from collections.abc import Sequence

from tenants.outgoing.clocks import Clock

CONNECT_SECONDS = 10.0
MAX_ADDRESSES = 4
RESET_WAIT_MILLISECONDS = 200
MAX_HEAD_BYTES = 256 * 1024
# A peer that vanished without a word (a firewall that forgot the connection) is noticed after a minute, not at the
# end of a long request. Not every system has all of these.
SOCKET_OPTIONS = [
    (level, getattr(socket, name), value)
    for level, name, value in (
        (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 30),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 10),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 30_000),
    )
    if hasattr(socket, name)
]


class ClockedSocket:
    """A connected socket. clock: of the request at hand; received: bytes read since it began."""

    def __init__(self, connected: socket.socket, clock: Clock) -> None:
        self._socket = connected
        self.start(clock, max_received=MAX_HEAD_BYTES)

    @classmethod
    def connect(cls, addresses: Sequence[str], port: int, clock: Clock) -> "ClockedSocket":
        """Connect to the first address that answers, since some machines reach only IPv4 or only IPv6.

        Only a few are tried: a name with hundreds of addresses that do not answer would use up the clock.
        """
        *others, last = addresses[:MAX_ADDRESSES]
        for address in others:
            try:
                return cls(_connected(address, port, clock), clock)
            except OSError:
                continue
        return cls(_connected(last, port, clock), clock)

    def start(self, clock: Clock, *, max_received: int) -> None:
        """Begin a request. max_received: bytes to read at most, head and framing included."""
        self.clock = clock
        self.received = 0
        self._max_received = max_received

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Shake hands in the name of the host, whose certificate the context checks."""
        self._socket = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        self._socket.settimeout(self.clock.seconds_left())
        self._socket.do_handshake()

    def send(self, payload: bytes) -> None:
        """Send all bytes within the clock. `sendall` would apply the time limit to every part of a TLS connection."""
        rest = memoryview(payload)
        while rest:
            self._socket.settimeout(self.clock.seconds_left())
            rest = rest[self._socket.send(rest) :]

    def read_into(self, buffer: bytearray | memoryview) -> int:
        self._socket.settimeout(self.clock.seconds_left())
        count = self._socket.recv_into(buffer)
        self.received += count
        if self.received > self._max_received:
            raise ConnectionAbortedError
        return count

    def makefile(self, mode: str) -> "AnswerReader":
        """Return the file object from which http.client reads an answer."""
        self.reader = AnswerReader(self)
        return self.reader

    def is_readable(self) -> bool:
        """Return whether an idle connection is unusable, because its peer closed it or sent unexpected bytes."""
        return bool(_poll(self._socket, select.POLLIN, milliseconds=0))

    def was_closed_before_arrival(self) -> bool:
        """Return whether the peer closed the connection before the request arrived. Call it after the end was read.

        A reset after the end shows it: the peer's system refuses data that arrives after the peer closed.
        """
        _poll(self._socket, 0, milliseconds=RESET_WAIT_MILLISECONDS)
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EPIPE

    def close(self) -> None:
        self._socket.close()


class AnswerReader(io.BufferedReader):
    """Reads an answer. Closing it leaves the socket open, for the next request."""

    def __init__(self, clocked: ClockedSocket) -> None:
        self._source = _Source(clocked)
        super().__init__(self._source)

    def close(self) -> None:
        """Do nothing, because http.client closes an answer that it has read to its end."""

    def has_more(self) -> bool:
        """Return whether bytes arrived after the answer, which the next request would read as its own."""
        self._source.is_over = True
        return bool(self.peek(1))


class _Source(io.RawIOBase):
    def __init__(self, clocked: ClockedSocket) -> None:
        self._clocked = clocked
        self.is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        return 0 if self.is_over else self._clocked.read_into(buffer)


def _connected(address: str, port: int, clock: Clock) -> socket.socket:
    opened = socket.create_connection((address, port), min(CONNECT_SECONDS, clock.seconds_left()))
    for option in SOCKET_OPTIONS:
        opened.setsockopt(*option)
    return opened


def _poll(polled: socket.socket, events: int, *, milliseconds: int) -> list[tuple[int, int]]:
    poller = select.poll()
    poller.register(polled, events)
    return poller.poll(milliseconds)
