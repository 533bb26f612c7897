"""How long a client may take to send its request: a thread waits with it, and there are only so many.

A request may take SLOW_CLIENT_SECONDS and a second more for every BYTES_A_SECOND that arrived. After that the client
counts as gone: what it has not sent is missing, and the thread is free. Without this, as many half-sent requests as
there are threads would stop a process for good.
"""

import contextlib
import socket
import time
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

from qfa_project.web.gunicorn_conf import slow_client_seconds
from qfa_project.web.memory import give_back

BYTES_A_SECOND = 1_000
SEND_SECONDS = 60.0
FIRST_BYTE_SECONDS = 5.0
LINGER_SECONDS = 2.0


class PacedUnreader(SocketUnreader):
    """Reads from a client that has to keep pace."""

    def begin_request(self) -> None:
        self.started = time.monotonic()
        self.received = 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return what came next, nothing once the client is too slow."""
        left = self.started + slow_client_seconds + self.received / BYTES_A_SECOND - time.monotonic()
        try:
            self.sock.settimeout(max(left, 0.001))
            data = bytes(super().chunk(size_hint))  # type: ignore[call-arg]  # the stubs are a version behind
        except TimeoutError:
            stop_reading(self.sock)
            return b""
        finally:
            self.sock.settimeout(SEND_SECONDS)
        self.received += len(data)
        return data


class PacedWorker(ThreadWorker):
    """Gunicorn's worker with threads, whose clients have to keep pace."""

    def handle(self, conn: Any) -> Any:
        """Serve one request. What ends is drained here: gunicorn would do it in the thread that accepts connections."""
        if not conn.initialized and conn.wait_for_data(FIRST_BYTE_SECONDS):
            conn.init()
            conn.parser.unreader = PacedUnreader(conn.sock)
        if conn.initialized:
            conn.parser.unreader.begin_request()
        goes_on = super().handle(conn)
        if not goes_on:
            linger(conn.sock)
        give_back()
        return goes_on


def linger(sock: socket.socket) -> None:
    """Say that the answer is over and wait a moment for the client to read it and to close its side."""
    end = time.monotonic() + LINGER_SECONDS
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            if not sock.recv(4096):
                break
    stop_reading(sock)


def stop_reading(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RD)
