"""Gunicorn forked from a process that has imported what servers import: ready in a second, not in seven.

The process it is forked from starts with the first server and ends with the tests.
"""

import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from gunicorn.app.wsgiapp import run

PRELOADED = "tests.support.preloaded"

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([PRELOADED])


class ForkedGunicorn:
    """Gunicorn as `qfa_project.serve` starts it, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, environment: Mapping[str, str], *, directory: Path, log_path: Path) -> None:
        arguments = (dict(environment), str(directory), str(log_path))
        self._process = _context.Process(target=_run_gunicorn, args=arguments)
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
            raise subprocess.TimeoutExpired("gunicorn", timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _run_gunicorn(environment: dict[str, str], directory: str, log_path: str) -> None:
    """Do in the forked process what the command would: a session and a log of its own, and only this environment."""
    assert PRELOADED in sys.modules, f"{PRELOADED} could not be imported"
    gc.enable()
    os.setsid()
    os.chdir(directory)
    with open(log_path, "wb") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["gunicorn", "--config", "python:qfa_project.web.gunicorn_conf"]
    run()
