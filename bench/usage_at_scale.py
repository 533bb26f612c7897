"""Fill a ledger of its own with millions of rows and measure the usage pages over it.

    QFA_HOME=/somewhere/empty python -m bench.usage_at_scale --rows 10000000

Printed: seconds to load and roll up; p50 and p95 of the report page (first reading of a process, and later ones), of
the ledger list, and of a raw scan for the same totals; ledger rows a second from 8 threads while reports are read; what
a reservation costs.
"""

import argparse
import os
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from qfa_project import embedded_postgres  # noqa: E402
from tenants import people  # noqa: E402
from tenants.identifiers import PLATFORM_TENANT_ID  # noqa: E402
from tenants.models import Role, Tenant, User  # noqa: E402
from tenants.scoping import all_tenants, tenant_scope  # noqa: E402
from tenants.services import add_member, create_tenant  # noqa: E402
from usage import ledger  # noqa: E402
from usage.models import Budget, CallStatus, TokenClass  # noqa: E402
from usage.prices import TokenCounts  # noqa: E402
from usage.rollups import roll_up  # noqa: E402
from usage.services import set_price  # noqa: E402

ACTOR = "command:bench"
TENANTS = 50
SLUG = "bench-usage-"
LARGEST_SHARE = 0.3
DAYS = 365
MODEL = "bench/model"
LOAD_SQL = """
insert into llm_calls (id, tenant_id, call_id, operation, step, attempt, request_model, response_model, prompt_name,
    prompt_version, redaction_version, input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    cost_usd, price_unknown, latency_seconds, status, error_class, created_at, give_up_at, experiment_arm,
    records_count)
select gen_random_uuid(),
    case when random() < %(largest)s then (%(tenants)s::uuid[])[1]
        else (%(tenants)s::uuid[])[2 + floor(random() * (cardinality(%(tenants)s::uuid[]) - 1))::int] end,
    gen_random_uuid(),
    (array['analyze','summarize','summarize_aggregate','assign_codes','detect_sensitive'])[1 + n %% 5],
    'pick', 1, (array['azure/gpt-4o','azure/gpt-4o-mini','azure/o4-mini'])[1 + n %% 3], '', '', '', '',
    (random() * 3000)::int, 0, 0, (random() * 300)::int, 0, (random() * 0.02)::numeric(18, 10), false,
    0.2 + random() * 3, case when random() < 0.03 then 'error' else 'ok' end, '',
    now() - random() * interval '{days} days', now(), '', 1
from generate_series(1, %(rows)s) as n
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="used on an empty database only")
    arguments = parser.parse_args()
    if settings.USES_EMBEDDED_POSTGRES:
        embedded_postgres.start(settings.QFA_HOME)  # and stay one of its users
    with all_tenants():
        tenants = list(Tenant.objects.filter(slug__startswith=SLUG).order_by("slug"))
    if not tenants:
        tenants = [create_tenant(name="Bench", slug=f"{SLUG}{number:02}", actor_id=ACTOR) for number in range(TENANTS)]
        print(f"load {arguments.rows} rows: {timed(lambda: load(tenants, arguments.rows)):.1f} s")
    with all_tenants():
        print(f"roll up: {timed(roll_up):.1f} s")
    vacuum()
    with all_tenants():
        print(f"raw scan of all totals: {timed(raw_totals):.3f} s")
    measure_pages("largest tenant", sign_in(tenants[0], Role.TENANT_MANAGER))
    with all_tenants():
        platform = Tenant.objects.get(id=PLATFORM_TENANT_ID)
    measure_pages("all tenants", sign_in(platform, Role.PLATFORM_ADMIN))
    measure_ingest(tenants[1], sign_in(tenants[0], Role.TENANT_MANAGER))
    measure_reservation(create_tenant(name="Bench with a budget", actor_id=ACTOR))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def load(tenants: Sequence[Tenant], rows: int) -> None:
    """Write the rows past the trigger for late ones: they are old, and all of them will be rolled up."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        owner.execute("select set_config('app.scope', 'all', false)")
        owner.execute("alter table llm_calls disable trigger late_rows_leave_marks")
        values = {"largest": LARGEST_SHARE, "tenants": [tenant.id for tenant in tenants], "rows": rows}
        owner.execute(LOAD_SQL.format(days=DAYS), values)
        owner.execute("alter table llm_calls enable trigger late_rows_leave_marks")


def vacuum() -> None:
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        owner.execute("vacuum analyze llm_calls")
        owner.execute("vacuum analyze usage_day")


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


def measure_pages(who: str, client: Client) -> None:
    addresses = {
        "report, 30 days": "/usage/",
        "report, last month by model": "/usage/?period=last_month&stack=model",
        "ledger list": "/admin/usage/llmcall/",
        "ledger list, errors only": "/admin/usage/llmcall/?status=error",
    }
    for name, address in addresses.items():
        durations = [timed(lambda: read(client, address)) for _ in range(12)]  # noqa: B023 (called at once)
        first, *later = durations
        p95 = statistics.quantiles(later, n=20)[-1]
        print(
            f"{who}, {name}: first {first * 1000:.0f} ms, then p50 {statistics.median(later) * 1000:.0f},"
            f" p95 {p95 * 1000:.0f}"
        )


def read(client: Client, address: str) -> None:
    status = client.get(address).status_code
    if status != 200:
        raise SystemExit(f"{address}: {status}")


def attempt() -> ledger.Attempt:
    return ledger.Attempt(
        call_id=uuid.uuid4(),
        operation="summarize",
        step="summarize",
        attempt=1,
        request_model=MODEL,
        upper_estimate=TokenCounts(input_tokens=100),
        deadline_at=timezone.now() + timedelta(minutes=2),
    )


def measure_ingest(tenant: Tenant, client: Client, *, seconds: float = 8.0) -> None:
    """Open and close rows from 8 threads while one more reads reports."""
    end = time.monotonic() + seconds

    def read_reports() -> None:
        while time.monotonic() < end:
            read(client, "/usage/")

    reading = threading.Thread(target=read_reports)
    reading.start()
    with ThreadPoolExecutor(8) as pool:
        written = sum(pool.map(lambda _: write_until(end, tenant), range(8)))
    reading.join()
    print(f"ingest: {written / seconds:.0f} rows/s opened and closed, 8 threads, reports being read")


def write_until(end: float, tenant: Tenant) -> int:
    count = 0
    with tenant_scope(tenant.id):
        while time.monotonic() < end:
            row = ledger.open_row(attempt())
            ledger.close_row(row, status=CallStatus.OK, latency_seconds=0.1, tokens=TokenCounts(input_tokens=90))
            count += 1
    connections.close_all()
    return count


def measure_reservation(tenant: Tenant) -> None:
    """What a budget adds to opening a row."""
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
        without = [timed(lambda: ledger.open_row(attempt())) for _ in range(300)]
        Budget.objects.create(limit_usd=1000)
        time.sleep(11)  # until it is seen
        ledger.open_row(attempt())
        with_budget = [timed(lambda: ledger.open_row(attempt())) for _ in range(300)]
    for name, durations in (("without a budget", without), ("with one", with_budget)):
        print(
            f"open a row {name}: p50 {statistics.median(durations) * 1000:.2f} ms, "
            f"p95 {statistics.quantiles(durations, n=20)[-1] * 1000:.2f}"
        )


if __name__ == "__main__":
    main()
