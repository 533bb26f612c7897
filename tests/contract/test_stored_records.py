"""Section 9: stored feedback records."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import connection

from feedback.models import FeedbackRecord
from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tests.support.envelope import error_of, fields_of, request_id_of
from tests.support.factories import new_key, new_tenant
from tests.support.web_server import WebServer

RECORDS = "/v1/records"
NUMBER = "+254 712 345 678"
STORED_KEYS = {
    "record_id",
    "id",
    "source",
    "content",
    "is_redacted",
    "language",
    "collected_at",
    "received_at",
    "closed_at",
    "channel",
    "admin1",
    "admin2",
    "admin3",
    "site",
    "sex",
    "age_band",
    "community_group",
    "priority",
    "status",
    "consent",
    "is_sensitive",
    "is_escalated",
    "tags",
    "extra",
    "metadata",
    "codings",
    "duplicate_of",
    "created_at",
    "updated_at",
}


def record(record_id: str = "r1", content: str = "The tap is dry.", **more: Any) -> dict[str, Any]:
    return {"id": record_id, "content": content, **more}


def post(api: httpx.Client, *records: Any, **more: Any) -> dict[str, Any]:
    response = api.post(RECORDS, json={"records": records}, **more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert answer.pop("request_id") == request_id_of(response)
    return answer


def listed(api: httpx.Client, **query: Any) -> list[str]:
    response = api.get(RECORDS, params=query)
    assert response.status_code == 200, response.text
    return [stored["id"] for stored in response.json()["records"]]


def stored(api: httpx.Client, record_id: str = "r1", **query: Any) -> dict[str, Any]:
    [found] = api.get(RECORDS, params={"id": record_id} | query).json()["records"]
    assert set(found) == STORED_KEYS
    answer: dict[str, Any] = found
    return answer


@pytest.fixture
def keyed(server: WebServer, client_for: Callable[..., httpx.Client]) -> Callable[..., httpx.Client]:
    """Make a client with a key of these scopes: `keyed(tenant, "records")`."""
    return lambda tenant, *scopes: client_for(server, new_key(tenant, scopes=scopes))


def test_good_records_are_stored_and_bad_ones_named(api: httpx.Client) -> None:
    answer = post(api, record(channel="radio"), record("bad", collected_at="soon"), {"id": 5}, "nonsense")
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (1, 0, 0)
    assert answer["rejected"] == [
        {
            "index": 1,
            "id": "bad",
            "fields": [{"field": "collected_at", "issue": "Input should be an ISO 8601 date or datetime"}],
        },
        {
            "index": 2,
            "id": None,
            "fields": [
                {"field": "id", "issue": "Input should be a valid string"},
                {"field": "content", "issue": "Field required"},
            ],
        },
        {
            "index": 3,
            "id": None,
            "fields": [{"field": "", "issue": "Input should be a valid dictionary or object to extract fields from"}],
        },
    ]
    assert post(api, record(channel="radio"))["unchanged"] == 1
    assert post(api, record(channel="phone"))["updated"] == 1


def test_a_stored_record_is_answered_whole(api: httpx.Client) -> None:
    sent = record(
        content=f"Call {NUMBER}",
        source="kobo",
        collected_at="2026-01-02T03:04:05+03:00",
        channel="radio",
        consent=True,
        tags=["water"],
        extra={"round": "2"},
        metadata={"created": "2026-01-01", "coding_level_1": "nothing of ours"},
    )
    post(api, sent)
    found = stored(api)
    assert found["content"] == "Call <PHONE_NUMBER_1>"
    assert found["collected_at"] == "2026-01-02T00:04:05Z"
    assert (found["source"], found["channel"], found["consent"], found["tags"]) == ("kobo", "radio", True, ["water"])
    assert (found["extra"], found["metadata"]) == (sent["extra"], sent["metadata"])
    assert (found["is_redacted"], found["codings"], found["duplicate_of"], found["site"]) == (True, [], None, None)
    assert api.get(f"{RECORDS}/{found['record_id']}").json() == found
    assert api.get(f"{RECORDS}/{found['record_id']}/").json() == found


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.records"),
        ({"records": []}, "body.records"),
        ({"records": [{}] * 1001}, "body.records"),
        ({"records": "r1"}, "body.records"),
    ],
)
def test_a_body_without_a_list_of_1_to_1000_records_is_422(api: httpx.Client, body: Any, field: str) -> None:
    assert list(fields_of(api.post(RECORDS, json=body))) == [field]


def test_an_idempotency_key_stores_once(api: httpx.Client) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.post(RECORDS, json={"records": [record()]}, headers=headers)
    again = api.post(RECORDS, json={"records": [record()]}, headers=headers)
    assert again.json() == first.json()
    assert again.json()["created"] == 1
    assert again.headers["Idempotency-Replayed"] == "true"


def test_pages_follow_each_other_newest_first_without_gaps(api: httpx.Client) -> None:
    post(api, *(record(f"r{n}", collected_at=f"2026-01-{n // 2 + 1:02}") for n in range(25)))
    ids, cursor, pages = [], None, 0
    while cursor is not None or not pages:
        answer = api.get(RECORDS, params={"limit": 4} | ({"cursor": cursor} if cursor else {})).json()
        ids += [found["id"] for found in answer["records"]]
        cursor, pages = answer["next_cursor"], pages + 1
    assert pages == 7
    assert sorted(ids) == sorted(f"r{n}" for n in range(25))
    assert ids[0] == "r24"
    assert ids[-1] in ("r0", "r1")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "query.limit"),
        ({"limit": "1001"}, "query.limit"),
        ({"limit": "²"}, "query.limit"),
        ({"cursor": "nonsense"}, "query.cursor"),
        ({"cursor": "MjAyNi0wMS0wMSBh"}, "query.cursor"),
        ({"chanel": "radio"}, "query.chanel"),
        ({"consent": "maybe"}, "query.consent"),
        ({"raw": "maybe"}, "query.raw"),
    ],
)
def test_an_unreadable_query_is_422(api: httpx.Client, query: dict[str, str], field: str) -> None:
    assert list(fields_of(api.get(RECORDS, params=query))) == [field]


def test_filters_limit_the_list(api: httpx.Client) -> None:
    post(api, record("a", "No water", channel="radio"), record("b", "Thank you", channel="phone", is_sensitive=False))
    assert listed(api, channel="radio") == ["a"]
    assert sorted(listed(api, channel=["radio", "phone"])) == ["a", "b"]
    assert listed(api, search="thank") == ["b"]
    assert listed(api, is_sensitive="false") == ["b"]
    assert listed(api, collected_from="2100-01-01") == []


def test_metadata_is_changed_and_nothing_else(api: httpx.Client, tenant: Tenant) -> None:
    post(api, record())
    found = stored(api)
    address = f"{RECORDS}/{found['record_id']}"
    changed = api.patch(
        address, json={"status": "closed", "content": "other", "id": "r2", "source": "kobo", "tags": [NUMBER]}
    )
    assert changed.status_code == 200
    assert changed.json() == stored(api)
    different = {name for name, value in changed.json().items() if value != found[name]}
    assert different == {"status", "tags", "updated_at"}
    assert changed.json()["tags"] == ["<PHONE_NUMBER_1>"]
    assert list(fields_of(api.patch(address, json={"content": "other"}))) == ["body"]
    assert list(fields_of(api.patch(address, json={"consent": "yes"}))) == ["body.consent"]
    with tenant_scope(tenant.id):
        assert AuditEvent.objects.filter(action="record.changed", resource_id=found["record_id"]).count() == 1


def test_an_erased_record_is_not_found_again(api: httpx.Client) -> None:
    post(api, record())
    address = f"{RECORDS}/{stored(api)['record_id']}"
    assert api.delete(address).status_code == 204
    for method in ("GET", "DELETE"):
        error_of(api.request(method, address), 404, "not_found")
    assert post(api, record())["created"] == 1


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_record_of_another_tenant_is_404(
    api: httpx.Client, server: WebServer, client_for: Callable[..., httpx.Client], other_key: str, method: str
) -> None:
    post(api, record())
    record_id = stored(api)["record_id"]
    other = client_for(server, other_key)
    body = {"status": "x"} if method == "PATCH" else None
    error_of(other.request(method, f"{RECORDS}/{record_id}", json=body), 404, "not_found")
    error_of(other.request(method, f"{RECORDS}/nonsense", json=body), 404, "not_found")
    assert listed(other) == []
    assert stored(api)["record_id"] == record_id


def test_a_tenant_that_stores_nothing_is_403_everywhere(keyed: Callable[..., httpx.Client], database: None) -> None:
    api = keyed(new_tenant(storage="off"))
    address = f"{RECORDS}/{uuid.uuid4()}"
    for method, path in [
        ("POST", RECORDS),
        ("GET", RECORDS),
        ("GET", address),
        ("PATCH", address),
        ("DELETE", address),
    ]:
        assert "storage policy" in error_of(api.request(method, path), 403, "forbidden")["message"]


def test_a_key_without_the_scope_is_403(keyed: Callable[..., httpx.Client], tenant: Tenant) -> None:
    error_of(keyed(tenant, "summarize").get(RECORDS), 403, "forbidden")
    assert keyed(tenant, "records").get(RECORDS).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_sensitive_records_are_404_without_their_scope(
    api: httpx.Client, keyed: Callable[..., httpx.Client], tenant: Tenant, method: str
) -> None:
    seeing = keyed(tenant, "records", "records:sensitive")
    post(api, record("open"), record("hidden", "Favours for water", is_sensitive=True))
    record_id = stored(seeing, "hidden")["record_id"]
    assert listed(api) == ["open"]
    assert listed(api, search="favours") == listed(api, is_sensitive="true") == []
    body = {"status": "x"} if method == "PATCH" else None
    error_of(api.request(method, f"{RECORDS}/{record_id}", json=body), 404, "not_found")
    assert post(api, record("hidden", "Favours for water"))["unchanged"] == 1
    assert sorted(listed(seeing)) == ["hidden", "open"]


def test_a_duplicate_names_the_first_record_unless_it_is_hidden(api: httpx.Client) -> None:
    post(api, record("first"))
    post(api, record("second", "the tap is dry"))
    first = stored(api, "first")["record_id"]
    assert stored(api, "second")["duplicate_of"] == first
    api.patch(f"{RECORDS}/{first}", json={"is_sensitive": True})
    assert stored(api, "second")["duplicate_of"] is None


@pytest.fixture
def raw_tenant(database: None) -> Tenant:
    return new_tenant(storage="raw")


def test_raw_text_is_shown_only_to_its_scope_and_each_look_is_audited(
    raw_tenant: Tenant, keyed: Callable[..., httpx.Client]
) -> None:
    plain, seeing = keyed(raw_tenant, "records"), keyed(raw_tenant, "records", "records:raw")
    post(plain, record(content=f"Call {NUMBER}", tags=[NUMBER]), record("r2", f"Ring {NUMBER}"))
    assert stored(plain)["content"] == "Call <PHONE_NUMBER_1>"
    error_of(plain.get(RECORDS, params={"raw": "true"}), 403, "forbidden")
    error_of(plain.get(f"{RECORDS}/{uuid.uuid4()}", params={"raw": "true"}), 403, "forbidden")
    assert _looks(raw_tenant) == []
    found = stored(seeing, raw="true")
    assert (found["content"], found["tags"], found["is_redacted"]) == (f"Call {NUMBER}", [NUMBER], False)
    assert stored(seeing)["is_redacted"]
    assert _looks(raw_tenant) == [found["record_id"]]
    seeing.get(f"{RECORDS}/{found['record_id']}", params={"raw": "true"})
    assert _looks(raw_tenant) == [found["record_id"]] * 2


def _looks(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        events = AuditEvent.objects.filter(action="record.raw_text_seen")
        return [event.resource_id for event in events]


def test_raw_text_is_nowhere_in_clear_and_follows_changes(
    raw_tenant: Tenant, keyed: Callable[..., httpx.Client]
) -> None:
    api = keyed(raw_tenant, "records", "records:raw")
    post(api, record(content=f"Call {NUMBER}"))
    record_id = stored(api)["record_id"]
    api.patch(f"{RECORDS}/{record_id}", json={"site": f"House of {NUMBER}"})
    found = stored(api, raw="true")
    assert (found["content"], found["site"]) == (f"Call {NUMBER}", f"House of {NUMBER}")
    post(api, record(content=f"Do not call {NUMBER}"))
    found = stored(api, raw="true")
    assert (found["content"], found["site"]) == (f"Do not call {NUMBER}", f"House of {NUMBER}")
    with tenant_scope(raw_tenant.id), connection.cursor() as cursor:
        for table in ("feedback_feedbackrecord", "feedback_rawtext"):
            cursor.execute(f"select string_agg(t::text, '') from {table} t")
            assert "712 345" not in cursor.fetchone()[0]


def test_a_tenant_that_no_longer_stores_raw_text_shows_none(
    raw_tenant: Tenant, keyed: Callable[..., httpx.Client]
) -> None:
    api = keyed(raw_tenant, "records", "records:raw")
    post(api, record(content=f"Call {NUMBER}"))
    with tenant_scope(raw_tenant.id):
        Tenant.objects.filter(id=raw_tenant.id).update(storage="redacted")
    assert stored(api, raw="true")["content"] == "Call <PHONE_NUMBER_1>"


def test_raw_text_is_added_when_the_record_comes_again(tenant: Tenant, keyed: Callable[..., httpx.Client]) -> None:
    api = keyed(tenant, "records", "records:raw")
    post(api, record(content=f"Call {NUMBER}"))
    with tenant_scope(tenant.id):
        Tenant.objects.filter(id=tenant.id).update(storage="raw")
    assert post(api, record(content=f"Call {NUMBER}"))["unchanged"] == 1
    assert stored(api, raw="true")["content"] == f"Call {NUMBER}"


def test_a_thousand_records_are_stored_in_one_call_and_listed_on_one_page(
    tenant: Tenant, keyed: Callable[..., httpx.Client]
) -> None:
    api = keyed(tenant, "records")
    post(api, *(record(f"r{n}", f"Tap {n} is dry") for n in range(1000)))
    assert len(listed(api, limit=1000)) == 1000
    with tenant_scope(tenant.id):
        assert FeedbackRecord.objects.count() == 1000
