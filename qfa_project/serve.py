"""Run the web server and the job workers together: `make serve`.

The database is brought up to date first. A process that ends is started again after a pause that grows.
SIGTERM lets running calls and jobs finish, SIGINT (Ctrl+C) does not wait for long, a second signal ends all.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import environ

ROOT = Path(__file__).resolve().parent.parent
MANAGE = (sys.executable, str(ROOT / "manage.py"))
MIGRATE = (*MANAGE, "migrate", "--verbosity", "0")
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "python:qfa_project.web.gunicorn_conf")
JOB_WORKER = (*MANAGE, "procrastinate", "worker")
WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104
TICK_SECONDS = 0.25
STEADY_AFTER_SECONDS = 60
LONGEST_PAUSE_SECONDS = 30.0
QUICK_STOP_SECONDS = 10.0
# Longer than gunicorn's graceful_timeout, which is longer than any operation.
PATIENT_STOP_SECONDS = 700.0


@dataclass
class Service:
    """One process that is kept running."""

    name: str
    command: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause_seconds: float = 1.0

    def start(self) -> None:
        self.process = subprocess.Popen([*_dies_with_us(), *self.command], cwd=ROOT, stdin=subprocess.DEVNULL)
        self.started_at = time.monotonic()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def revive(self) -> None:
        """Start it again once its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            if now - self.started_at > STEADY_AFTER_SECONDS:
                self.pause_seconds = 1.0
            _say(f"{self.name} ended with {self.process.returncode}; next start in {self.pause_seconds:.0f} s")
            self.process, self.due_at = None, now + self.pause_seconds
            self.pause_seconds = min(2 * self.pause_seconds, LONGEST_PAUSE_SECONDS)
        elif now >= self.due_at:
            self.start()


@dataclass
class Supervisor:
    """Keeps the services running until a signal says stop."""

    services: list[Service]
    signals: list[int] = field(default_factory=list)

    def note(self, number: int, _frame: FrameType | None) -> None:
        self.signals.append(number)

    def run(self, url: str) -> int:
        """Return the exit code: gunicorn's own when it never got ready, otherwise 0.

        The others start when the web server is ready: until then it needs the processors.
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
        """Pass the signal on and wait; after a second one, or too long a time, kill what is left."""
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
    job_workers = int(wanted)
    services = [Service("web server", GUNICORN)]
    services += [Service(f"job worker {number + 1}", JOB_WORKER) for number in range(job_workers)]
    supervisor = Supervisor(services)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.note)
    if _is_taken(bind):
        _say(f"{bind} is in use by another program: stop it, or choose another address (BIND=127.0.0.1:8001).")
        return 1
    migrated = subprocess.run([*_dies_with_us(), *MIGRATE], cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if migrated.returncode != 0 or supervisor.signals:
        return abs(migrated.returncode) or 1
    return supervisor.run(f"http://{_local(bind)}")


def _say(message: str) -> None:
    print(message, flush=True)


def _dies_with_us() -> tuple[str, ...]:
    """A prefix by which a process is stopped when this one is killed, where the machine can do that."""
    return ("setpriv", "--pdeathsig", "TERM") if sys.platform == "linux" and shutil.which("setpriv") else ()


def _local(bind: str) -> str:
    """The address to ask ourselves at: a wildcard is no place to call."""
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
    except urllib.error.HTTPError:  # an answer too: our own name need not be in ALLOWED_HOSTS
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
