"""Disturb a batch while it runs, and count what comes out: `python -m bench.chaos`.

Two hosts, each with its own QFA_HOME, work on one PostgreSQL: web server and job workers, as `make serve` runs them.
While a batch runs, processes are killed with SIGKILL or paused with SIGSTOP at random, and PostgreSQL is restarted or
its backends are killed. The provider counts its calls; the database says what was stored.

`--speed` disturbs nothing, and measures the time of a batch against the ideal. `--flood` measures the small batch of
another tenant alone, and while one tenant has flooded the queue.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.under_test import Provider, manage, postmaster_pid, running_provider
from qfa_project.postgres import embedded
from tests.support.web_server import WebServer, process_tree, running_server

TREE = {"root_codes": [{"id": "w", "name": "Water"}, {"id": "h", "name": "Health"}]}
ENDED = {"succeeded", "partially_failed", "failed", "cancelled", "stopped_by_budget"}
RESUME_SECONDS = 60.0
PAUSE_SECONDS = 40.0
CENSUS_SQL = """
select count(*) filter (where status = 'ok'), count(*) filter (where status = 'failed'), count(distinct index)
from feedback_batchitem where batch_id = %s
"""
LEDGER_SQL = "select status, count(*) from llm_calls where batch_id = %s group by status"
CODED_TWICE_SQL = """
select count(*) from (
    select 1 from coding_codeassignment assigned join feedback_batchitem item on item.id = assigned.call_id
    where item.batch_id = %s group by item.id having count(*) > 1
) twice
"""
RUNNING_SQL = """
select id, lease_token from feedback_batchitem where batch_id = %s and status = 'pending' and began_at > '-infinity'
"""
STILL_SQL = "select id from feedback_batchitem where id = any(%s) and status = 'pending' and lease_token = any(%s)"


@dataclass(frozen=True)
class Stand:
    """The system under test. hosts: the supervisors of each machine. database_home: of the embedded PostgreSQL."""

    hosts: Sequence[WebServer]
    provider: Provider
    keys: dict[str, str]
    database_home: Path

    def client(self, tenant: str = "bench") -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.keys[tenant]}"}
        return httpx.Client(base_url=self.hosts[0].base_url, headers=headers, timeout=120, trust_env=False)

    def victims(self) -> list[int]:
        """Return the web processes and the job workers of all hosts, without their supervisors."""
        return [pid for host in self.hosts for pid in process_tree(host.process.pid)[1:]]

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as the owner, for all tenants; wait while PostgreSQL is being restarted."""
        end = time.monotonic() + 60
        while True:
            try:
                url = embedded.urls(self.database_home).owner_url
                with psycopg.connect(_conninfo(url), options="-c app.scope=all") as connection:
                    return connection.execute(sql, values).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)


def _conninfo(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


@contextmanager
def standing(directory: Path, *, workers: int, settings: dict[str, str], hosts: int = 2) -> Iterator[Stand]:
    """Start the provider, PostgreSQL and the hosts. workers: of each host."""
    homes = [directory / f"host{number}" for number in range(hosts)]
    with ExitStack() as stack:
        provider = stack.enter_context(running_provider())
        common = {
            "LLM_MODEL": "openai/scripted",
            "LLM_API_BASE": provider.base_url,
            "LLM_API_KEY": "sk-scripted",
            "SECRET_KEY": "chaos " * 10,
            "WORKERS": str(workers),
            "WEB_CONCURRENCY": "1",
            **settings,
        }
        first = common | {"QFA_HOME": str(homes[0])}
        manage(first, "migrate", "--verbosity=0")
        keys = {name: _new_key(first, name) for name in ("bench", "other")}
        environments = [first]
        for home in homes[1:]:
            urls = embedded.urls(homes[0])
            database = {"DATABASE_URL": urls.app_url, "DATABASE_OWNER_URL": urls.owner_url}
            environments.append(common | database | {"QFA_HOME": str(home)})
        servers = [
            stack.enter_context(running_server(environment, log_path=directory / f"host{number}.log"))
            for number, environment in enumerate(environments)
        ]
        yield Stand(servers, provider, keys, homes[0])


def _new_key(environment: dict[str, str], tenant: str) -> str:
    manage(environment, "create_tenant", tenant, "--name", tenant)
    return manage(environment, "create_api_key", tenant, "--name", "chaos").splitlines()[-1].strip()


def order(client: httpx.Client, records: int, *, operation: str = "assign_codes", text: str = "") -> str:
    """Post a batch with one model call for each record, and return its id."""
    options: dict[str, Any] = {}
    if operation == "assign_codes":
        options = {"coding_levels": TREE, "strategy": "one_shot", "judge": False}
    body = {
        "operation": operation,
        "options": options,
        "records": [
            {"id": f"r{number}", "content": text or f"The queue {number} is long."} for number in range(records)
        ],
    }
    return str(client.post("/v1/batches", json=body).raise_for_status().json()["batch_id"])


def wait_for_end(client: httpx.Client, batch_id: str, *, seconds: float = 3600, every: float = 0.5) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(httpx.HTTPError):  # a killed web process
            batch: dict[str, Any] = client.get(f"/v1/batches/{batch_id}").raise_for_status().json()
            if batch["status"] in ENDED:
                return batch
        time.sleep(every)
    raise TimeoutError(f"Batch {batch_id} does not end")


@dataclass
class Watch:
    """Watches what a disturbance interrupted, until all of it is done or taken by another worker."""

    stand: Stand
    batch_id: str
    interrupted: list[tuple[float, set[uuid.UUID], list[uuid.UUID]]] = field(default_factory=list)
    resumed_after: list[float] = field(default_factory=list)

    def note(self) -> None:
        """Note the records that are worked on at this moment."""
        running = self.stand.query(RUNNING_SQL, self.batch_id)
        self.interrupted.append((time.monotonic(), {row[0] for row in running}, [row[1] for row in running if row[1]]))

    def look(self) -> None:
        """Drop what goes on; note how long the last record of a disturbance has waited."""
        remaining = []
        for began, items, tokens in self.interrupted:
            still = {row[0] for row in self.stand.query(STILL_SQL, list(items), tokens)}
            if still:
                remaining.append((began, still, tokens))
            else:
                self.resumed_after.append(time.monotonic() - began)
        self.interrupted = remaining


def disturb(stand: Stand, batch_id: str, acts: Sequence[Callable[[Stand], None]], *, every: float) -> list[float]:
    """Do the acts one after another while the batch runs; return after how many seconds each was overcome."""
    watch = Watch(stand, batch_id)
    for act in acts:
        if stand.query("select 1 from feedback_batch where id = %s and finished_at > '-infinity'", batch_id):
            break
        watch.note()
        act(stand)
        end = time.monotonic() + every
        while time.monotonic() < end:
            time.sleep(min(1.0, every))
            watch.look()
    while watch.interrupted:
        watch.look()
        time.sleep(0.5)
    return watch.resumed_after


def kill_one(stand: Stand) -> None:
    with suppress(ProcessLookupError, IndexError):
        os.kill(random.choice(stand.victims()), signal.SIGKILL)


def pause_one(stand: Stand) -> None:
    """Stop a process for PAUSE_SECONDS, in which its leases end; another program lets it go on."""
    pid = random.choice(stand.victims())
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        subprocess.Popen(["sh", "-c", f"sleep {PAUSE_SECONDS}; kill -CONT {pid} 2>/dev/null"])


def restart_postgres(stand: Stand) -> None:
    """End PostgreSQL at once, as in a crash; its supervisor starts it again."""
    pid = postmaster_pid(stand.database_home)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, random.choice([signal.SIGINT, signal.SIGQUIT]))


def kill_backends(stand: Stand) -> None:
    stand.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'qfa_app'")


@dataclass(frozen=True)
class Census:
    """The outcome of a batch."""

    ok: int
    failed: int
    indexes: int
    coded_twice: int
    provider_calls: int
    ledger: dict[str, int]

    def problems(self, records: int) -> list[str]:
        """Return the promises that were broken."""
        closed = self.ledger.get("ok", 0) + self.ledger.get("error", 0)
        open_ended = self.ledger.get("unknown", 0) + self.ledger.get("pending", 0)
        held = {
            f"{records - self.ok} records are not ok": self.ok == records,
            f"{self.indexes} records of {records}": self.indexes == records,
            f"{self.coded_twice} records are coded twice": self.coded_twice == 0,
            f"{self.provider_calls} calls, {closed} closed rows and {open_ended} unknown": closed
            <= self.provider_calls
            <= closed + open_ended,
        }
        return [problem for problem, holds in held.items() if not holds]


def take_census(stand: Stand, batch_id: str, *, calls_before: int) -> Census:
    [(ok, failed, indexes)] = stand.query(CENSUS_SQL, batch_id)
    [(twice,)] = stand.query(CODED_TWICE_SQL, batch_id)
    ledger = dict(stand.query(LEDGER_SQL, batch_id))
    return Census(ok, failed, indexes, twice, stand.provider.calls - calls_before, ledger)


def run_chaos(stand: Stand, name: str, records: int, acts: Sequence[Callable[[Stand], None]], every: float) -> bool:
    """Run one batch under disturbances and print the outcome; return whether every promise held."""
    before, started = stand.provider.calls, time.monotonic()
    with stand.client() as client:
        batch_id = order(client, records)
        waits = disturb(stand, batch_id, acts, every=every)
        wait_for_end(client, batch_id)
    time.sleep(2)  # calls of paused workers
    census = take_census(stand, batch_id, calls_before=before)
    problems = census.problems(records)
    if waits and max(waits) > RESUME_SECONDS:
        problems.append(f"resumed after {max(waits):.0f} s only")
    longest_wait = max(waits, default=0.0)
    print(
        f"{name}: {records} records, {len(waits)} disturbances, {time.monotonic() - started:.0f} s, "
        f"longest resumption {longest_wait:.0f} s, {census}"
    )
    print("  " + ("; ".join(problems) or "all promises held"), flush=True)
    return not problems


def measure_speed(stand: Stand, records: int, latency: float, threads: int, text: str) -> None:
    stand.provider.set_delay(latency)
    with stand.client() as client:
        batch_id = order(client, records, text=text)
        batch = wait_for_end(client, batch_id)
    [(seconds,)] = stand.query(
        "select extract(epoch from finished_at - created_at)::float from feedback_batch where id = %s", batch_id
    )
    ideal = records * latency / threads
    print(f"speed: {records} records in {seconds:.1f} s, {seconds / ideal:.2f} times {ideal:.0f} s; {batch['status']}")


def measure_fairness(stand: Stand, small: int, flood: int, latency: float) -> None:
    """Measure a small batch alone, and while another tenant has much to do."""
    stand.provider.set_delay(latency)
    with stand.client("other") as other, stand.client() as flooding:
        times = []
        for is_flooded in (False, True):
            ids = [order(flooding, min(50_000, flood)) for _ in range(max(1, flood // 50_000))] if is_flooded else []
            if ids:
                time.sleep(5)
            started = time.monotonic()
            wait_for_end(other, order(other, small), every=0.05)
            times.append(time.monotonic() - started)
            for batch_id in ids:
                flooding.post(f"/v1/batches/{batch_id}/cancel").raise_for_status()
    alone, flooded = times
    print(f"fairness: {small} records alone {alone:.1f} s, beside {flood} {flooded:.1f} s: {flooded / alone:.2f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description="Disturb batches while they run.")
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds of a model call")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between disturbances")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--pauses", type=int, default=0)
    parser.add_argument("--restarts", type=int, default=0)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--no-redaction", action="store_true", help="with --speed: texts without a letter")
    parser.add_argument("--flood", type=int, default=0, metavar="RECORDS")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    with (
        tempfile.TemporaryDirectory(prefix="qfa-chaos-") as directory,
        standing(Path(directory), workers=1, settings={}) as stand,
    ):
        is_good = _run(stand, options)
    sys.exit(0 if is_good else 1)


def _run(stand: Stand, options: argparse.Namespace) -> bool:
    if options.speed:
        measure_speed(stand, options.records, options.latency, 100, "1" if options.no_redaction else "")
    if options.flood:
        measure_fairness(stand, options.records, options.flood, options.latency)
    stand.provider.set_delay(options.latency)
    plans = [
        ("kill -9", [kill_one] * options.kills, options.every),
        ("SIGSTOP", [pause_one] * options.pauses, options.every),
        ("PostgreSQL", [restart_postgres, kill_backends] * (options.restarts // 2), options.every),
    ]
    held = [run_chaos(stand, name, options.records, acts, every) for name, acts, every in plans if acts]
    return all(held)


if __name__ == "__main__":
    main()
