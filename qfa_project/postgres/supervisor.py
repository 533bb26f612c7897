"""The process that owns one embedded PostgreSQL and stops it after its last user.

`embedded.start` starts it: `python -m qfa_project.postgres.supervisor HOME [--no-fsync]`. It reports "ready" or an
error on its standard output, and then runs detached from the process that started it.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from qfa_project.postgres.cluster import (
    ensure_cluster,
    find_account,
    start_postmaster,
    stop_orphan,
    stop_postmaster,
)
from qfa_project.postgres.embedded import EmbeddedPostgresError, try_lock

LINGER_SECONDS = 5.0
TICK_SECONDS = 0.5


def main() -> None:
    home, fsync = Path(sys.argv[1]), "--no-fsync" not in sys.argv
    if os.fork():
        os._exit(0)  # the starter waits for this parent only, and has no zombie child afterwards
    os.setsid()
    lock = try_lock(home / "db.supervisor")
    if lock is None:
        _say("ready")
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        _supervise(home, fsync=fsync)
    except EmbeddedPostgresError as error:
        _say(str(error))
        raise SystemExit(1) from error


def _supervise(home: Path, *, fsync: bool) -> None:
    account = find_account()
    ensure_cluster(home, account, fsync=fsync)
    stop_orphan(home)
    postmaster = start_postmaster(home, account, fsync=fsync)
    try:
        _say("ready")
        for _ in _ticks_while_used(home):
            if postmaster.poll() is not None:
                postmaster = start_postmaster(home, account, fsync=fsync)
    finally:
        stop_postmaster(postmaster)


def _say(message: str) -> None:
    """Report to the waiting starter, and close the pipe so that it continues."""
    print(message, flush=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _ticks_while_used(home: Path) -> Iterator[None]:
    """Yield every TICK_SECONDS until the server has been unused for LINGER_SECONDS.

    On return the users' lock is held exclusively until this process ends, so that a new user waits for the stop and
    then starts the server again.
    """
    users = os.open(home / "db.users", os.O_RDWR | os.O_CREAT, 0o600)
    idle_since: float | None = None
    while _is_still(home / "db.users", users):
        yield
        time.sleep(TICK_SECONDS)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            idle_since = None
            continue
        idle_since = idle_since or time.monotonic()
        if time.monotonic() - idle_since >= LINGER_SECONDS:
            return
        fcntl.flock(users, fcntl.LOCK_UN)


def _is_still(path: Path, descriptor: int) -> bool:
    """Tell whether the file is still the opened one. It may have been removed with all of QFA_HOME."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main()
