"""Imports over REST: a file is tried, imported by a worker, and told row by row; hostile files change nothing."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from feedback.imports.models import ImportChunk, ImportRun
from feedback.models import FeedbackRecord
from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.factories import new_key, new_tenant
from tests.support.web_server import WebServer
from tests.support.worker import Worker

IMPORT = "/v1/records/import"
SHEET = (
    "Reference;Date;Description;Sensitive;Shoe size\n"
    "F-1;31/03/2026;The water point is broken;no;41\n"
    "F-2;01/04/2026;We need blankets;yes;\n"
    ";02/04/2026;No reference here;no;\n"
    "F-4;30/02/2026;No such day;no;\n"
    "F-5;03/04/2026;Thank you;perhaps;\n"
)


@pytest.fixture
def worker(process_environment: dict[str, str]) -> Worker:
    return Worker(process_environment)


def sent(api: httpx.Client, content: bytes | str, file_name: str = "feedback.csv", **fields: str) -> httpx.Response:
    written = content.encode() if isinstance(content, str) else content
    return api.post(IMPORT, files={"file": (file_name, written)}, data=fields)


def stored(tenant: Tenant) -> list[FeedbackRecord]:
    with tenant_scope(tenant.id):
        return list(FeedbackRecord.objects.order_by("external_id"))


def test_a_dry_run_tells_mapping_sample_and_errors_and_stores_nothing(api: httpx.Client, tenant: Tenant) -> None:
    answer = sent(api, SHEET, dry_run="true")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["columns"] == ["Reference", "Date", "Description", "Sensitive", "Shoe size"]
    assert told["mapping"] == {
        "Reference": "id",
        "Date": "collected_at",
        "Description": "content",
        "Sensitive": "is_sensitive",
        "Shoe size": "extra",
    }
    assert told["date_orders"] == {"Date": "day_first"}
    assert (told["rows"], told["rows_ok"]) == (5, 2)
    assert [(error["row"], error["column"]) for error in told["errors"]] == [
        (4, "Reference"),
        (5, "Date"),
        (6, "Sensitive"),
    ]
    assert told["sample"][0] == {
        "id": "F-1",
        "collected_at": "2026-03-31",
        "content": "The water point is broken",
        "is_sensitive": False,
        "extra": {"Shoe size": "41"},
        "source": "api",
    }
    assert stored(tenant) == []
    with tenant_scope(tenant.id):
        assert ImportRun.objects.count() == ImportChunk.objects.count() == 0


def test_an_import_is_done_by_a_worker_and_told(api: httpx.Client, tenant: Tenant, worker: Worker) -> None:
    answer = sent(api, SHEET)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued"), answer.text
    import_id = answer.json()["import_id"]
    assert api.get(f"/v1/imports/{import_id}").json()["status"] == "queued"
    worker()
    told = api.get(f"/v1/imports/{import_id}/").json()
    assert told["status"] == "partially_failed", told
    assert (told["rows"], told["rows_ok"], told["rows_failed"]) == (5, 2, 3)
    assert (told["created"], told["updated"]) == (2, 0)
    assert [error["row"] for error in told["errors"]] == [4, 5, 6]
    rows = stored(tenant)
    assert [row.external_id for row in rows] == ["F-1", "F-2"]
    assert rows[1].is_sensitive is True
    with tenant_scope(tenant.id):
        assert ImportChunk.objects.count() == 0


def test_the_same_file_again_changes_nothing(api: httpx.Client, tenant: Tenant, worker: Worker) -> None:
    sheet = "text\nThe water point is broken\nWe need blankets\nWe need blankets\n"
    for expected in ({"created": 3, "unchanged": 0}, {"created": 0, "unchanged": 3}):
        import_id = sent(api, sheet).json()["import_id"]
        worker()
        told = api.get(f"/v1/imports/{import_id}").json()
        assert {name: told[name] for name in expected} == expected, told
    assert len(stored(tenant)) == 3


def test_a_mapping_is_obeyed_and_remembered_for_the_layout(api: httpx.Client, tenant: Tenant) -> None:
    sheet = "Reference,Remarks,Other\n1,first text,second text\n"
    mapping = json.dumps({"Other": "content", "Remarks": ""})
    told = sent(api, sheet, dry_run="true", mapping=mapping).json()
    assert told["mapping"] == {"Reference": "id", "Remarks": "", "Other": "content"}
    assert told["sample"][0]["content"] == "second text"
    assert sent(api, sheet, mapping=mapping).status_code == 202
    again = sent(api, sheet, dry_run="true").json()
    assert again["mapping"] == told["mapping"]


@pytest.mark.parametrize(
    "mapping",
    ["{", "[]", '{"nothing": "content"}', '{"Remarks": "no such field"}', '{"Reference": "id", "Remarks": "id"}'],
    ids=["no JSON", "a list", "unknown column", "unknown field", "two columns for one field"],
)
def test_a_wrong_mapping_is_told(api: httpx.Client, mapping: str) -> None:
    answer = sent(api, "Reference,Remarks\n1,text\n", mapping=mapping)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"] == "body.mapping"


def test_dates_that_can_be_read_in_two_ways_need_a_person(api: httpx.Client, tenant: Tenant) -> None:
    sheet = "id,date,text\n1,03/04/2026,hello there\n"
    refused = sent(api, sheet)
    assert refused.status_code == 422
    assert "Choose the order" in refused.json()["error"]["fields"][0]["issue"]
    mapping = json.dumps({"date": {"field": "collected_at", "date_order": "month_first"}})
    told = sent(api, sheet, dry_run="true", mapping=mapping).json()
    assert told["sample"][0]["collected_at"] == "2026-03-04"
    assert any("month first" in note for note in told["notes"])


def test_another_tenants_import_is_not_found(
    api: httpx.Client, other_key: str, server: WebServer, client_for: Callable[..., httpx.Client]
) -> None:
    import_id = sent(api, SHEET).json()["import_id"]
    assert api.get(f"/v1/imports/{import_id}").status_code == 200
    other = client_for(server, other_key)
    for wanted in (import_id, str(uuid.uuid4()), "x"):
        assert other.get(f"/v1/imports/{wanted}").status_code == 404


def test_keys_without_the_scope_and_tenants_that_store_nothing_are_refused(
    tenant: Tenant, server: WebServer, client_for: Callable[..., httpx.Client], api: httpx.Client
) -> None:
    limited = client_for(server, new_key(tenant, scopes=["summarize"]))
    assert sent(limited, SHEET).status_code == 403
    closed = client_for(server, new_key(new_tenant(storage="off")))
    assert sent(closed, SHEET, dry_run="true").status_code == 403
    assert client_for(server, None).post(IMPORT, files={"file": ("x.csv", b"a")}).status_code == 401


HOSTILE: dict[str, Any] = {
    "empty": (b"", "empty"),
    "only a heading": (b"id,text\n", "no row"),
    "NUL": (b"id,text\n1,a\x00b\n", "no text"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "no text"),
    "web page": (b"<html><table><tr><td>id</td></tr></table></html>", "web page"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 4000, "old Excel"),
    "PDF": (b"%PDF-1.7\n", "PDF"),
    "gzip": (b"\x1f\x8b\x08\x00" + b"\x01" * 100, "archive"),
    "zip that is no workbook": (b"PK\x03\x04" + b"\x01" * 100, "workbook"),
    "open quotation mark": (b'id,text\n1,"never closed\n2,x\n', "quotation mark"),
    "10,000 columns": (b",".join(b"c%d" % n for n in range(10_000)) + b"\n" + b"x," * 9_999 + b"x\n", "columns"),
    "huge cell": (b"id,text\n1," + b"a" * 1_100_000 + b"\n", "million"),
    "broken JSON": (b'{"id": "1", "content": "x"}\n{"id": \n', "JSON"),
    "no headings": (b"1,2026-01-01,The water is dirty\n2,2026-01-02,Thank you\n", "headings"),
    "no text column": (b"id,date\n1,2026-01-01\n", "No column"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_changes_nothing_and_is_told_why(api: httpx.Client, tenant: Tenant, name: str) -> None:
    content, expected = HOSTILE[name]
    answer = sent(api, content)
    assert answer.status_code == 422, answer.text
    assert expected in answer.json()["error"]["fields"][0]["issue"]
    assert stored(tenant) == []
    with all_tenants():
        assert not ImportRun.objects.filter(tenant_id=tenant.id).exists()


@pytest.mark.parametrize("delimiter", ["a", '"', "\n", "\r", ";;"])
def test_a_wrong_delimiter_is_told(api: httpx.Client, delimiter: str) -> None:
    answer = sent(api, SHEET, delimiter=delimiter, dry_run="true")
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"] == "body.delimiter"
