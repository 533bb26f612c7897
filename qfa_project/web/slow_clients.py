"""Limit the time of clients that send a request slowly, because every client occupies a thread.

A request may take SLOW_CLIENT_SECONDS, plus a second for every BYTES_PER_SECOND that arrived. Then reading ends, and
the thread is free. Without this limit, as many half-sent requests as there are threads would block a process for good.
"""

import contextlib
import socket
import time
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

from qfa_project.web.gunicorn_conf import slow_client_seconds
from qfa_project.web.memory import give_back

BYTES_PER_SECOND = 1_000
SEND_SECONDS = 60.0
FIRST_BYTE_SECONDS = 5.0
LINGER_SECONDS = 2.0


class PacedUnreader(SocketUnreader):
    """Reads a request within the time limit."""

    def begin_request(self) -> None:
        self.started = time.monotonic()
        self.received = 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next bytes, or none when the time is over."""
        left = self.started + slow_client_seconds + self.received / BYTES_PER_SECOND - time.monotonic()
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
    """Gunicorn's threaded worker with the time limit."""

    def handle(self, conn: Any) -> Any:
        """Serve one request and drain the connection, as gunicorn does in the thread that accepts connections."""
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
    """End the answer, and wait LINGER_SECONDS for the client to read it and to close its side."""
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
