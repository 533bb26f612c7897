"""Exports over REST, and submissions that KoboToolbox pushes."""

import csv
import io
import json
from collections.abc import Callable

import httpx

from feedback.models import FeedbackRecord
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.web_server import WebServer

SUBMISSION = {
    "_id": 4711,
    "formhub/uuid": "f0",
    "start": "2026-07-01T09:00:00.000+02:00",
    "intro/consent": "yes",
    "intro/gender": "female",
    "main/feedback": "The queue at the clinic is too long",
    "main/topics": "health queue",
    "main/phone": "+256 700 000 990",
    "people": [{"people/age": "34"}],
    "meta/instanceID": "uuid:6c8",
    "_uuid": "6c8d0f2e",
    "_attachments": [],
    "_geolocation": [None, None],
    "_submission_time": "2026-07-01T07:05:00",
}
RECORDS = [
    {"id": "1", "content": "=HYPERLINK(1)", "channel": "hotline", "tags": ["a", "b"], "extra": {"Shoe": "41"}},
    {"id": "2", "content": "We need water", "channel": "radio", "collected_at": "2026-07-01"},
]


def stored(tenant: Tenant) -> FeedbackRecord:
    with tenant_scope(tenant.id):
        record: FeedbackRecord = FeedbackRecord.objects.get()
    return record


def test_an_export_has_the_filtered_records_with_tags_and_without_formulas(api: httpx.Client) -> None:
    assert api.post("/v1/records", json={"records": RECORDS}).status_code == 200
    answer = api.get("/v1/records/export", params={"format": "csv", "hxl": "true", "channel": "hotline"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), answer.text
    header, tags, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (header[0], tags[0], row[0]) == ("id", "#meta+id", "1")
    assert row[header.index("content")] == "'=HYPERLINK(1)"
    assert row[header.index("extra.Shoe")] == "41"
    lines = api.get("/v1/records/export", params={"format": "jsonl"}).text.splitlines()
    assert {json.loads(line)["id"] for line in lines} == {"1", "2"}
    assert api.get("/v1/records/export/", params={"format": "xlsx"}).content[:2] == b"PK"


def test_wrong_parameters_of_an_export_are_named(api: httpx.Client) -> None:
    for wrong in ("format", "hxl", "chanel"):
        answer = api.get("/v1/records/export", params={wrong: "x"})
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["field"] == f"query.{wrong}"
    assert api.get("/v1/records/export", params={"raw": "true"}).status_code == 403


def test_another_tenants_records_are_in_no_export(
    api: httpx.Client, other_key: str, server: WebServer, client_for: Callable[..., httpx.Client]
) -> None:
    api.post("/v1/records", json={"records": RECORDS})
    other = client_for(server, other_key)
    assert other.get("/v1/records/export", params={"format": "jsonl"}).text == ""


def test_a_submission_is_stored_once(api: httpx.Client, tenant: Tenant) -> None:
    first = api.post("/v1/records/kobo", json=SUBMISSION)
    assert first.status_code == 200, first.text
    assert {name: first.json()[name] for name in ("created", "updated", "unchanged", "rejected")} == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
    }
    assert api.post("/v1/records/kobo/", json=SUBMISSION).json()["unchanged"] == 1
    record = stored(tenant)
    assert (record.external_id, record.source, record.content) == ("6c8d0f2e", "kobo", SUBMISSION["main/feedback"])
    assert (record.sex, record.consent) == ("female", True)
    assert "phone" not in json.dumps(record.extra)


def test_the_mapping_of_an_export_says_which_question_is_the_content(api: httpx.Client, tenant: Tenant) -> None:
    heading = "_uuid,_submission_time,_index,main/feedback,main/topics"
    export = f"{heading}\nx1,2026-07-01T07:00:00,1,long text here,other text\n"
    mapping = json.dumps({"main/topics": "content", "main/feedback": ""})
    answer = api.post("/v1/records/import", files={"file": ("kobo.csv", export)}, data={"mapping": mapping})
    assert answer.status_code == 202, answer.text
    assert api.post("/v1/records/kobo", json=SUBMISSION).status_code == 200
    assert stored(tenant).content == "health queue"


def test_what_is_no_submission_is_refused(api: httpx.Client) -> None:
    assert api.post("/v1/records/kobo", json={"feedback": "x"}).json()["error"]["fields"][0]["field"] == "body._uuid"
    assert api.post("/v1/records/kobo", json={"_uuid": "x", "q1": "which one?"}).status_code == 422
