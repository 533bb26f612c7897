"""The embedded PostgreSQL, used without DATABASE_URL: one per QFA_HOME, shared by all processes.

Every process that uses the server holds a shared lock on `QFA_HOME/db.users`. The supervisor (`supervisor.py`) stops
the server when no lock is left; the kernel releases locks even after kill -9. Settings import this module, so it needs
the standard library only, and importing it starts nothing.
"""

import fcntl
import hashlib
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE = "qfa"
OWNER_ROLE = "qfa_owner"
APP_ROLE = "qfa_app"
PORT = 5432
START_TIMEOUT_SECONDS = 120
# A socket's path, `/.s.PGSQL.5432` included, may have 107 bytes at most on Linux and 103 on macOS.
SOCKET_DIR_MAX_BYTES = 103 - len(f"/.s.PGSQL.{PORT}")

_user_locks: dict[Path, int] = {}


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL could not be started. The message gives the cause and a remedy."""


@dataclass(frozen=True)
class EmbeddedUrls:
    """Addresses of one embedded server, in a form that both libpq and django-environ read."""

    app_url: str
    owner_url: str


def urls(home: Path) -> EmbeddedUrls:
    """Return the addresses of the server of `home`, which need not run."""
    where = f"{DATABASE}?host={quote(str(socket_dir(home)), safe='/')}&port={PORT}"
    return EmbeddedUrls(app_url=f"postgres://{APP_ROLE}@/{where}", owner_url=f"postgres://{OWNER_ROLE}@/{where}")


def start(home: Path, *, fsync: bool = True) -> None:
    """Start the server of `home`, or use the running one, until this process ends.

    fsync: False for temporary data. Only the process that starts the server decides it.
    Raises EmbeddedPostgresError.
    """
    home = home.absolute()
    if home in _user_locks:
        return
    _make_private_dir(home)
    # Waits while a supervisor is stopping the server: it holds this lock exclusively until it is done.
    users = _open_lock(home / "db.users", fcntl.LOCK_SH)
    try:
        if not _is_served(home):
            with _locked(home / "db.start"):  # one supervisor is enough
                _ensure_served(home, fsync=fsync)
        _check_private(socket_dir(home), owner=data_dir(home).stat().st_uid)
    except BaseException:
        os.close(users)
        raise
    _user_locks[home] = users


def data_dir(home: Path) -> Path:
    """Return the data directory of the server of `home`."""
    return home.absolute() / "pgdata"


def socket_dir(home: Path) -> Path:
    """Return the socket directory of the server of `home`: in /tmp where the path would be too long for a socket."""
    inside = home.absolute() / "run"
    if len(os.fsencode(inside)) <= SOCKET_DIR_MAX_BYTES:
        return inside
    return Path("/tmp") / f"qfa-{hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]}"  # noqa: S108 - see _check_private


def is_ready(home: Path) -> bool:
    """Tell whether the postmaster of `home` is alive and accepts connections."""
    try:
        lines = (data_dir(home) / "postmaster.pid").read_text().splitlines()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        os.kill(int(lines[0]), 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:  # alive, under another account
        return True
    return True


def try_lock(path: Path) -> int | None:
    """Take the exclusive lock on `path`; return None when another process holds it."""
    try:
        return _open_lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


def log_tail(home: Path, lines: int = 15) -> str:
    """Return the last lines of the server's log, for error messages."""
    path = home / "postgres.log"
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def _is_served(home: Path) -> bool:
    return _is_supervised(home) and is_ready(home)


def _is_supervised(home: Path) -> bool:
    supervisor = try_lock(home / "db.supervisor")
    if supervisor is None:
        return True
    os.close(supervisor)
    return False


def _ensure_served(home: Path, *, fsync: bool) -> None:
    """Wait for a supervisor that is starting, and replace one that is stopping."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not _is_served(home):
        if not _is_supervised(home):
            _launch_supervisor(home, fsync=fsync)
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"The embedded PostgreSQL in {home} does not get ready:\n{log_tail(home)}")
        time.sleep(0.02)


def _launch_supervisor(home: Path, *, fsync: bool) -> None:
    """Start the supervisor, and wait until it reports "ready" or an error."""
    arguments = [str(home)] if fsync else [str(home), "--no-fsync"]
    log = os.open(home / "postgres.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        said = subprocess.run(
            [sys.executable, "-m", "qfa_project.postgres.supervisor", *arguments],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
        ).stdout.strip()
    finally:
        os.close(log)
    if said != "ready":
        reason = said or log_tail(home)
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL in {home} could not be started: {reason}\n"
            "Set DATABASE_URL and DATABASE_OWNER_URL to use another PostgreSQL 15 or newer."
        )


def _make_private_dir(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _check_private(path: Path, *, owner: int) -> None:
    """Refuse a socket directory that another account could have created, as it can in /tmp."""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid != owner:
        raise EmbeddedPostgresError(f"{path} is not a private directory of this server: remove it and start again.")


def _open_lock(path: Path, kind: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _open_lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)
