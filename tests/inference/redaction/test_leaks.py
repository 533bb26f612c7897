"""Canaries go through every operation: none is found where it has no business.

Looked at are provider traffic, the server's log, every table (job arguments among them), refusals, what is exported to
OpenTelemetry, Prometheus' figures, health, usage and its pages, and every job there is: its log, the mails and webhook
messages that come of it.

LEAK_TEST_RECORDS says how many and LEAK_TEST_SEED which: 100, or 2000 among the slow tests, unless it is set.
`pytest -s` prints how many names were missed, by language.
What comes by its form (phones, addresses, places, cards) may be found nowhere. A name may be missed in provider
traffic, at most at the rate below, and then stands in the texts that are stored redacted; nothing may be found
anywhere else.
"""

import csv
import io
import json
import os
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from psycopg import sql

from feedback.imports.models import ImportRun
from feedback.imports.undoing import queue_undo
from tenants.models import Role, Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.budgets import new_budget, spend
from tests.support.canaries import GREETINGS, Canary, CanaryFinder, canaries
from tests.support.databases import DatabaseUrls
from tests.support.factories import ACTOR, new_framework, new_key, new_tenant
from tests.support.listeners import LOOPBACK, Collector, Mailbox, Receiver
from tests.support.people import new_person, new_platform_admin, pages_for
from tests.support.provider import RecordedRequest, Reply, ScriptedProvider, echo, server_error
from tests.support.slow import examples
from tests.support.web_server import WebServer, stop
from tests.support.worker import Worker, enqueue, own_tasks, periodic_tasks
from usage.models import BudgetWebhook, LLMCall
from usage.reports.model_health import take_snapshots

RECORDS = int(os.environ.get("LEAK_TEST_RECORDS") or examples(100, slow=2000))
SEED = int(os.environ.get("LEAK_TEST_SEED", "2026"))
CLIENTS = 12
IN_ALL_FORMS = 200
"""Of so many records, one in each language goes through every form of every operation; the others through one each."""
BATCHED = 100
"""Of so many records, each is stored, imported and part of a batch."""
MISSED_NAMES = 0.02
REDACTED_TEXTS = {"coding_codeassignment", "coding_missingcode", "feedback_feedbackrecord"}
MUST_HOLD_ROWS = (
    *REDACTED_TEXTS,
    "feedback_batchitem",
    "feedback_importrun",
    "tenants_idempotentrequest",
    "tenants_refusedrequest",
    "llm_calls",
    "usage_healthsnapshot",
)
TOLD_OVER_HTTP = ("/metrics", "/v1/usage", "/v1/usage/all", "/v1/health", "/v1/health/ready")
PAGES = ("/usage/", "/usage/export.csv", "/usage/months/", "/usage/health/")
Request = tuple[str, dict[str, Any]]

ONE_LEVEL = {"root_codes": [{"id": "w", "name": "Water"}, {"id": "f", "name": "Food"}]}
V1_FRAMEWORK = {
    "types": [{"name": "Needs", "categories": [{"name": "Water", "codes": [{"code_id": "w", "name": "Pump"}]}]}]
}


def _v2(canary: Canary, number: int) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "content": canary.text,
        "metadata": {"created": "2026-07-01 09:30:00", "coding_level_1": f"Water {canary.email}"},
    }


def _v1(canary: Canary, number: int) -> dict[str, Any]:
    levels = dict.fromkeys(("coding_level_2", "coding_level_3"), "")
    metadata = {"created": "2026-07-01T09:30:00Z", "feedback_record_id": "x", "coding_level_1": canary.email, **levels}
    return {"id": f"r{number}", "content": canary.text, "metadata": metadata}


def _item(canary: Canary, number: int) -> dict[str, Any]:
    return {"id": f"r{number}", "text": canary.text}


def _in_every_form(canary: Canary, number: int, framework_id: str) -> Iterator[Request]:
    one = {"feedback_record": _v2(canary, number)}
    yield "/v1/summarize", one
    yield "/v1/detect-sensitive", one
    yield "/v1/assign-codes", one | {"coding_levels": ONE_LEVEL}
    for strategy in ("one_shot", "shortlist", "offline"):
        yield "/v1/assign-codes", one | {"framework_id": framework_id, "strategy": strategy}
    yield "/v1/assign_codes", {"feedback_records": [_item(canary, number)], "coding_framework": V1_FRAMEWORK}
    yield "/v1/analyze", {"feedback_records": [_item(canary, number)], "prompt": f"What of {canary.email}?"}


def _requests(flock: list[Canary], framework_id: str) -> Iterator[Request]:
    """Every record through every operation: in one form each, and some in all forms of both contracts."""
    cheap = {"framework_id": framework_id, "strategy": "one_shot", "judge": False}
    for number, canary in enumerate(flock):
        yield "/v1/assign-codes", {"feedback_record": _v2(canary, number)} | cheap
        if number % IN_ALL_FORMS < len(GREETINGS):
            yield from _in_every_form(canary, number, framework_id)
    for start in range(0, len(flock), 50):
        part = list(enumerate(flock))[start : start + 50]
        asked = f"What do people with {part[0][1].email} say?"
        yield "/v1/summarize", {"feedback_records": [_v1(each, n) for n, each in part], "prompt": asked}
        yield "/v1/detect-sensitive", {"feedback_items": [_item(each, n) for n, each in part]}
        yield "/v1/analyze-bulk", {"feedback_records": [_v2(each, n) for n, each in part], "prompt": asked}
        yield "/v1/summarize-bulk", {"feedback_records": [_v2(each, n) for n, each in part]}
        yield "/v1/summarize-aggregate", {"feedback_records": [_v1(each, n) for n, each in part]}


def _refusable(api: httpx.Client, flock: list[Canary]) -> Iterator[httpx.Request]:
    """The same records in requests that are refused at the edge, each in its own way."""
    for number, canary in enumerate(flock):
        record = _v2(canary, number)
        bodies = {
            "/v1/summarize": {"feedback_record": record | {"metadata": {canary.text: canary.text}}},
            "/v1/detect-sensitive": {"feedback_record": record | {"id": [canary.text]}},
            "/v1/analyze-bulk": {"feedback_records": [record], "prompt": "?", "mode": canary.text},
            "/v1/assign-codes": {"feedback_record": record, "coding_levels": {"root_codes": [record]}},
            f"/v1/nowhere/{canary.text}": {},
        }
        for path, body in bodies.items():
            yield api.build_request("POST", path, params={"text": canary.text}, json=body)
        yield api.build_request(
            "POST", "/v1/assign-codes", json={"feedback_record": record, "framework_id": canary.text}
        )
        yield api.build_request("POST", "/v1/summarize", content=f'{{"feedback_record": "{canary.text}" x'.encode())


def _failed(api: httpx.Client, provider: ScriptedProvider, flock: list[Canary]) -> Iterator[httpx.Response]:
    """Calls that a model fails: by an error, by text that is no answer, by an answer that does not fit."""
    quotes: list[Reply] = [
        Reply(content=flock[0].text),
        Reply(content={"sensitivity_types": [flock[1].text], "explanation": ""}),
    ]
    for canary, failure in zip(flock, (server_error(), Reply(status=400), *quotes), strict=False):
        provider.answer_with(lambda _, failure=failure: failure)  # type: ignore[misc]
        yield api.post("/v1/detect-sensitive", json={"feedback_record": _v2(canary, 0)})
    provider.answer_with(None)


def _rows(owner_url: str) -> dict[str, str]:
    """The text of every table in the database: jobs, sessions and kept answers included."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.scope', 'all', false)")
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        statement = "select coalesce(string_agg(stored::text, E'\n'), '') from {} as stored"
        return {
            table: connection.execute(sql.SQL(statement).format(sql.Identifier(schema, table))).fetchall()[0][0]
            for schema, table in tables
        }


def _answer(request: RecordedRequest) -> Any:
    """Repeat the user message wherever the answer takes text; of ten codings one finds no code that fits."""
    if request.number % 10 == 0 and "missing" in request.asked_properties:
        return {"codes": [], "missing": request.user[-200:]}
    return echo(request)


def _send_all(
    api: httpx.Client, provider: ScriptedProvider, flock: list[Canary], framework_id: str
) -> tuple[list[tuple[Request, httpx.Response]], list[httpx.Response]]:
    """Send the whole flock. Returns what was answered, and what was refused or failed."""

    def send(request: Request) -> tuple[Request, httpx.Response]:
        path, body = request
        headers = {"Idempotency-Key": str(id(request))} if path == "/v1/summarize" else {}
        return request, api.post(path, json=body, headers=headers)

    provider.answer_with(_answer)
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(send, list(_requests(flock, framework_id))))
        refusals = list(pool.map(api.send, _refusable(api, flock[:50])))
    return answers, [*refusals, *_failed(api, provider, flock)]


def _store_and_order(api: httpx.Client, receiver: Receiver, flock: list[Canary]) -> None:
    """Store records, import a file of records, and order a batch, which jobs then work on."""
    records = [
        _v2(canary, number) | {"site": canary.text, "tags": [canary.text]} for number, canary in enumerate(flock)
    ]
    api.post("/v1/records", json={"records": records[: len(flock) // 2]}).raise_for_status()
    table = io.StringIO()
    sheet = csv.writer(table)
    sheet.writerow(["id", "content"])
    sheet.writerows([f"sheet-{number}", canary.text] for number, canary in enumerate(flock))
    api.post("/v1/records/import", files={"file": ("feedback.csv", table.getvalue().encode())}).raise_for_status()
    order = {"operation": "detect_sensitive", "records": records, "webhook_url": receiver.url}
    api.post("/v1/batches", json=order).raise_for_status()


def _told_over_http(server: WebServer, client_for: Callable[..., httpx.Client], tenant: Tenant) -> str:
    """What health, figures and pages of usage tell."""
    with all_tenants():
        take_snapshots(timezone.now() + timedelta(hours=1))
    api, pages = client_for(server, new_key(tenant, is_superuser=True)), pages_for(new_platform_admin())
    told = [api.get(path).raise_for_status().text for path in TOLD_OVER_HTTP]
    for path in PAGES:
        page = pages.get(path, follow=True)
        assert page.status_code == 200
        told.append(page.content.decode())
    return "\n".join(told)


def _told_by_jobs(environment: Mapping[str, str], tenant: Tenant, receiver: Receiver, mailbox: Mailbox) -> str:
    """What comes of every job there is, done by a real worker: its log, mails and webhook messages."""
    with tenant_scope(tenant.id):
        BudgetWebhook.objects.create(url=receiver.url)
    new_person((tenant, Role.TENANT_MANAGER))
    spend(new_budget(tenant, "10.00"), "7.50")
    for task in periodic_tasks():
        enqueue(task)
    smtp = f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
    work = Worker({**environment, "LOG_LEVEL": "DEBUG", "EMAIL_URL": smtp, "WEBHOOK_ALLOWED_NETWORKS": LOOPBACK[0]})
    told = [work()]
    assert mailbox.texts()
    assert any(b"batch.finished" in body for _, _, body in receiver.received)
    told += [*mailbox.texts(), *(str(mail) for _, mail in mailbox.mails)]
    told += [f"{path} {headers} {body.decode()}" for path, headers, body in receiver.received]
    return "\n".join(told)


def _told_by_undoing(environment: Mapping[str, str], tenant: Tenant) -> str:
    """What a real worker tells while it takes an import back."""
    with tenant_scope(tenant.id):
        queue_undo(ImportRun.objects.get(), actor_id=ACTOR)
    return Worker({**environment, "LOG_LEVEL": "DEBUG"})()


def _done_jobs() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select distinct task_name from procrastinate_jobs where status = 'succeeded'")
        return {name for (name,) in cursor.fetchall()}


def _attempts_of_the_server(tenant: Tenant) -> int:
    """Count the model calls of requests. Those of batches are made by a worker without OpenTelemetry."""
    with tenant_scope(tenant.id):
        return LLMCall.objects.filter(batch_id=None).count()


def test_no_canary_is_found_where_it_has_no_business(
    start_server: Callable[..., WebServer],
    process_environment: dict[str, str],
    client_for: Callable[..., httpx.Client],
    provider: ScriptedProvider,
    collector: Collector,
    receiver: Receiver,
    mailbox: Mailbox,
    database_urls: DatabaseUrls,
    other_tenant: Tenant,
) -> None:
    """The server logs as much as it can, its traces are exported, and results are stored."""
    flock = canaries(RECORDS, seed=SEED)
    tenant = new_tenant()
    server = start_server(
        LOG_LEVEL="DEBUG", WEB_CONCURRENCY="2", WEBHOOK_ALLOWED_NETWORKS=LOOPBACK[0], **collector.environment
    )
    api = client_for(server, new_key(tenant))
    api.timeout = httpx.Timeout(300)
    answers, refusals = _send_all(api, provider, flock, str(new_framework(tenant).framework_id))
    _store_and_order(api, receiver, flock[:BATCHED])
    told = _told_over_http(server, client_for, tenant)
    stop(server)  # the last spans and figures are exported
    may_hold_nothing = {
        "health, figures, pages": told,
        "refusals": "\n".join(f"{answer.headers} {answer.text}" for answer in refusals),
        "traces and metrics": collector.everything().decode(errors="replace"),
        "log": server.log,
        "jobs": _told_by_jobs(process_environment, tenant, receiver, mailbox),
    }
    rows = _rows(database_urls.owner_url)
    # It erases the imported texts, also where other rows repeat them: after the rows were read.
    may_hold_nothing["undone import"] = _told_by_undoing(process_environment, tenant)
    assert _done_jobs() >= set(own_tasks())

    # Without these it could pass because nothing went anywhere.
    assert {answer.status_code for _, answer in answers} == {200}
    assert {answer.status_code for answer in refusals} == {404, 422, 502}
    assert [table for table in MUST_HOLD_ROWS if not rows[table]] == []
    assert len(collector.spans()) == _attempts_of_the_server(tenant)
    assert len(collector.metrics()) == 2
    for (path, body), answer in answers:
        if path == "/v1/summarize" and "feedback_record" in body:
            assert body["feedback_record"]["content"] in answer.json()["summary"]

    finder = CanaryFinder(flock)
    traffic = _traffic(provider)
    missed = finder.names(traffic)
    missed_by_language = _missed_by_language(flock, missed)
    print(f"\n{RECORDS} records, {len(provider.requests)} model calls; names missed: {missed_by_language}")
    assert finder.structured(traffic) == set()
    people = sum(bool(missed & set(canary.names)) for canary in flock)
    assert people <= max(3, MISSED_NAMES * RECORDS), missed_by_language

    assert {place: found for place, text in may_hold_nothing.items() if (found := finder.all(text))} == {}
    assert {table: found for table, text in rows.items() if (found := finder.structured(text))} == {}
    named = {table: found for table, text in rows.items() if (found := finder.names(text))}
    assert set(named) <= REDACTED_TEXTS, named
    assert set().union(*named.values()) <= missed
    analyses = "\n".join(answer.text for (path, _), answer in answers if path.startswith("/v1/analyze"))
    assert finder.names(analyses) <= missed


def test_the_search_finds_every_value_in_every_way_it_may_be_written() -> None:
    flock = canaries(2 * len(GREETINGS), seed=1)
    finder = CanaryFinder(flock)
    for canary in flock:
        values = {*canary.names, *canary.structured}
        for written in (str, str.upper, json.dumps, urllib.parse.quote, lambda value: rf"\x{value.encode().hex()}"):
            assert finder.all(" ".join(map(written, values))) >= values
        assert finder.all(canary.text) >= values
        assert finder.all(_exported(canary.text).decode(errors="replace")) >= values
        assert finder.structured(f"x{canary.rewritten[1]}y")


def _exported(text: str) -> bytes:
    """A span that tells a text, as a collector gets it."""
    span = Span(name="chat", attributes=[KeyValue(key="text", value=AnyValue(string_value=text))])
    exported: bytes = span.SerializeToString()
    return exported


def _traffic(provider: ScriptedProvider) -> str:
    """Everything that reached the provider: messages, other fields and headers."""
    return "\n".join(
        f"{request.prompt}\n{json.dumps({**request.body, 'messages': []})}\n{dict(request.headers)}"
        for request in provider.requests
    )


def _missed_by_language(flock: list[Canary], missed: set[str]) -> Mapping[str, str]:
    sent = Counter(canary.language for canary in flock)
    lost = Counter(canary.language for canary in flock if missed & set(canary.names))
    return {language: f"{lost[language]}/{count}" for language, count in sent.items()}
