"""Fill a ledger of its own with millions of rows and measure the usage pages over it.

    QFA_HOME=/somewhere/empty python -m bench.usage_at_scale --rows 10000000

Printed: seconds to load and to roll up; a raw scan for the totals beside the same from rollups; p50 and p95 of the
report page, cold (days that this process has not read) and warm (the same page again), and of the ledger list; ledger
rows a second over 8 connections while reports are read, beside bare statements; what a reservation costs.
"""

import argparse
import math
import multiprocessing
import os
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.processes import cpu_seconds  # noqa: E402
from qfa_project.postgres import embedded  # noqa: E402
from tenants import people  # noqa: E402
from tenants.identifiers import PLATFORM_TENANT_ID, uuid7  # noqa: E402
from tenants.local_days import today  # noqa: E402
from tenants.models import Role, Tenant, User  # noqa: E402
from tenants.scoping import all_tenants, tenant_scope  # noqa: E402
from tenants.services import add_member, create_tenant  # noqa: E402
from usage import ledger  # noqa: E402
from usage.metrics.registry import total  # noqa: E402
from usage.metrics.rollups import roll_up  # noqa: E402
from usage.models import Budget, CallStatus, LLMCall, TokenClass  # noqa: E402
from usage.periods import Days  # noqa: E402
from usage.prices import TokenCounts  # noqa: E402
from usage.services import set_price  # noqa: E402

ACTOR = "command:bench"
TENANTS = 50
SLUG = "bench-usage-"
LARGEST_SHARE = 0.3
MODEL = "bench/model"
WRITERS, THREADS_EACH, INGEST_SECONDS = 2, 4, 8.0
READ_EVERY_SECONDS = 0.5
PAGES_AGAIN = 40
ROWS_COMING_IN, ROWS_OF_HALF_AN_HOUR = 10, 600
# Requests of a year, one in four with a retry, in the order in which they came; by 4 keys, 5 people, 3 frameworks.
LOAD_SQL = """
insert into llm_calls (id, tenant_id, call_id, operation, step, attempt, request_model, response_model, prompt_name,
    prompt_version, redaction_version, input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    cost_usd, price_unknown, latency_seconds, status, error_class, created_at, give_up_at, experiment_arm,
    records_count, api_key_id, user_id, framework_version_id)
with requests as materialized (
    select n, gen_random_uuid() as call_id, 1 + floor(random() * 5)::int as operation,
        1 + floor(random() * 3)::int as model, floor(random() * 4)::int as key, 1 + (random() < 0.25)::int as calls,
        case when random() < %(largest)s then 1 else 2 + floor(random() * (%(tenants_count)s - 1))::int end as tenant
    from generate_series(1, (%(rows)s / 1.25)::int) as n
)
select gen_random_uuid(), (%(tenants)s::uuid[])[tenant], call_id,
    (array['analyze', 'summarize', 'summarize_aggregate', 'assign_codes', 'detect_sensitive'])[operation],
    'pick', call, (array['azure/gpt-4o', 'azure/gpt-4o-mini', 'azure/o4-mini'])[model], '', '', '', '',
    (random() * 3000)::int, 0, 0, (random() * 300)::int, 0, (random() * 0.02)::numeric(18, 10), false,
    exp(1 + random() * 1.5 - random() * 1.5), case when random() < 0.03 then 'error' else 'ok' end, '',
    now() + age, now() + age, '', 1, md5(tenant || 'key' || key)::uuid,
    case when key = 3 then md5(tenant || 'person' || n %% 5)::uuid end,
    case when operation = 4 then md5(tenant || 'framework' || n * 3 / %(rows)s)::uuid end
from requests, lateral generate_series(1, calls) as call, lateral (
    select (n - (%(rows)s / 1.25)::int) * (interval '365 days' / (%(rows)s / 1.25)) + (call - 2) * interval '1 second'
        as age
) as moments
"""
BARE_TABLE_SQL = """
drop table if exists bench_bare;
create table bench_bare (id uuid primary key, tenant_id uuid, call_id uuid, status text, tokens int, at timestamptz);
grant select, insert, update on bench_bare to public
"""
BARE_OPEN_SQL = "insert into bench_bare values (%s, %s, %s, 'pending', 100, now())"
BARE_CLOSE_SQL = """
with without_waiting_for_the_disk as (select set_config('synchronous_commit', 'off', true))
update bench_bare set status = 'ok', tokens = 90 from without_waiting_for_the_disk where id = %s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="used on an empty database only")
    arguments = parser.parse_args()
    if settings.USES_EMBEDDED_POSTGRES:
        embedded.start(settings.QFA_HOME)  # and stay one of its users
    call_command("migrate", verbosity=0)
    tenants = bench_tenants() or fill(arguments.rows)
    with all_tenants():
        print(f"roll up: {timed(roll_up):.1f} s")
    vacuum()
    compare_with_a_raw_scan()
    largest = sign_in(tenants[0], Role.TENANT_MANAGER)
    with all_tenants():
        everybody = sign_in(Tenant.objects.get(id=PLATFORM_TENANT_ID), Role.PLATFORM_ADMIN)
    for who, client in (("largest tenant", largest), ("all tenants", everybody)):
        measure_reports(who, client, tenants[0])
        measure_list(who, client)
    measure_ingest(tenants[1], largest)
    measure_reservation(create_tenant(name="Bench with a budget", actor_id=ACTOR))


def bench_tenants() -> Sequence[Tenant]:
    with all_tenants():
        return list(Tenant.objects.filter(slug__startswith=SLUG).order_by("slug"))


def fill(rows: int) -> Sequence[Tenant]:
    tenants = [create_tenant(name=f"Bench {n}", slug=f"{SLUG}{n:02}", actor_id=ACTOR) for n in range(TENANTS)]
    print(f"load {rows} rows: {timed(lambda: load(tenants, rows)):.1f} s")
    return tenants


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def load(tenants: Sequence[Tenant], rows: int) -> None:
    """Write the rows past the indexes, and past the trigger for late ones: all of them will be rolled up."""
    with owner() as raw, raw.transaction(), without_indexes(raw):
        ids = [tenant.id for tenant in tenants]
        raw.execute("alter table llm_calls disable trigger late_rows_leave_marks")
        raw.execute(LOAD_SQL, {"largest": LARGEST_SHARE, "tenants": ids, "tenants_count": len(ids), "rows": rows})
        raw.execute("alter table llm_calls enable trigger late_rows_leave_marks")


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as raw:
        raw.execute("select set_config('app.scope', 'all', false)")
        yield raw


@contextmanager
def without_indexes(raw: psycopg.Connection[Any]) -> Iterator[None]:
    """Take the ledger's indexes and foreign keys away for a block, and make them again as they were."""
    keys = raw.execute(
        "select conname, pg_get_constraintdef(oid) from pg_constraint"
        " where conrelid = 'llm_calls'::regclass and contype = 'f'"
    ).fetchall()
    indexes = raw.execute(
        "select indexname, indexdef from pg_indexes where tablename = 'llm_calls' and indexname not like '%_pkey'"
    ).fetchall()
    for name, _ in keys:
        raw.execute(f'alter table llm_calls drop constraint "{name}"')
    for name, _ in indexes:
        raw.execute(f'drop index "{name}"')
    yield
    raw.execute("set local maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        raw.execute(definition)
    for name, definition in keys:
        raw.execute(f'alter table llm_calls add constraint "{name}" {definition}')


def vacuum() -> None:
    with owner() as raw:
        for table in ("llm_calls", "usage_day", "usage_rollupstate"):
            raw.execute(f"vacuum analyze {table}")


def compare_with_a_raw_scan() -> None:
    year = Days(today() - timedelta(days=364), today() + timedelta(days=1))
    with all_tenants():
        raw = statistics.median(timed(raw_totals) for _ in range(3))
        rolled = statistics.median(timed(lambda: total(["calls", "cost_usd"], year)) for _ in range(3))
    print(f"totals of a year: raw scan {raw:.3f} s, rollups {rolled * 1000:.1f} ms, {raw / rolled:.0f} times faster")


def raw_totals() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*), sum(cost_usd), sum(input_tokens), sum(output_tokens) from llm_calls")
        cursor.fetchall()


def sign_in(tenant: Tenant, role: Role) -> Client:
    name = f"{uuid.uuid4().hex}@example.org"
    person: User = people.create_person(username=name, email=name, password=None, actor_id=ACTOR)
    add_member(tenant=tenant, user=person, role=role, actor_id=ACTOR)
    client = Client(headers={"accept": "text/html", "host": "localhost"})
    client.force_login(person)
    return client


def measure_reports(who: str, client: Client, tenant: Tenant) -> None:
    """Reports opened for the first time, and again: when nothing was written since, and while rows come in.

    tenant: whose rows. Before, as many as half an hour of a year of ten million brings are not rolled up yet.
    """
    write_rows(tenant, ROWS_OF_HALF_AN_HOUR)
    first = timed(lambda: read(client, "/usage/?period=7d"))
    print(f"{who}, report: the first page of a process {first * 1000:.0f} ms")
    cold = [days_before(number) for number in range(30, 330, 13)]
    show_pages(f"{who}, report of 30 days, cold", client, cold)
    for name, query in (
        ("30 days", ""),
        ("last month, by model", "?period=last_month&stack=model"),
        ("30 days of one model", "?model=azure/gpt-4o"),
    ):
        again = [f"/usage/{query}"] * PAGES_AGAIN
        read(client, again[0])
        show_pages(f"{who}, report of {name}, warm, nothing new", client, again)
        with rows_coming_in(tenant):
            show_pages(f"{who}, report of {name}, warm, {ROWS_COMING_IN} rows a second coming in", client, again)


@contextmanager
def rows_coming_in(tenant: Tenant) -> Iterator[None]:
    """Write a tenant's rows at an even rate until the block ends."""
    end = threading.Event()

    def write() -> None:
        while not end.wait(1 / ROWS_COMING_IN):
            write_rows(tenant, 1)
        connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        yield
        end.set()
        writing.result()


def write_rows(tenant: Tenant, count: int) -> None:
    with tenant_scope(tenant.id):
        for _ in range(count):
            write_row()


def write_row() -> None:
    row = open_row()
    ledger.close_row(row, status=CallStatus.OK, latency_seconds=0.1, tokens=TokenCounts(input_tokens=90))


def days_before(number: int) -> str:
    last = today() - timedelta(days=number)
    return f"/usage/?period=custom&from={last - timedelta(days=29)}&to={last}"


def measure_list(who: str, client: Client) -> None:
    for name, query in (("", ""), (", errors only", "?status=error")):
        show_pages(f"{who}, ledger list{name}", client, [f"/admin/usage/llmcall/{query}"] * 20)


def show_pages(name: str, client: Client, addresses: Sequence[str]) -> None:
    """Print how long pages took, and how long a processor worked on one: what a busy machine changes less."""
    before = processor_seconds()
    durations = [timed(lambda: read(client, address)) for address in addresses]  # noqa: B023 (called at once)
    processor = (processor_seconds() - before) / len(addresses)
    show(f"{name}, {processor * 1000:.0f} ms of a processor each", durations)


def processor_seconds() -> float:
    """Processor time of this process and of PostgreSQL's for it, which run on the same machine."""
    with connection.cursor() as cursor:
        cursor.execute("select pid from pg_stat_activity where usename = current_user")
        servers = [pid for (pid,) in cursor.fetchall()]
    return time.process_time() + sum(map(cpu_seconds, servers))


def processor_of_postgres() -> float:
    """Processor time of the embedded PostgreSQL, of those of its processes that have ended too; elsewhere unknown."""
    if not settings.USES_EMBEDDED_POSTGRES:
        return math.nan
    pid_file = settings.QFA_HOME / "pgdata" / "postmaster.pid"
    return cpu_seconds(int(pid_file.read_text().split()[0]))


def show(name: str, durations: Iterable[float]) -> None:
    milliseconds = [duration * 1000 for duration in durations]
    p95 = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    print(f"{name}: p50 {statistics.median(milliseconds):.1f} ms, p95 {p95:.1f} ms", flush=True)


def read(client: Client, address: str) -> None:
    status = client.get(address).status_code
    if status != 200:
        raise SystemExit(f"{address}: {status}")


def measure_ingest(tenant: Tenant, client: Client) -> None:
    """Open and close rows over 8 connections of 2 processes while reports are read; then bare statements."""
    with owner() as raw:
        raw.execute(BARE_TABLE_SQL)
    with ProcessPoolExecutor(WRITERS, multiprocessing.get_context("spawn")) as pool:
        before = processor_of_postgres()
        rows, processor, durations = ingest(pool, write_until, tenant, client)
        theirs = (processor_of_postgres() - before) / rows / INGEST_SECONDS
        show("report of 30 days while rows are written", durations)
        before = processor_of_postgres()
        bare_rows, bare_processor, _ = ingest(pool, write_bare_until, tenant, client)
        bare_theirs = (processor_of_postgres() - before) / bare_rows / INGEST_SECONDS
    print(f"ingest: {rows:.0f} rows/s opened and closed; {processor * 1000:.2f} ms of a core each in our processes")
    print(
        f"bare statements without policies, indexes, triggers: {bare_rows:.0f} rows/s, {bare_processor * 1000:.2f} ms"
    )
    print(f"in PostgreSQL, reports included: {theirs * 1000:.2f} ms of a core a row, bare {bare_theirs * 1000:.2f} ms")


def ingest(
    pool: Executor, write: Callable[[float, uuid.UUID], int], tenant: Tenant, client: Client
) -> tuple[float, float, Sequence[float]]:
    """Return rows a second, seconds of processor a row, and how long the reports took that were read meanwhile."""
    list(pool.map(write_from_threads, *zip(*[(write, 0.2, tenant.id)] * WRITERS, strict=True)))  # start, connect
    writing = [pool.submit(write_from_threads, write, INGEST_SECONDS, tenant.id) for _ in range(WRITERS)]
    durations = []
    end = time.monotonic() + INGEST_SECONDS
    while time.monotonic() < end:
        durations.append(timed(lambda: read(client, "/usage/")))
        time.sleep(max(0.0, READ_EVERY_SECONDS - durations[-1]))
    written = [future.result() for future in writing]
    rows = sum(count for count, _ in written)
    return rows / INGEST_SECONDS, sum(processor for _, processor in written) / rows, durations


def write_from_threads(
    write: Callable[[float, uuid.UUID], int], seconds: float, tenant_id: uuid.UUID
) -> tuple[int, float]:
    began, end = time.process_time(), time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS_EACH) as threads:
        count = sum(threads.map(lambda _: write(end, tenant_id), range(THREADS_EACH)))
    return count, time.process_time() - began


def write_until(end: float, tenant_id: uuid.UUID) -> int:
    count = 0
    with tenant_scope(tenant_id):
        while time.monotonic() < end:
            write_row()
            count += 1
    connections.close_all()
    return count


def write_bare_until(end: float, tenant_id: uuid.UUID) -> int:
    """Make the same two commits on a table with only a key, as the minimum for psycopg and PostgreSQL."""
    count = 0
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as raw:
        while time.monotonic() < end:
            row_id = uuid7()
            raw.execute(BARE_OPEN_SQL, [row_id, tenant_id, uuid.uuid4()])
            raw.execute(BARE_CLOSE_SQL, [row_id])
            count += 1
    return count


def open_row() -> ledger.OpenRow:
    call = LLMCall(call_id=uuid.uuid4(), operation="summarize", step="summarize", attempt=1, request_model=MODEL)
    deadline_at = timezone.now() + timedelta(minutes=2)
    return ledger.open_row(call, upper_estimate=TokenCounts(input_tokens=100), deadline_at=deadline_at)


def measure_reservation(tenant: Tenant) -> None:
    """Measure the time that a budget adds to opening a row."""
    for token_class in (TokenClass.INPUT, TokenClass.OUTPUT):
        set_price(
            tenant_id=tenant.id,
            model=MODEL,
            token_class=token_class,
            price_per_million=Decimal(1),
            effective_from=timezone.now() - timedelta(days=1),
            actor_id=ACTOR,
        )
    with tenant_scope(tenant.id):
        show("open a row without a budget", [timed(open_row) for _ in range(300)])
        Budget.objects.create(limit_usd=1000)
        time.sleep(11)  # until it is seen
        open_row()
        show("open a row with a budget", [timed(open_row) for _ in range(300)])


if __name__ == "__main__":
    main()
