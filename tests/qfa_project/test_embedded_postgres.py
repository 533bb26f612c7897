import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import environ
import psycopg
import pytest

from qfa_project.postgres import cluster, embedded
from qfa_project.postgres.embedded import EmbeddedPostgresError, data_dir, is_ready, socket_dir, urls

ROOT = Path(__file__).resolve().parents[2]
STARTS = """
import sys, time
from pathlib import Path
from qfa_project.postgres import embedded
embedded.start(Path(sys.argv[1]), fsync=False)
print("started", flush=True)
time.sleep(float(sys.argv[2]))
"""


def visitor(home: Path, *, stays_seconds: float) -> subprocess.Popen[str]:
    """A process of its own that uses the server of `home` for a while."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTS, str(home), str(stays_seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def visit(home: Path, *, stays_seconds: float = 0) -> None:
    with visitor(home, stays_seconds=stays_seconds) as process:
        said, complaints = process.communicate(timeout=60)
    assert (said, process.returncode) == ("started\n", 0), complaints


def postmaster_pid(home: Path) -> int:
    return int((data_dir(home) / "postmaster.pid").read_text().splitlines()[0])


def supervisor_pid(home: Path) -> int:
    status = Path(f"/proc/{postmaster_pid(home)}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def wait_until(fact: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def stop(home: Path) -> None:
    os.kill(supervisor_pid(home), signal.SIGTERM)
    wait_until(lambda: not (data_dir(home) / "postmaster.pid").exists())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "Home of qfa, 100% 'its own'"
    yield home
    if is_ready(home):
        stop(home)


@pytest.fixture(scope="module")
def served_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose server runs, for tests that stop nothing."""
    home = tmp_path_factory.mktemp("served") / "home"
    with visitor(home, stays_seconds=3600) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        try:
            yield home
            stop(home)
        finally:
            process.kill()


def test_the_urls_mean_the_same_to_django_environ_and_to_libpq(home: Path) -> None:
    app_url = urls(home).app_url

    django = environ.Env.db_url_config(app_url)
    libpq = psycopg.conninfo.conninfo_to_dict(app_url)

    assert django["ENGINE"] == "django.db.backends.postgresql"
    assert (django["USER"], django["NAME"], django["OPTIONS"]["host"]) == (
        "qfa_app",
        "qfa",
        str(socket_dir(home)),
    )
    assert (libpq["user"], libpq["dbname"], libpq["host"]) == ("qfa_app", "qfa", str(socket_dir(home)))


def test_urls_start_nothing_and_make_nothing(home: Path) -> None:
    urls(home)

    assert not home.exists()


def test_a_long_home_gets_a_short_socket_directory_of_its_own(tmp_path: Path) -> None:
    first, second = tmp_path / ("a" * 120), tmp_path / ("b" * 120)

    assert len(str(socket_dir(first))) < embedded.SOCKET_DIR_MAX_BYTES
    assert socket_dir(first) == socket_dir(first)
    assert socket_dir(first) != socket_dir(second)


def test_a_server_in_a_long_home_can_be_reached(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    with visitor(home, stays_seconds=30) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        with psycopg.connect(urls(home).app_url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        os.kill(supervisor_pid(home), signal.SIGTERM)
        process.kill()
    wait_until(lambda: not (data_dir(home) / "postmaster.pid").exists())
    socket_dir(home).rmdir()


def test_a_strangers_directory_in_place_of_the_socket_directory_is_refused(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    socket_dir(home).mkdir(mode=0o777)
    socket_dir(home).chmod(0o777)
    try:
        with pytest.raises(EmbeddedPostgresError, match="not a private directory"):
            embedded.start(home, fsync=False)
    finally:
        stop(home)
        socket_dir(home).rmdir()


def test_the_application_role_is_bound_by_row_level_security(served_home: Path) -> None:
    with psycopg.connect(urls(served_home).owner_url) as connection:
        roles = connection.execute(
            "select rolname, rolsuper, rolbypassrls, rolcreatedb from pg_roles"
            " where rolname like 'qfa%' order by rolname"
        ).fetchall()
        owner = connection.execute("select pg_get_userbyid(datdba) from pg_database where datname = 'qfa'").fetchone()

    assert roles == [("qfa_app", False, False, False), ("qfa_owner", False, False, True)]
    assert owner == ("qfa_owner",)


def test_the_owner_makes_and_drops_databases_that_have_vectors(served_home: Path) -> None:
    with psycopg.connect(urls(served_home).owner_url, autocommit=True) as connection:
        connection.execute("create database other")
        with psycopg.connect(urls(served_home).owner_url, dbname="other") as other:
            other.execute("create extension if not exists vector")
            assert other.execute("select '[1,2]'::vector <-> '[1,2]'").fetchone() == (0.0,)
        visitor_of_other = psycopg.connect(urls(served_home).app_url, dbname="other")
        connection.execute("drop database other with (force)")
        visitor_of_other.close()


def test_text_is_sorted_by_code_point_and_folded_in_every_script(served_home: Path) -> None:
    with psycopg.connect(urls(served_home).app_url) as connection:
        row = connection.execute("select upper('éßяա'), array(select unnest('{b,B,a}'::text[]) order by 1)").fetchone()

    assert row == ("ÉßЯԱ", ["B", "a", "b"])


def test_many_processes_that_start_at_once_share_one_server(home: Path) -> None:
    visitors = [visitor(home, stays_seconds=1) for _ in range(6)]
    answers = [process.communicate(timeout=60) for process in visitors]

    assert answers == [("started\n", "")] * 6
    log = (home / "postgres.log").read_text()
    assert log.count("ready to accept connections") == 1


def test_the_server_outlives_who_started_it_and_stops_after_the_last_user(home: Path) -> None:
    first = visitor(home, stays_seconds=60)
    assert first.stdout is not None
    assert first.stdout.readline() == "started\n"
    second = visitor(home, stays_seconds=60)
    assert second.stdout is not None
    assert second.stdout.readline() == "started\n"

    first.kill()
    first.communicate()
    time.sleep(6.5)
    assert is_ready(home), "a user is left"

    second.kill()
    second.communicate()
    wait_until(lambda: not (data_dir(home) / "postmaster.pid").exists(), seconds=12)


def test_data_survives_a_stop_and_a_start(home: Path) -> None:
    visit(home)
    with psycopg.connect(urls(home).owner_url) as connection:
        connection.execute("create table kept (id int)")
    stop(home)

    visit(home)

    with psycopg.connect(urls(home).owner_url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_a_killed_postmaster_is_started_again(home: Path) -> None:
    with visitor(home, stays_seconds=30) as process:
        assert process.stdout is not None
        process.stdout.readline()
        killed = postmaster_pid(home)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_ready(home) and postmaster_pid(home) != killed)
        process.kill()


def test_a_server_whose_supervisor_was_killed_is_replaced(home: Path) -> None:
    visit(home)
    orphan = postmaster_pid(home)
    os.kill(supervisor_pid(home), signal.SIGKILL)

    visit(home)

    assert postmaster_pid(home) != orphan
    with psycopg.connect(urls(home).app_url) as connection:
        assert connection.execute("select current_user").fetchone() == ("qfa_app",)


def test_errors_in_the_log_quote_neither_statement_nor_row(served_home: Path) -> None:
    with psycopg.connect(urls(served_home).owner_url) as connection:
        connection.execute("create table feedback (text text primary key)")
        connection.execute("insert into feedback values ('Amina is ill')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into feedback values ('Amina is ill')")

    log = (served_home / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "Amina" not in log


def test_data_of_another_postgresql_version_is_refused_with_a_reason(home: Path) -> None:
    visit(home)
    stop(home)
    (data_dir(home) / "PG_VERSION").write_text("16\n")

    with pytest.raises(EmbeddedPostgresError, match="was made by PostgreSQL 16"):
        embedded.start(home, fsync=False)


def test_a_failing_initdb_says_why(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "pgdata.draft").mkdir(parents=True)
    (home / "pgdata").symlink_to(tmp_path / "nowhere")

    with pytest.raises(EmbeddedPostgresError, match="could not be started"):
        embedded.start(home, fsync=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
@pytest.mark.parametrize("choice", range(2))
def test_root_runs_it_under_every_account_that_this_machine_has(tmp_path: Path, choice: int) -> None:
    account = cluster._stand_ins()[choice]
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o700)
    if subprocess.run([*account.prefix, "true"], check=False).returncode != 0:
        pytest.skip(f"{account.prefix[0]} is not allowed on this machine")
    cluster.ensure_cluster(home, account, fsync=False)
    postmaster = cluster.start_postmaster(home, account, fsync=False)
    try:
        with psycopg.connect(urls(home).app_url) as connection:
            assert connection.execute("select current_user").fetchone() == ("qfa_app",)
    finally:
        cluster.stop_postmaster(postmaster)


def test_a_home_that_is_removed_takes_its_server_along(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with visitor(home, stays_seconds=30) as process:
        assert process.stdout is not None
        process.stdout.readline()
        pid = supervisor_pid(home)
        subprocess.run(["rm", "-rf", str(home)], check=True)
        wait_until(lambda: not Path(f"/proc/{pid}").exists())
        process.kill()
