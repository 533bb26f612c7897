"""Fill a tenant of its own with stored records and measure the list, the search and the dashboard over them.

    QFA_HOME=/somewhere/empty python -m bench.records --records 100000

Another tenant has half as many records. Printed: the statements that a page needs, and p50 and p95 of it through Django
without a socket, cold (counts are not cached) and warm (the same page again within a minute). The data come from a
fixed random seed.
"""

import argparse
import functools
import os
import statistics
import time
from collections.abc import Callable, Sequence

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from feedback.views import counting  # noqa: E402
from qfa_project.postgres import embedded  # noqa: E402
from tenants import people  # noqa: E402
from tenants.models import Role, Tenant  # noqa: E402
from tenants.scoping import all_tenants  # noqa: E402
from tenants.services import add_member, create_tenant  # noqa: E402

ACTOR = "command:bench"
SLUG = "bench-records-"
TIMES, TIMES_COLD = 40, 12
# Texts of 30 to 60 words, of a vocabulary whose words are as unequally frequent as in a language (Zipf).
LOAD_SQL = """
with words as (
    select array_agg(case when n <= 12 then (array['water', 'school', 'vaccine', 'food', 'doctor', 'rumour', 'mask',
        'market', 'help', 'children', 'clinic', 'thanks'])[n] else 'w' || n end order by n) as list
    from generate_series(1, 8000) as n
)
insert into feedback_feedbackrecord (id, tenant_id, external_id, source, content, language, collected_at, channel,
    admin1, admin2, admin3, site, sex, age_band, community_group, priority, status, is_sensitive, is_escalated, tags,
    extra, metadata, redaction_version, content_digest, input_digest, stored_by, created_at, updated_at)
select gen_random_uuid(), %(tenant)s, 'r' || n, 'crm', text.content,
    (array['en', 'en', 'en', 'fr', 'fr', 'ar', 'sw', 'es'])[1 + floor(random() * 8)::int],
    now() - random() * interval '365 days',
    (array['hotline', 'hotline', 'face to face', 'sms', 'radio', 'box'])[1 + floor(random() * 6)::int],
    'Region ' || (1 + floor(power(random(), 2) * 20)::int), 'District ' || (1 + floor(random() * 200)::int), '', '',
    (array['female', 'male', ''])[1 + floor(random() * 3)::int], '', '', '',
    (array['open', 'closed', 'closed'])[1 + floor(random() * 3)::int],
    random() < 0.02, false, '[]', '{}', '{}', '', ''::bytea, ''::bytea, 'key:bench', now(), now()
from generate_series(1, %(records)s) as n, lateral (
    select string_agg(words.list[floor(8000 ^ random())::int], ' ') as content
    from words, generate_series(1, 30 + (n %% 30)) as word
) as text
"""

# One code for four of five records, and a second one for every tenth: 200 codes of 8 types, unequally frequent.
LOAD_CODINGS_SQL = """
insert into coding_codeassignment (id, tenant_id, record_reference, record_id, code_external_id, code_path, source,
    strategy, model, prompt_version, redaction_version, confidence_by_level, confidence, evidence, reason, assigned_by,
    created_at)
select gen_random_uuid(), tenant_id, external_id, record.id, 'c' || code,
    jsonb_build_array('Type ' || code %% 8, 'Category ' || code %% 40, 'Code ' || code), 'auto', 'level_by_level',
    'bench/model', '', '', '[]', 0.8, '', '', 'key:bench', now()
from feedback_feedbackrecord as record, generate_series(1, 2) as n,
    lateral (select floor(200 ^ random())::int as code, random() as chance, record.id) as chosen
where tenant_id = %(tenant)s and chance < case n when 1 then 0.8 else 0.1 end
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000, help="used on an empty database only")
    arguments = parser.parse_args()
    if settings.USES_EMBEDDED_POSTGRES:
        embedded.start(settings.QFA_HOME)  # and stay one of its users
    call_command("migrate", verbosity=0)
    reader = sign_in(bench_tenant(arguments.records))
    print("| page | statements | cold p50 | cold p95 | warm p50 | warm p95 |\n|---|---|---|---|---|---|")
    for name, addresses in PAGES.items():
        print(measured(name, functools.partial(open_one_of, reader, addresses)))


PAGES: dict[str, Sequence[str]] = {
    "list, newest": ["/feedback/records/"],
    "list, one channel": [f"/feedback/records/?channel={name}" for name in ("hotline", "sms", "radio")],
    "search, a frequent word": ["/feedback/records/?search=water", "/feedback/records/?search=school"],
    "search, rare words": [f"/feedback/records/?search=w{number}" for number in range(2000, 2040)],
    "list, one code": [f"/feedback/records/?code_id=c{number}" for number in (1, 7, 60)],
    "search with filters": [
        f"/feedback/records/?search={word}&language=en&channel=hotline" for word in ("vaccine", "w40", "w900", "clinic")
    ],
    "dashboard, 13 weeks": ["/feedback/"],
    "dashboard, 52 weeks": ["/feedback/?weeks=52"],
    "dashboard, 52 weeks of one region": [f"/feedback/?weeks=52&admin1=Region+{number}" for number in (1, 5, 12)],
}


def bench_tenant(records: int) -> Tenant:
    with all_tenants():
        known = Tenant.objects.filter(slug=f"{SLUG}1").first()
    if known is not None:
        return known
    tenants = [create_tenant(name=f"Bench {n}", slug=f"{SLUG}{n}", actor_id=ACTOR) for n in (1, 2)]
    with psycopg.connect(settings.DATABASE_OWNER_URL) as raw:
        raw.execute("select setseed(0.5), set_config('app.scope', 'all', false)")
        for tenant, count in zip(tenants, (records, records // 2), strict=True):
            raw.execute(LOAD_SQL, {"tenant": tenant.id, "records": count})
            raw.execute(LOAD_CODINGS_SQL, {"tenant": tenant.id})
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as raw:
        raw.execute("vacuum analyze feedback_feedbackrecord, coding_codeassignment")
    return tenants[0]


def sign_in(tenant: Tenant) -> Client:
    name = f"bench-{os.getpid()}@example.org"
    person = people.create_person(username=name, email=name, password=None, actor_id=ACTOR)
    add_member(tenant=tenant, user=person, role=Role.TENANT_MANAGER, actor_id=ACTOR)
    client = Client(headers={"accept": "text/html"}, SERVER_NAME="localhost")
    client.force_login(person)
    return client


def open_one_of(reader: Client, addresses: Sequence[str], number: int) -> None:
    open_page(reader, addresses[number % len(addresses)])


def open_page(reader: Client, address: str) -> None:
    answer = reader.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


def measured(name: str, act: Callable[[int], None]) -> str:
    """Return a line of the table, with the largest number of statements of a cold page."""
    statements = []
    for number in range(4):
        counting.clear_cached_counts()
        with CaptureQueriesContext(connection) as captured:
            act(number)
        statements.append(len(captured))
    cold = timings(act, TIMES_COLD, before=counting.clear_cached_counts)
    warm = timings(act, TIMES, before=lambda: None)
    return f"| {name} | {max(statements)} | {percentiles(cold)} | {percentiles(warm)} |"


def timings(act: Callable[[int], None], times: int, *, before: Callable[[], None]) -> list[float]:
    taken = []
    for number in range(times):
        before()
        began = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def percentiles(taken: list[float]) -> str:
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1]
    return f"{statistics.median(taken):.0f} ms | {p95:.0f} ms"


if __name__ == "__main__":
    main()
