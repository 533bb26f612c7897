"""One migrated template database for each run of the tests, and a clone of it for each worker.

The server is the embedded one, in a directory of this run and without fsync, or the one that DATABASE_URL and
DATABASE_OWNER_URL name. The template is migrated by `manage.py migrate`, as an installation would be.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from qfa_project.postgres import embedded

REPOSITORY = Path(__file__).resolve().parents[2]
STOP_TIMEOUT_SECONDS = 60.0


SharedDatabase = Callable[[str, "Callable[[DatabaseUrls], None]"], "DatabaseUrls"]


@dataclass(frozen=True)
class DatabaseUrls:
    """One database as its two roles reach it."""

    app_url: str
    owner_url: str

    def named(self, database: str) -> "DatabaseUrls":
        """Another database of the same server."""
        return DatabaseUrls(_renamed(self.app_url, database), _renamed(self.owner_url, database))

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.app_url, "DATABASE_OWNER_URL": self.owner_url}


def _renamed(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def join_server(run_directory: Path, environment: Mapping[str, str]) -> DatabaseUrls:
    """Join the server that the environment names, or the embedded server of this run."""
    if url := environment.get("DATABASE_URL"):
        return DatabaseUrls(url, environment.get("DATABASE_OWNER_URL", url))
    embedded.start(run_directory, fsync=False)
    urls = embedded.urls(run_directory)
    return DatabaseUrls(urls.app_url, urls.owner_url)


def leave_server(run_directory: Path, environment: Mapping[str, str]) -> None:
    """Remove what the run made: the embedded server and its directory, or the databases elsewhere."""
    if (run_directory / "db.users").exists():
        (run_directory / "db.users").unlink()  # tells the supervisor that nobody is left
        end = time.monotonic() + STOP_TIMEOUT_SECONDS
        while embedded.is_ready(run_directory) and time.monotonic() < end:
            time.sleep(0.05)
    elif (run_directory / "template.lock").exists():
        _drop_databases(join_server(run_directory, environment), run_directory)
    shutil.rmtree(run_directory, ignore_errors=True)


def clone_template(server: DatabaseUrls, run_directory: Path, worker: str) -> DatabaseUrls:
    """Return a fresh copy of the migrated template, which the first worker to ask for one makes."""
    template = shared_database(server, run_directory, "template", migrate)
    clone = _name(run_directory, worker)
    with _locked(run_directory / "template.lock"):  # a database that is being copied has no other connections
        _create_database(server, clone, template=urlsplit(template.app_url).path.removeprefix("/"))
    return server.named(clone)


def shared_database(
    server: DatabaseUrls, run_directory: Path, name: str, fill: Callable[[DatabaseUrls], None]
) -> DatabaseUrls:
    """Return the run's database of this name, which the first worker to ask for it makes."""
    database = _name(run_directory, name)
    with _locked(run_directory / f"{name}.lock"):
        if not (run_directory / name).exists():
            _create_database(server, database)
            fill(server.named(database))
            (run_directory / name).touch()
    return server.named(database)


def _drop_databases(server: DatabaseUrls, run_directory: Path) -> None:
    """Drop the template and every clone of this run."""
    with _owner_connection(server) as connection:
        names = "select datname from pg_database where datname like %s"
        for (name,) in connection.execute(names, [_name(run_directory, "%")]).fetchall():
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _name(run_directory: Path, suffix: str) -> str:
    return f"{run_directory.name.lower().replace('-', '_')}_{suffix}"


def _create_database(server: DatabaseUrls, name: str, *, template: str | None = None) -> None:
    statement = sql.SQL("create database {}").format(sql.Identifier(name))
    if template:
        statement += sql.SQL(" template {}").format(sql.Identifier(template))
    with _owner_connection(server) as connection:
        connection.execute(statement)


def migrate(database: DatabaseUrls, *, leaves: Mapping[str, str] | None = None) -> None:
    """Migrate as an installation would, or an empty database to earlier migrations. leaves: migration by app."""
    if leaves is None:
        _run(["manage.py", "migrate", "--verbosity=0"], database.environment)
    else:
        command = ["-m", "tests.support.migrate_to", json.dumps(dict(leaves))]
        _run(command, database.environment | {"DATABASE_URL": database.owner_url})


def _run(arguments: list[str], environment: Mapping[str, str]) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "qfa_project.settings", **os.environ, **environment}
    command = [sys.executable, *arguments]
    migrated = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert migrated.returncode == 0, f"{arguments} failed:\n{migrated.stdout}{migrated.stderr}"


def _owner_connection(server: DatabaseUrls) -> psycopg.Connection[tuple[str, ...]]:
    return psycopg.connect(server.owner_url, autocommit=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
