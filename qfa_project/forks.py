"""Run functions in processes that are forked from this one, with its loaded modules."""

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
    """A function that runs in a forked process, with the methods of subprocess.Popen that a supervisor uses.

    No other thread may run at the fork: the new process has only this thread, and locks held by others stay locked.
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
    """Detach the new process from its parent, except that it ends with the parent where the system supports that."""
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
