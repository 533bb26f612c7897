"""Start the measured system: the server as `make serve` runs it, a separate database and the fast provider."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.processes import megabytes_proportional
from tests.support.web_server import REPOSITORY, WebServer, parent_of, process_tree, running_server


@dataclass(frozen=True)
class Provider:
    """The fast provider in its own process."""

    process: subprocess.Popen[str]
    base_url: str

    def set_delay(self, seconds: float) -> None:
        self._control(f"delay/{seconds}")

    @property
    def calls(self) -> int:
        return int(self._control("state")["calls"])

    @property
    def bodies(self) -> dict[str, Any]:
        """Return the server's first chat completion by the name of its answer."""
        return dict(self._control("state")["bodies"])

    def _control(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.base_url.removesuffix('/v1')}/control/{path}", trust_env=False)
        return dict(answer.json())


@contextmanager
def running_provider() -> Iterator[Provider]:
    command = [sys.executable, "-m", "bench.fast_provider"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield Provider(process, f"http://127.0.0.1:{int(process.stdout.readline())}/v1")
        process.terminate()


@dataclass(frozen=True)
class System:
    """The running server with a superuser key of its one tenant. bound: calls it works on at once."""

    server: WebServer
    provider: Provider
    key: str
    web_pids: list[int]
    bound: int
    postmaster_pid: int | None

    @property
    def port(self) -> int:
        return int(self.server.base_url.rpartition(":")[2])

    @property
    def pids(self) -> dict[str, int]:
        """Roots of the process trees, by what they do."""
        roots = {"web": parent_of(self.web_pids[0]), "provider": self.provider.process.pid}
        return roots if self.postmaster_pid is None else roots | {"database": self.postmaster_pid}

    def megabytes(self) -> dict[str, list[float]]:
        """Memory by PSS of the web processes, the job workers, and the two that they are forked from."""
        supervisor, master = self.server.process.pid, self.pids["web"]
        jobs = set(process_tree(supervisor)) - {supervisor, *process_tree(master)}
        pids = {"web": self.web_pids, "job": sorted(jobs), "forked from": [supervisor, master]}
        return {name: megabytes_proportional(group) for name, group in pids.items()}

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.server.base_url, headers=headers, timeout=120, trust_env=False)

    def store_keys(self, count: int) -> None:
        """Add API keys, through the REST API, until there are so many."""
        with self.client() as client:
            tenant_id = client.get("/v1/admin/tenants").raise_for_status().json()["tenants"][0]["tenant_id"]
            stored = len(client.get("/v1/admin/keys").raise_for_status().json()["auth_keys"])
            for number in range(stored, count):
                body = {"key_name": f"key {number}", "tenant_id": tenant_id}
                client.post("/v1/admin/keys", json=body).raise_for_status()


@dataclass(frozen=True)
class Prepared:
    """A migrated database with a tenant and its superuser key, and the environment of a server on it."""

    home: Path
    provider: Provider
    environment: dict[str, str]
    key: str
    bound_per_process: int


def prepare(home: Path, provider: Provider) -> Prepared:
    """Migrate a fresh database, and make a tenant and a key."""
    environment = {
        "QFA_HOME": str(home),
        "LLM_MODEL": "openai/scripted",
        "LLM_API_BASE": provider.base_url,
        "LLM_API_KEY": "sk-scripted",
    }
    manage(environment, "migrate", "--verbosity=0")
    manage(environment, "create_tenant", "bench", "--name", "Bench", "--allow-superusers")
    key = manage(environment, "create_api_key", "bench", "--name", "load", "--superuser").splitlines()[-1]
    return Prepared(home, provider, environment, key.strip(), in_flight_calls_per_process(environment))


@contextmanager
def serving(prepared: Prepared) -> Iterator[System]:
    """Serve with default settings."""
    with running_server(prepared.environment, log_path=prepared.home / "server.log") as server:
        web_pids = server.web_pids()
        bound = prepared.bound_per_process * len(web_pids)
        yield System(server, prepared.provider, prepared.key, web_pids, bound, postmaster_pid(prepared.home))


@contextmanager
def fresh_system() -> Iterator[System]:
    """Serve on a fresh database, beside a provider of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="qfa-bench-", ignore_cleanup_errors=True) as home,
        running_provider() as provider,
        serving(prepare(Path(home), provider)) as system,
    ):
        yield system


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {arguments[0]} failed:\n{done.stderr}"
    return done.stdout


def in_flight_calls_per_process(environment: Mapping[str, str]) -> int:
    """Read the bound from the settings in force."""
    found = re.search(r"^MAX_IN_FLIGHT_CALLS = (\d+)", manage(environment, "diffsettings"), re.MULTILINE)
    assert found, "there is no setting MAX_IN_FLIGHT_CALLS"
    return int(found.group(1))


def postmaster_pid(home: Path) -> int | None:
    """The embedded PostgreSQL's first process; None where DATABASE_URL names another server."""
    pid_file = home / "pgdata" / "postmaster.pid"
    if "DATABASE_URL" in os.environ or not pid_file.exists():
        return None
    return int(re.split(r"\s", pid_file.read_text(), maxsplit=1)[0])
