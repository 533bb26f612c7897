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

ROOT = Path(__file__).resolve().parents[2]
FOREVER = "import time; time.sleep(600)"
PATIENT = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: None); time.sleep(600)"


def service(program: str, *arguments: str) -> Service:
    return Service("program", (sys.executable, "-c", program, *arguments))


def run_until(supervisor: Supervisor, fact: Callable[[], bool], *, then: int = signal.SIGTERM) -> int:
    """Run the supervisor with nothing listening, and signal it once the fact holds."""

    def watch() -> None:
        deadline = time.monotonic() + 20
        while not fact() and time.monotonic() < deadline:
            time.sleep(0.02)
        supervisor.note(then, None)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = supervisor.run("http://127.0.0.1:9")
    watcher.join()
    return code


def test_a_web_server_that_cannot_start_ends_everything_with_its_exit_code() -> None:
    worker = service(FOREVER)

    code = Supervisor([service("raise SystemExit(3)"), worker]).run("http://127.0.0.1:9")

    assert code == 3
    assert not worker.is_running()


def test_a_worker_that_ends_is_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    worker = service("import sys; open(sys.argv[1], 'a').write('x')", str(starts))

    code = run_until(
        Supervisor([service(FOREVER), worker]), lambda: starts.exists() and len(starts.read_text()) >= 2
    )

    assert code == 0
    assert len(starts.read_text()) >= 2


def test_the_pause_before_a_restart_grows() -> None:
    worker = service("pass")
    worker.start()
    assert worker.process is not None
    worker.process.wait()

    worker.revive()
    assert not worker.is_running()
    assert worker.pause_seconds == 2.0

    worker.revive()
    assert worker.process is None, "its pause is not over"


def test_both_services_get_the_signal_and_are_waited_for() -> None:
    web, worker = service(FOREVER), service(FOREVER)

    code = run_until(Supervisor([web, worker]), lambda: web.is_running() and worker.is_running())

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
            timeout=20,
        )

    assert ended.returncode == 1
    assert "is in use by another program" in ended.stdout
