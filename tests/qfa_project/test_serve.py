import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qfa_project.serve import Service, Supervisor, _is_taken, _local
from tests.support.web_server import WebServer

ROOT = Path(__file__).resolve().parents[2]
FOREVER = "import time; time.sleep(600)"
PATIENT = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: None); time.sleep(600)"


def service(program: str, *arguments: str) -> Service:
    return Service("program", lambda: subprocess.Popen([sys.executable, "-c", program, *arguments]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def web_server(port: int) -> Service:
    """A server that answers, if only with 404."""
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    return Service("web", lambda: subprocess.Popen(command))


def run_until(supervisor: Supervisor, fact: Callable[[], bool], *, port: int = 9) -> int:
    """Run the supervisor, and signal it once the fact holds."""

    def watch() -> None:
        deadline = time.monotonic() + 120
        while not fact() and time.monotonic() < deadline:
            time.sleep(0.02)
        supervisor.note(signal.SIGTERM, None)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = supervisor.run(f"http://127.0.0.1:{port}")
    watcher.join()
    return code


def test_a_web_server_that_cannot_start_ends_everything_with_its_exit_code() -> None:
    worker = service(FOREVER)

    code = Supervisor([service("raise SystemExit(3)"), worker]).run("http://127.0.0.1:9")

    assert code == 3
    assert worker.process is None


def test_a_worker_that_ends_is_started_again(tmp_path: Path) -> None:
    port, starts = free_port(), tmp_path / "starts"
    worker = service("import sys; open(sys.argv[1], 'a').write('x')", str(starts))

    def has_started_twice() -> bool:
        return starts.exists() and len(starts.read_text()) >= 2

    code = run_until(Supervisor([web_server(port), worker]), has_started_twice, port=port)

    assert code == 0
    assert has_started_twice()


def test_a_web_server_that_ends_later_is_started_again() -> None:
    port = free_port()
    web, worker = web_server(port), service(FOREVER)
    pids: set[int] = set()

    def is_replaced() -> bool:
        if worker.process and web.process and not pids:
            pids.add(web.process.pid)
            web.process.send_signal(signal.SIGKILL)
        return web.process is not None and bool(pids) and web.process.pid not in pids

    run_until(Supervisor([web, worker]), is_replaced, port=port)

    assert web.process is not None
    assert web.process.pid not in pids


def test_the_pause_before_a_restart_grows() -> None:
    worker = service("pass")
    worker.start()
    assert worker.process is not None
    while worker.process.poll() is None:
        time.sleep(0.01)

    worker.revive()
    assert not worker.is_running()
    assert worker.pause_seconds == 2.0

    worker.revive()
    assert worker.process is None, "its pause is not over"


def test_both_services_get_the_signal_and_are_waited_for() -> None:
    port = free_port()
    web, worker = web_server(port), service(FOREVER)

    code = run_until(Supervisor([web, worker]), worker.is_running, port=port)

    assert code == 0
    assert web.process is not None
    assert worker.process is not None
    assert (web.process.returncode, worker.process.returncode) == (-signal.SIGTERM, -signal.SIGTERM)


def test_a_second_signal_ends_what_still_runs() -> None:
    web = service(PATIENT)
    supervisor = Supervisor([web])

    def is_deaf() -> bool:
        time.sleep(0.5)
        return web.is_running()

    threading.Timer(2.0, supervisor.note, (signal.SIGTERM, None)).start()
    started = time.monotonic()
    run_until(supervisor, is_deaf)

    assert time.monotonic() - started < 5
    assert web.process is not None
    assert web.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("bind", "local"),
    [
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("0.0.0.0:80", "127.0.0.1:80"),
        (":80", "127.0.0.1:80"),
        ("[::]:80", "[::1]:80"),
    ],
)
def test_the_address_to_call_is_a_place_and_no_wildcard(bind: str, local: str) -> None:
    assert _local(bind) == local


def test_an_address_in_use_is_said_at_once() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        assert _is_taken(bind)

        ended = subprocess.run(
            [sys.executable, "-m", "qfa_project.serve"],
            cwd=ROOT,
            env={"BIND": bind},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert ended.returncode == 1
    assert "is in use by another program" in ended.stdout


def test_the_log_never_quotes_a_refused_request(server: WebServer) -> None:
    with socket.create_connection(("127.0.0.1", int(server.base_url.rpartition(":")[2])), timeout=10) as client:
        client.sendall(b"Amina from camp 3 is ill\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400")

    assert "Request not handled: Invalid" in server.log
    assert "Amina" not in server.log
