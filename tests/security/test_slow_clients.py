"""Clients that send a request a little at a time, or never to its end, do not keep the server from the others."""

import contextlib
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.provider import ScriptedProvider
from tests.support.request_bodies import one
from tests.support.web_server import WebServer, forked_server

THREADS = 8
GRACE_SECONDS = 3.0
HEAD = b"POST /v1/summarize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def small(process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server with few threads and little patience."""
    limits = {
        "SLOW_CLIENT_SECONDS": str(GRACE_SECONDS),
        "WEB_THREADS": str(THREADS),
        "MAX_IN_FLIGHT_CALLS": "4",
    }
    log_path = tmp_path_factory.mktemp("small") / "server.log"
    with forked_server(process_environment | limits, log_path=log_path) as running:
        yield running


@contextlib.contextmanager
def half_requests(server: WebServer, beginning: bytes, count: int) -> Iterator[list[socket.socket]]:
    """So many connections that sent this much and no more."""
    port = int(server.base_url.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)]
        for client in clients:
            client.sendall(beginning)
        yield clients


def _health(server: WebServer, seconds: float) -> int:
    return httpx.get(f"{server.base_url}/v1/health", timeout=seconds, trust_env=False).status_code


@pytest.mark.parametrize("beginning", [HEAD[:20], HEAD], ids=["in the first line", "in the headers"])
def test_a_few_clients_in_the_middle_of_their_headers_slow_nobody_down(small: WebServer, beginning: bytes) -> None:
    with half_requests(small, beginning, THREADS - 2):
        for _ in range(10):
            assert _health(small, seconds=2) == 200


@pytest.mark.parametrize("authorised", [False, True])
def test_as_many_slow_clients_as_threads_hold_the_server_up_only_for_so_long(
    small: WebServer, key: str, provider: ScriptedProvider, authorised: bool
) -> None:
    beginnings = [HEAD, HEAD + f"Authorization: Bearer {key}\r\nContent-Length: 1000\r\n\r\n{{".encode()]
    with half_requests(small, beginnings[authorised], 2 * THREADS) as clients:
        started = time.monotonic()
        assert _health(small, seconds=30) == 200
        assert time.monotonic() - started < 2 * GRACE_SECONDS + 4
        for client in clients:
            client.settimeout(30)
            answer = client.recv(1000)
            assert answer.startswith((b"HTTP/1.1 422", b"HTTP/1.1 503")) if authorised else answer == b""
    assert "Traceback" not in small.log
    assert provider.requests == []


def test_clients_that_never_close_after_their_answer_slow_nobody_down(small: WebServer) -> None:
    whole = b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with half_requests(small, whole, THREADS - 2) as clients:
        for client in clients:
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        assert _health(small, seconds=20) == 200
        assert time.monotonic() - started < 2


def test_a_client_that_trickles_is_cut_off(small: WebServer) -> None:
    with half_requests(small, HEAD, 1) as [client]:
        started = time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - started < 5 * GRACE_SECONDS:
                client.sendall(b"X-Slow: 1\r\n")
                time.sleep(0.2)
        assert GRACE_SECONDS <= time.monotonic() - started < 2 * GRACE_SECONDS


def test_a_client_that_is_slow_but_keeps_pace_is_served(small: WebServer, key: str, provider: ScriptedProvider) -> None:
    request = httpx.Request("POST", f"{small.base_url}/v1/summarize", json=one("The well is dry. " * 2_000))
    port = int(small.base_url.rpartition(":")[2])
    head = HEAD + f"Authorization: Bearer {key}\r\nContent-Length: {len(request.content)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(head)
        step = len(request.content) // 6 + 1
        for start in range(0, len(request.content), step):
            time.sleep(1.0)
            client.sendall(request.content[start : start + step])
        client.settimeout(20)
        assert client.recv(100).startswith(b"HTTP/1.1 200")
