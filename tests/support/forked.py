"""Programs of the project, forked from a process that has imported what they import: ready in a second, not in seven.

The process they are forked from starts with the first of them and ends with the tests.
"""

import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from gunicorn.app import wsgiapp

import manage

REPOSITORY = Path(__file__).resolve().parents[2]
PRELOADED = "tests.support.preloaded"

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([PRELOADED])


def run_gunicorn() -> None:
    """Do what `gunicorn --config python:qfa_project.web.gunicorn_conf` does."""
    sys.argv = ["gunicorn", "--config", "python:qfa_project.web.gunicorn_conf"]
    wsgiapp.run()


class Forked:
    """A program in a process and session of its own, with the methods of `subprocess.Popen` that tests use.

    program: runs in that process, in exactly this environment; what it prints goes to the log.
    """

    def __init__(
        self, program: Callable[..., None], *arguments: str, environment: Mapping[str, str], log_path: Path
    ) -> None:
        run = (program, arguments, dict(environment), str(log_path))
        self._process = _context.Process(target=_run, args=run)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a forked program", timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def run_command(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run a command of manage.py to its end and return what it printed. environment: beside this process's own."""
    with NamedTemporaryFile("r", errors="replace") as log:
        command = Forked(run_manage, *arguments, environment=os.environ | dict(environment), log_path=Path(log.name))
        status, printed = command.wait(), log.read()
    assert status == 0, f"manage.py {' '.join(arguments)} ended with {status}:\n{printed}"
    return printed


def run_manage(*arguments: str) -> None:
    """Do what `python manage.py` does with these arguments."""
    sys.argv = ["manage.py", *arguments]
    manage.main()


def _run(program: Callable[..., None], arguments: tuple[str, ...], environment: dict[str, str], log_path: str) -> None:
    assert PRELOADED in sys.modules, f"{PRELOADED} could not be imported"
    gc.enable()
    os.setsid()
    os.chdir(REPOSITORY)
    with open(log_path, "wb") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    os.environ.clear()
    os.environ.update(environment)
    program(*arguments)
