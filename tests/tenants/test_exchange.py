"""Requests to other servers: bounded, over connections that stay open, and never sent twice to a server that worked."""

import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress

import pytest

from tenants.outgoing import targets
from tenants.outgoing.addresses import ChosenBy
from tenants.outgoing.clocks import Clock
from tenants.outgoing.errors import AddressRefused, BodyUnreadable, OutOfTime, Unreachable
from tenants.outgoing.exchange import Answer, HttpClient
from tenants.outgoing.targets import target_of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Act = Callable[[socket.socket], None]
Serve = Callable[..., "Server"]


class Server:
    """A server that does what it is told: acts for each connection in turn, of which "read" notes a request."""

    def __init__(self, *connections: Sequence[Act | str]) -> None:
        self.requests: list[bytes] = []
        self.accepted = 0
        self._connections = connections
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/x?y=1"

    def _serve(self) -> None:
        with suppress(OSError):
            for acts in self._connections:
                connection, _ = self._socket.accept()
                self.accepted += 1
                threading.Thread(target=self._perform, args=(connection, acts), daemon=True).start()

    def _perform(self, connection: socket.socket, acts: Sequence[Act | str]) -> None:
        with connection, suppress(OSError):
            for act in acts:
                if isinstance(act, str):
                    self._read(connection)
                else:
                    act(connection)

    def _read(self, connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received or len(received.split(b"\r\n\r\n", 1)[1]) < length_of(received):
            piece = connection.recv(65536)
            if not piece:
                return
            received += piece
        self.requests.append(received)

    def close(self) -> None:
        self._socket.close()


def length_of(request: bytes) -> int:
    head = request.split(b"\r\n\r\n", 1)[0].lower()
    return int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in head else 0


def send(payload: bytes) -> Act:
    return lambda connection: connection.sendall(payload)


def wait(seconds: float) -> Act:
    return lambda _: time.sleep(seconds)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def flood(piece: bytes) -> Act:
    def act(connection: socket.socket) -> None:
        while True:
            connection.sendall(piece)

    return act


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:

        def start(*connections: Sequence[Act | str]) -> Server:
            server = Server(*connections)
            servers.callback(server.close)
            return server

        yield start


@pytest.fixture
def client() -> Iterator[HttpClient]:
    client = HttpClient(chosen_by=ChosenBy.OPERATOR)
    yield client
    client.close()


def post(
    client: HttpClient, server: Server, body: bytes = b"{}", *, seconds: float = 5.0, max_bytes: int = 1000
) -> Answer:
    return client.post(
        target_of(server.address), body, headers={"X-Any": "1"}, clock=Clock(seconds), max_bytes=max_bytes
    )


def test_a_request_has_its_head_and_body_and_the_answer_is_read(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK)])
    answer = post(client, server, b"body")
    assert (answer.status, answer.body) == (200, b"{}")
    head = f"POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 4\r\nX-Any: 1\r\n\r\n"
    assert server.requests == [head.encode() + b"body"]


def test_a_connection_is_used_again(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK)] * 3)
    for _ in range(3):
        post(client, server)
    assert server.accepted == 1


def test_a_connection_that_was_closed_while_idle_is_not_used_again(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK)], ["read", send(OK)])
    post(client, server)
    time.sleep(0.1)
    post(client, server)
    assert (server.accepted, len(server.requests)) == (2, 2)


def test_an_answer_that_says_close_ends_its_connection(client: HttpClient, serve: Serve) -> None:
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    server = serve(["read", send(closing), wait(1)], ["read", send(OK)])
    post(client, server)
    post(client, server)
    assert server.accepted == 2


def test_bytes_behind_an_answer_are_nobodys(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK + OK.replace(b"{}", b"[]")), wait(1)], ["read", send(OK)])
    assert post(client, server).body == b"{}"
    assert post(client, server).body == b"{}", "the second answer on the first connection answers no request"


def test_a_request_that_a_closed_connection_refused_is_sent_again(
    client: HttpClient, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(["read", send(OK)], ["read", send(OK)])
    post(client, server)
    time.sleep(0.1)
    blind_to_closing(monkeypatch)
    assert post(client, server).status == 200
    assert len(server.requests) == 2


def test_a_request_that_was_read_is_not_sent_again(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK), "read"], ["read", send(OK)])
    post(client, server)
    with pytest.raises(Unreachable):
        post(client, server)
    assert len(server.requests) == 2


def test_a_request_that_was_read_and_reset_is_not_sent_again(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK), "read", reset], ["read", send(OK)])
    post(client, server)
    with pytest.raises(Unreachable) as caught:
        post(client, server)
    assert caught.value.was_sent
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "acts", [["read", reset], ["read"], ["read", send(b"HTTP/1.1 2")]], ids=["reset", "end", "cut"]
)
def test_a_connection_that_breaks_after_the_request_says_so(
    client: HttpClient, serve: Serve, acts: list[Act | str]
) -> None:
    with pytest.raises(Unreachable) as caught:
        post(client, serve(acts))
    assert caught.value.was_sent


def test_a_request_that_breaks_while_it_is_sent_was_not_sent(client: HttpClient, serve: Serve) -> None:
    server = serve([wait(0.2), reset])
    with pytest.raises(Unreachable) as caught:
        post(client, server, body=b"x" * 50_000_000)
    assert not caught.value.was_sent


def test_where_nobody_listens_nothing_is_sent(client: HttpClient) -> None:
    with pytest.raises(Unreachable) as caught:
        client.post(target_of("http://127.0.0.1:9/"), b"{}", headers={}, clock=Clock(5), max_bytes=1000)
    assert not caught.value.was_sent


def test_a_new_connection_that_is_closed_is_not_tried_twice(client: HttpClient, serve: Serve) -> None:
    server = serve([], ["read", send(OK)])
    with pytest.raises(Unreachable):
        post(client, server)
    assert server.requests == []


def blind_to_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server closes at the very moment of the next request: the look at the idle connection sees nothing yet."""
    monkeypatch.setattr("tenants.outgoing.sockets.ClockedSocket.is_readable", lambda _: False)


@pytest.mark.parametrize(
    "acts",
    [
        [wait(5)],
        ["read", wait(5)],
        ["read", send(b"HTTP/1.1 200"), wait(5)],
        ["read", send(OK[:-1]), wait(5)],
        ["read", *[send(b"HTTP/1.1 100 Continue\r\n\r\n"), wait(0.2)] * 20],
        ["read", send(OK[:20]), *[wait(0.2), send(b"X")] * 20],
    ],
)
def test_the_clock_holds_wherever_a_server_stops(client: HttpClient, serve: Serve, acts: list[Act | str]) -> None:
    server = serve(acts)
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        post(client, server, seconds=0.5)
    assert 0.4 < time.monotonic() - began < 1.5


def test_the_clock_holds_while_a_request_is_sent(client: HttpClient, serve: Serve) -> None:
    server = serve([wait(3)])
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        post(client, server, b"x" * 50_000_000, seconds=0.5)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 1000000000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Connection: close\r\n\r\n",
    ],
)
def test_no_more_of_a_body_is_read_than_is_allowed(client: HttpClient, serve: Serve, head: bytes) -> None:
    piece = b"400\r\n" + b"x" * 1024 + b"\r\n" if b"chunked" in head else b"x" * 1024
    server = serve(["read", send(b"HTTP/1.1 200 OK\r\n" + head), flood(piece)])
    with pytest.raises(BodyUnreadable):
        post(client, server, seconds=20, max_bytes=100_000)


@pytest.mark.parametrize("line", [b"HTTP/1.1 100 Continue\r\n\r\n", b"X" * 1000, b"HTTP/1.1 200 OK\r\nX: y\r\n"])
def test_an_endless_head_is_given_up(client: HttpClient, serve: Serve, line: bytes) -> None:
    server = serve(["read", flood(line)])
    with pytest.raises(Unreachable):
        post(client, server, seconds=20)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_a_body_that_ends_early_is_unreadable(client: HttpClient, serve: Serve, answer: bytes) -> None:
    server = serve(["read", send(answer)])
    with pytest.raises(BodyUnreadable) as caught:
        post(client, server)
    assert caught.value.status == 200


@pytest.mark.parametrize("answer", [b"", b"\r\n", b"SSH-2.0\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 x\r\n\r\n"])
def test_what_is_no_answer_is_unreachable(client: HttpClient, serve: Serve, answer: bytes) -> None:
    with pytest.raises(Unreachable):
        post(client, serve(["read", send(answer)]))


def test_connections_stay_with_the_process_that_opened_them(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK)] * 2, ["read", send(OK)])
    post(client, server)
    child = os.fork()
    if child == 0:
        os._exit(0 if post(client, server).status == 200 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert server.accepted == 2
    post(client, server)
    assert server.accepted == 2, "the parent's connection is as it was"


@pytest.mark.parametrize(
    "address", ["ftp://example.org/", "http:///x", "https://me:secret@example.org/", "http://exämple.org/"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        target_of(address)
    assert "secret" not in str(refused.value)


def test_a_header_cannot_bring_in_another(client: HttpClient, serve: Serve) -> None:
    server = serve(["read", send(OK)])
    with pytest.raises(ValueError, match="line break"):
        client.post(target_of(server.address), b"", headers={"A": "b\r\nC: d"}, clock=Clock(1), max_bytes=1)


def test_link_local_addresses_are_not_connected_to(client: HttpClient) -> None:
    with pytest.raises(AddressRefused):
        client.post(target_of("http://169.254.169.254/"), b"", headers={}, clock=Clock(1), max_bytes=1)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> Iterator[Server]:
    server = serve(["read", send(OK)])
    monkeypatch.setenv("http_proxy", f"http://me:pass@127.0.0.1:{server.port}")
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("no_proxy", "direct.test")
    targets.target_of.cache_clear()
    yield server
    targets.target_of.cache_clear()


def test_a_proxy_of_the_environment_is_sent_the_whole_address(client: HttpClient, proxied: Server) -> None:
    client.post(target_of("http://models.test/v1"), b"{}", headers={}, clock=Clock(5), max_bytes=9)
    (request,) = proxied.requests
    assert request.startswith(b"POST http://models.test/v1 HTTP/1.1\r\nHost: models.test\r\n")
    assert b"Proxy-Authorization: Basic bWU6cGFzcw==\r\n" in request


def test_a_proxy_passes_tls_on_and_its_refusal_is_no_answer(client: HttpClient, proxied: Server) -> None:
    with pytest.raises(Unreachable):  # what stands for a proxy answers 200, and then speaks no TLS
        client.post(target_of("https://models.test/v1"), b"{}", headers={"A": "secret"}, clock=Clock(5), max_bytes=9)
    (request,) = proxied.requests
    assert request == b"CONNECT models.test:443 HTTP/1.1\r\nHost: models.test:443\r\n\r\n"


def test_hosts_without_a_proxy_are_reached_directly(proxied: Server) -> None:
    assert target_of("https://direct.test/v1").proxy is None


def test_a_certificate_that_nobody_signed_is_refused(client: HttpClient, serve: Serve) -> None:
    def greet(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with suppress(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    server = serve([greet])
    with pytest.raises(Unreachable):
        client.post(target_of(f"https://127.0.0.1:{server.port}/"), b"", headers={}, clock=Clock(5), max_bytes=9)
