"""Processes forked from this one, with all that it has loaded."""

import ctypes
import gc
import os
import random
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
STOPPING = {signal.SIGTERM, signal.SIGINT}


class ForkedProcess:
    """A function running in a process of its own, with what a supervisor uses of subprocess.Popen.

    No other thread may run when it is made: in the new process there is only this one, and locks stay as they were.
    """

    def __init__(self, run: Callable[[], object]) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal between the fork and its new handlers would be noted by a supervisor that is none.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        self.pid = os.fork()
        if self.pid == 0:
            _begin(parent)
            run()
            sys.exit(0)  # through the whole stack, as a program ends: threads are waited for, exit handlers run
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def wait(self) -> int:
        code = self._wait(0)
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _begin(parent: int) -> None:
    """Cut what binds the new process to the one that forked it, but end with it where the machine can do that."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before we asked
            sys.exit(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    random.seed()
    gc.enable()
