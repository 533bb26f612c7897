"""Canaries go through every operation: none is found where it has no business.

LEAK_TEST_RECORDS says how many (20 here; 2,000 before a release). Names may be missed in provider traffic at the rate
that
docs/redaction.md reports; nowhere else may anything be found.
"""

import os
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.databases import DatabaseUrls
from tests.inference.redaction.canaries import Canary, canaries
from tests.provider import ScriptedProvider, echo, server_error
from tests.web_server import WebServer

RECORDS = int(os.environ.get("LEAK_TEST_RECORDS", "20"))
MISSED_NAMES = 0.1
NODES = {
    "root_codes": [{"id": "w", "name": "Water", "children": [{"id": "w1", "name": "Broken pump", "children": []}]}]
}
V1_FRAMEWORK = {
    "types": [{"name": "Needs", "categories": [{"name": "Water", "codes": [{"code_id": "w", "name": "Pump"}]}]}]
}
V1_METADATA = {
    "created": "2026-07-01T09:30:00Z",
    "feedback_record_id": "x",
    "coding_level_1": "",
    "coding_level_2": "",
    "coding_level_3": "",
}


@pytest.fixture(scope="module")
def flock() -> list[Canary]:
    return canaries(RECORDS, seed=os.getpid())


def _requests(flock: list[Canary]) -> Iterator[tuple[str, dict[str, object]]]:
    """Every operation of both contracts, single records and all at once."""
    for number, canary in enumerate(flock):
        record = {"id": f"r{number}", "content": canary.text, "metadata": {"created": "2026-07-01 09:30:00"}}
        yield "/v1/summarize", {"feedback_record": record}
        yield "/v1/assign-codes", {"feedback_record": record, "coding_levels": NODES}
        yield "/v1/detect-sensitive", {"feedback_record": record}
        yield (
            "/v1/assign_codes",
            {"feedback_records": [{"id": "a", "content": canary.text}], "coding_framework": V1_FRAMEWORK},
        )
        yield "/v1/detect-sensitive", {"feedback_items": [{"id": "a", "text": canary.text, "metadata": {}}]}
    for start in range(0, len(flock), 100):
        part = flock[start : start + 100]
        v2 = [{"id": f"b{number}", "content": canary.text} for number, canary in enumerate(part)]
        v1 = [
            {"id": f"c{number}", "content": canary.text, "metadata": V1_METADATA} for number, canary in enumerate(part)
        ]
        yield "/v1/analyze-bulk", {"feedback_records": v2, "prompt": f"What about {part[0].structured[1]}?"}
        yield "/v1/summarize-bulk", {"feedback_records": v2}
        yield (
            "/v1/analyze",
            {"feedback_records": [{"id": item["id"], "text": item["content"]} for item in v2], "prompt": "What?"},
        )
        yield "/v1/summarize", {"feedback_records": v1}
        yield "/v1/summarize-aggregate", {"feedback_records": v1}


def _stored(owner_url: str) -> Iterator[tuple[str, str]]:
    """(table, row as text) of every table in the database, jobs and sessions included."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.scope', 'all', false)")
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("select stored::text from {} as stored").format(sql.Identifier(schema, table))
            for (row,) in connection.execute(query):
                yield table, row


def _found(text: str, flock: list[Canary]) -> list[str]:
    return [value for canary in flock for value in (canary.name, *canary.structured) if value in text]


def test_no_canary_is_found_where_it_has_no_business(
    api: httpx.Client, provider: ScriptedProvider, server: WebServer, database_urls: DatabaseUrls, flock: list[Canary]
) -> None:
    provider.answer_with(echo)
    statuses = [api.post(path, json=body).status_code for path, body in _requests(flock)]
    assert set(statuses) <= {200, 502}
    assert statuses.count(200) > len(statuses) / 3
    provider.answer_with(None)
    refused = [
        api.post(path, json=body | {"coding_levels": 7, "feedback_records": 7})
        for path, body in list(_requests(flock))[:20]
    ]
    provider.enqueue(*[server_error()] * 3)
    refused.append(api.post("/v1/detect-sensitive", json={"feedback_record": {"id": "x", "content": flock[0].text}}))

    traffic = "\n".join(provider.prompts())
    assert [value for canary in flock for value in canary.structured if value in traffic] == []
    missed = [canary.name for canary in flock if canary.name in traffic]
    assert len(missed) <= MISSED_NAMES * len(flock), missed
    assert [
        _found(answer.text, flock) for answer in refused if answer.status_code >= 400 and _found(answer.text, flock)
    ] == []
    assert _found(server.log, flock) == []
    assert {table: _found(row, flock) for table, row in _stored(database_urls.owner_url) if _found(row, flock)} == {}
