"""A forked process ends as a program does, and with the one that forked it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support.web_server import REPOSITORY

BEGIN = """
import atexit, os, signal, sys, threading, time
from qfa_project.forks import ForkedProcess

noted = []
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *args: noted.append(args))
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [("None", 0), ("sys.exit(3)", 3), ("1 / 0", 1), ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM)],
)
def test_its_exit_code_is_known(body: str, code: int) -> None:
    ended = run(f"print('code', ForkedProcess(lambda: {body}).wait(), noted)")
    assert ended.stdout == f"code {code} []\n"


def test_exit_handlers_run_and_threads_are_waited_for() -> None:
    program = """
def work():
    atexit.register(print, "handler")
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()

ForkedProcess(work).wait()
"""
    assert run(program).stdout.split() == ["thread", "handler"]


def test_it_takes_signals_of_its_own() -> None:
    program = """
child = ForkedProcess(lambda: time.sleep(60))
assert child.poll() is None
child.send_signal(signal.SIGTERM)
print(child.wait(), child.poll(), noted)
child.send_signal(signal.SIGTERM)
"""
    assert run(program).stdout == f"{-signal.SIGTERM} {-signal.SIGTERM} []\n"


@pytest.mark.skipif(sys.platform != "linux", reason="a signal at the end of the parent is Linux's")
def test_it_ends_with_the_process_that_forked_it() -> None:
    killed = run("print(ForkedProcess(lambda: time.sleep(60)).pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    assert killed.returncode == -signal.SIGKILL
    end = time.monotonic() + 10
    while is_running(int(killed.stdout)):
        assert time.monotonic() < end
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
