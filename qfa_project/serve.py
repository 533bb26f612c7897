"""Run the web server and the job workers together: `make serve`.

The application is loaded once, while another process migrates the database; the web server and the job workers are
forked from it. A process that ends is started again, after a pause that doubles every time. SIGTERM waits for running
calls and jobs, SIGINT (Ctrl+C) waits QUICK_STOP_SECONDS, and a second signal ends everything at once.
"""

import functools
import gc
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Protocol

import django
import environ
from django.utils.module_loading import import_string
from gunicorn.app import wsgiapp

from qfa_project.forks import ForkedProcess
from qfa_project.web.memory import limit_arenas

ROOT = Path(__file__).resolve().parent.parent
MIGRATE = ("migrate", "--verbosity", "0")
JOB_WORKER = ("procrastinate", "worker", "--concurrency", "8")  # slices of batches share BATCH_THREADS threads
WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104
TICK_SECONDS = 0.25
STEADY_AFTER_SECONDS = 60
MAX_PAUSE_SECONDS = 30.0
WORKER_PAUSE_SECONDS = 4.0  # a job worker ends whenever PostgreSQL is restarted, and batches should go on soon
QUICK_STOP_SECONDS = 10.0
# Longer than gunicorn's graceful_timeout, which is longer than any operation.
PATIENT_STOP_SECONDS = 700.0


class Process(Protocol):
    """A running or ended process, such as a subprocess.Popen."""

    @property
    def pid(self) -> int: ...

    returncode: int | None

    def poll(self) -> int | None: ...

    def send_signal(self, number: int, /) -> None: ...


@dataclass
class Service:
    """A process that is restarted when it ends."""

    name: str
    launch: Callable[[], Process]
    process: Process | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause_seconds: float = 1.0
    max_pause_seconds: float = MAX_PAUSE_SECONDS

    def start(self) -> None:
        self.process = self.launch()
        self.started_at = time.monotonic()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def revive(self) -> None:
        """Start the process again after its pause."""
        now = time.monotonic()
        if self.process is not None:
            if now - self.started_at > STEADY_AFTER_SECONDS:
                self.pause_seconds = 1.0
            _say(f"{self.name} ended with {self.process.returncode}; next start in {self.pause_seconds:.0f} s")
            self.process, self.due_at = None, now + self.pause_seconds
            self.pause_seconds = min(2 * self.pause_seconds, self.max_pause_seconds)
        elif now >= self.due_at:
            self.start()


@dataclass
class Supervisor:
    """Runs the services until a signal stops them."""

    services: list[Service]
    signals: list[int] = field(default_factory=list)

    def note(self, number: int, _frame: FrameType | None) -> None:
        self.signals.append(number)

    def run(self, url: str) -> int:
        """Run the services and return the exit code: gunicorn's own when it never became ready, otherwise 0.

        The other services start when the web server is ready, because it needs the processors until then.
        """
        web = self.services[0]
        web.start()
        while not self.signals and not _answers(url):
            if not web.is_running():
                return (web.process.returncode if web.process else 0) or 1
            time.sleep(TICK_SECONDS)
        if not self.signals:
            _say(f"Ready at {url}")
        while not self.signals:
            for service in self.services:
                if not service.is_running():
                    service.revive()
            time.sleep(TICK_SECONDS)
        self.stop()
        return 0

    def stop(self) -> None:
        """Pass the signal on and wait. After a second signal, or at the deadline, kill the remaining processes."""
        first = self.signals[0]
        patience = QUICK_STOP_SECONDS if first == signal.SIGINT else PATIENT_STOP_SECONDS
        for service in self.services:
            service.send(first)
        deadline = time.monotonic() + patience
        while any(service.is_running() for service in self.services):
            if len(self.signals) > 1 or time.monotonic() > deadline:
                for service in self.services:
                    service.send(signal.SIGKILL)
            time.sleep(TICK_SECONDS / 5)


def main() -> int:
    environ.Env.read_env(ROOT / ".env")
    bind = os.environ.setdefault("BIND", "127.0.0.1:8000")
    wanted = os.environ.get("WORKERS") or "1"
    if not wanted.isdigit():
        _say(f"WORKERS is {wanted!r}: set the number of job workers, 0 or more.")
        return 1
    services = [Service("web server", functools.partial(ForkedProcess, _run_gunicorn))]
    services += [
        Service(
            f"job worker {number + 1}",
            functools.partial(ForkedProcess, functools.partial(_manage, *JOB_WORKER)),
            max_pause_seconds=WORKER_PAUSE_SECONDS,
        )
        for number in range(int(wanted))
    ]
    supervisor = Supervisor(services)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.note)
    if _is_taken(bind):
        _say(f"{bind} is in use by another program: stop it, or choose another address (BIND=127.0.0.1:8001).")
        return 1
    code = _load_and_migrate()
    if code != 0 or supervisor.signals:
        return abs(code) or 1
    return supervisor.run(f"http://{_local(bind)}")


def _load_and_migrate() -> int:
    """Load the shared modules while another process migrates, and return the exit code of that process."""
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # or a thread starts with NumPy, and forks lose it
    limit_arenas()
    gc.disable()
    django.setup()
    migration = ForkedProcess(functools.partial(_manage, *MIGRATE))
    import_module("qfa_project.wsgi")  # starts the embedded PostgreSQL, where that is used
    import_string("inference.warmup.load")()
    gc.collect()
    gc.freeze()
    gc.enable()
    return migration.wait()


def _run_gunicorn() -> None:
    sys.argv = ["gunicorn", "--config", "python:qfa_project.web.gunicorn_conf"]
    wsgiapp.run()


def _manage(*arguments: str) -> None:
    """Run a management command as manage.py does."""
    sys.argv = ["manage.py", *arguments]
    import_module("manage").main()


def _say(message: str) -> None:
    print(message, flush=True)


def _local(bind: str) -> str:
    """Return the address for requests to ourselves, in place of a wildcard."""
    host, _, port = bind.rpartition(":")
    return f"{WILDCARDS.get(host, host)}:{port}"


def _is_taken(bind: str) -> bool:
    host, _, port = _local(bind).rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError:
            return True
    return False


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/v1/health", timeout=2).close()  # noqa: S310 - http, see main
    except urllib.error.HTTPError:  # also an answer: our own address need not be in ALLOWED_HOSTS
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
