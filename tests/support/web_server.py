"""The real web server of the project in a process group of its own: started by its real entry, or forked."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.forked import Forked, run_gunicorn

REPOSITORY = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 180.0  # 5 on a quiet machine
STOP_TIMEOUT_SECONDS = 60.0
# A developer's shell or .env may set these; a test must not depend on it.
BLANK = dict.fromkeys(("LLM_API_BASE", "LLM_API_KEY", "LLM_API_VERSION", "JUDGE_LLM_MODEL", "JUDGE_LLM_API_BASE"), "")


@dataclass
class WebServer:
    """A running server: supervisor, gunicorn and its web processes."""

    base_url: str
    process: subprocess.Popen[bytes] | Forked
    log_path: Path
    seconds_to_ready: float = 0.0

    @property
    def port(self) -> int:
        return int(self.base_url.rpartition(":")[2])

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def web_pids(self) -> list[int]:
        """The processes that serve requests: they hold the listening socket and have no children."""
        sockets = _listening_sockets(self.port)
        tree = process_tree(self.process.pid)
        holders = [pid for pid in tree if _holds_one_of(pid, sockets)]
        parents = {parent_of(pid) for pid in tree}
        return [pid for pid in holders if pid not in parents]


@contextmanager
def running_server(environment: Mapping[str, str], *, log_path: Path) -> Iterator[WebServer]:
    """Serve on a free port until the block ends, by the project's entry: it migrates, then supervises gunicorn."""
    bind = f"127.0.0.1:{free_port()}"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "qfa_project.serve"],
            cwd=REPOSITORY,
            env=_environment(environment, bind),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield from _until_ready(WebServer(f"http://{bind}", process, log_path))


@contextmanager
def forked_server(environment: Mapping[str, str], *, log_path: Path) -> Iterator[WebServer]:
    """Serve on a free port until the block ends, by gunicorn alone, on a database that is migrated: in a second."""
    bind = f"127.0.0.1:{free_port()}"
    process = Forked(run_gunicorn, environment=_environment(environment, bind), log_path=log_path)
    yield from _until_ready(WebServer(f"http://{bind}", process, log_path))


def _environment(changed: Mapping[str, str], bind: str) -> dict[str, str]:
    return os.environ | BLANK | {"BIND": bind} | dict(changed)


def _until_ready(server: WebServer) -> Iterator[WebServer]:
    """Yield the server once /v1/health/ready says that it is; then stop it."""
    started = time.monotonic()
    try:
        _wait_until_ready(server)
        server.seconds_to_ready = time.monotonic() - started
        yield server
    finally:
        stop(server)


def _wait_until_ready(server: WebServer) -> None:
    end = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_ready(server.base_url):
        assert server.process.poll() is None, f"The server did not start:\n{server.log}"
        assert time.monotonic() < end, f"The server does not get ready:\n{server.log}"
        time.sleep(0.05)


def is_ready(base_url: str) -> bool:
    try:
        return httpx.get(f"{base_url}/v1/health/ready", timeout=5.0, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def stop(server: WebServer) -> None:
    """Ask the supervisor to stop; what is left of its process group after the time limit is killed."""
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def process_tree(root: int) -> list[int]:
    """The process and all its descendants."""
    tree = [root]
    for parent in tree:
        tree += _children_of(parent)
    return tree


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _children_of(pid: int) -> list[int]:
    children: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        children += map(int, thread.read_text().split())
    return children


def _listening_sockets(port: int) -> set[str]:
    """The sockets that listen on a loopback port, as /proc/PID/fd names them; with SO_REUSEPORT there are several."""
    listening = f"0100007F:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return {f"socket:[{columns[9]}]" for columns in rows if columns[1] == listening and columns[3] == "0A"}


def _holds_one_of(pid: int, sockets: set[str]) -> bool:
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if os.readlink(descriptor) in sockets:
                return True
    return False
