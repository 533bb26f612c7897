"""Section 10: batches, from the order to the results."""

import base64
import csv
import hmac
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from feedback.batches.estimates import ENOUGH_CALLS
from feedback.batches.models import Batch
from feedback.batches.tasks import delete_expired_batches
from feedback.batches.webhooks import wait_seconds
from tenants.encryption.tenant_box import destroy_key
from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope
from tests.support.batches import batch_body, create, results_of, shown
from tests.support.budgets import set_tenant_price
from tests.support.coding_bodies import v2_body
from tests.support.envelope import error_of, fields_of
from tests.support.factories import new_call, new_key
from tests.support.listeners import Receiver
from tests.support.provider import ScriptedProvider, content_filtered, echo
from tests.support.web_server import WebServer
from tests.support.worker import Worker, enqueue
from usage.models import LLMCall


@pytest.fixture
def work(process_environment: dict[str, str]) -> Worker:
    return Worker(process_environment)


def test_a_batch_answers_each_record_as_its_endpoint_does(
    api: httpx.Client, provider: ScriptedProvider, work: Worker
) -> None:
    created = api.post("/v1/batches", json=batch_body(3, operation="assign_codes"))
    assert created.status_code == 202
    answer = created.json()
    assert created.headers["Location"] == f"/v1/batches/{answer['batch_id']}"
    assert (answer["status"], answer["records_total"]) == ("queued", 3)
    assert answer["request_id"] == created.headers["X-Request-ID"]
    before = results_of(api, answer["batch_id"])
    assert [(row["index"], row["id"], row["status"], row["result"]) for row in before] == [
        (number, f"r{number}", "pending", None) for number in range(3)
    ]
    work()
    batch = shown(api, answer["batch_id"])
    assert (batch["status"], batch["records_done"], batch["records_failed"]) == ("succeeded", 3, 0)
    assert (batch["progress"], batch["eta_seconds"], batch["errors"]) == (1, 0, [])
    assert batch["started_at"] <= batch["finished_at"]
    single = api.post("/v1/assign-codes", json=v2_body("The queue number 1 is long.")).json()
    rows = results_of(api, answer["batch_id"])
    assert [row["status"] for row in rows] == ["ok"] * 3
    assert rows[1] == {"index": 1, "id": "r1", "status": "ok", "result": single, "error": None}


def test_another_tenants_batch_is_not_found(
    api: httpx.Client, server: WebServer, other_key: str, client_for: Callable[..., httpx.Client]
) -> None:
    batch_id = create(api)
    other = client_for(server, other_key)
    for path in ("", "/results"):
        assert other.get(f"/v1/batches/{batch_id}{path}").status_code == 404
    for path in ("/cancel", "/retry"):
        assert other.post(f"/v1/batches/{batch_id}{path}").status_code == 404
    assert other.get("/v1/batches").json() == {"batches": [], "next_cursor": None}
    assert [batch["batch_id"] for batch in api.get("/v1/batches/").json()["batches"]] == [batch_id]


def test_a_batch_of_an_operation_on_many_records_has_one_result(
    api: httpx.Client, provider: ScriptedProvider, work: Worker
) -> None:
    batch_id = create(api, batch_body(4, operation="analyze"))
    work()
    batch = shown(api, batch_id)
    assert (batch["status"], batch["records_total"], batch["records_done"]) == ("succeeded", 4, 4)
    [row] = results_of(api, batch_id)
    assert row["status"] == "ok"
    assert row["result"]["feedback_record_count"] == 4
    assert row["result"]["analysis"].startswith("Disclaimer")


def test_failed_records_are_named_and_can_be_retried(
    api: httpx.Client, provider: ScriptedProvider, work: Worker
) -> None:
    provider.answer_with(lambda request: content_filtered() if "number 1" in request.user else None)
    batch_id = create(api)
    work()
    batch = shown(api, batch_id)
    assert (batch["status"], batch["records_done"], batch["records_failed"]) == ("partially_failed", 3, 1)
    [error] = batch["errors"]
    assert (error["index"], error["id"], error["code"]) == (1, "r1", "llm_error")
    assert [row["status"] for row in results_of(api, batch_id)] == ["ok", "failed", "ok"]
    assert results_of(api, batch_id)[1]["error"]["details"] == {"reason": "content_filter"}
    calls = len(provider.requests)
    provider.reset()
    retried = api.post(f"/v1/batches/{batch_id}/retry")
    assert (retried.status_code, retried.json()["status"], retried.json()["records_done"]) == (202, "queued", 2)
    work()
    assert shown(api, batch_id)["status"] == "succeeded"
    assert len(provider.requests) < calls
    error_of(api.post(f"/v1/batches/{batch_id}/retry"), 409, "conflict")
    error_of(api.post(f"/v1/batches/{batch_id}/cancel"), 409, "conflict")


def test_a_cancelled_batch_goes_no_further_until_it_is_retried(
    api: httpx.Client, provider: ScriptedProvider, work: Worker
) -> None:
    batch_id = create(api)
    cancelled = api.post(f"/v1/batches/{batch_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    work()
    assert not provider.requests
    assert [row["status"] for row in results_of(api, batch_id)] == ["pending"] * 3
    api.post(f"/v1/batches/{batch_id}/retry")
    work()
    assert shown(api, batch_id)["status"] == "succeeded"


def test_each_record_is_one_invocation_in_usage_with_the_batchs_id(
    api: httpx.Client, provider: ScriptedProvider, work: Worker, tenant: Tenant
) -> None:
    batch_id = create(api)
    work()
    assert api.get("/v1/usage").json()["total_calls"] == 3
    with tenant_scope(tenant.id):
        rows = LLMCall.objects.all()
        assert {str(row.batch_id) for row in rows} == {batch_id}
        assert len({row.call_id for row in rows}) == 3
        assert all(row.api_key_id for row in rows)


def test_results_are_downloaded_as_json_lines_and_csv(
    api: httpx.Client, provider: ScriptedProvider, work: Worker
) -> None:
    body = batch_body(3)
    body["records"][0]["id"] = "=1+1"
    batch_id = create(api, body)
    work()
    lines = api.get(f"/v1/batches/{batch_id}/results?format=jsonl")
    assert [json.loads(line) for line in lines.text.splitlines()] == results_of(api, batch_id)
    sheet = list(csv.reader(io.StringIO(api.get(f"/v1/batches/{batch_id}/results?format=csv").text)))
    assert sheet[0][:3] == ["index", "id", "status"]
    assert {"title", "summary", "quality_score"} <= set(sheet[0])
    assert [row[:3] for row in sheet[1:]] == [["0", "'=1+1", "ok"], ["1", "r1", "ok"], ["2", "r2", "ok"]]
    error_of(api.get(f"/v1/batches/{batch_id}/results?format=xml"), 422, "validation_error")


def test_lists_have_pages(api: httpx.Client) -> None:
    ids = [create(api) for _ in range(3)]
    first = api.get("/v1/batches?limit=2").json()
    second = api.get("/v1/batches", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [batch["batch_id"] for batch in first["batches"] + second["batches"]] == ids[::-1]
    assert second["next_cursor"] is None
    page = api.get(f"/v1/batches/{ids[0]}/results?limit=2").json()
    rest = api.get(f"/v1/batches/{ids[0]}/results", params={"cursor": page["next_cursor"]}).json()
    assert [row["index"] for row in page["results"] + rest["results"]] == [0, 1, 2]
    for query in ("limit=0", "limit=1001", "limit=x", "cursor=x"):
        error_of(api.get(f"/v1/batches?{query}"), 422, "validation_error")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"operation": "unknown"}, "body.operation"),
        ({"records": []}, "body.records"),
        ({"records": [{"id": "a"}]}, "body.records.0.content"),
        ({"records": [{"id": "a", "content": "x", "metadata": {"colour": "red"}}]}, "body.records.0.metadata.colour"),
        ({"records": [{"id": 1, "content": "x"}]}, "body.records.0.id"),
        ({"filter": {}}, "body.filter"),
        ({"records": None, "filter": {"colour": "red"}}, "body.filter.colour"),
        ({"records": None, "filter": {"language": "tlh"}}, "body.filter"),
        ({"options": {"colour": "red"}}, "body.options.colour"),
        ({"operation": "analyze", "options": {}}, "body.options.prompt"),
        ({"operation": "assign_codes", "options": {"max_codes": 0}}, "body.options.coding_levels"),
        ({"webhook_url": "http://127.0.0.1/"}, "body.webhook_url"),
        ({"webhook_url": "https://localhost/"}, "body.webhook_url"),
        ({"max_cost_usd": -1}, "body.max_cost_usd"),
        ({"max_cost_usd": 1}, "body.max_cost_usd"),  # the model has no price
    ],
)
def test_a_wrong_order_is_refused_with_its_field(api: httpx.Client, change: dict[str, Any], field: str) -> None:
    body = {name: value for name, value in (batch_body() | change).items() if name != "records" or value is not None}
    answer = api.post("/v1/batches", json=body)
    error_of(answer, 422, "validation_error")
    assert field in fields_of(answer)
    assert api.get("/v1/batches").json()["batches"] == []


def test_a_key_needs_the_scope_of_batches_and_of_the_operation(
    server: WebServer, tenant: Tenant, client_for: Callable[..., httpx.Client]
) -> None:
    for scopes in (["summarize"], ["batches"], ["batches", "analyze"]):
        limited = client_for(server, new_key(tenant, scopes=scopes))
        error_of(limited.post("/v1/batches", json=batch_body()), 403, "forbidden")
    allowed = client_for(server, new_key(tenant, scopes=["batches", "summarize"]))
    assert allowed.post("/v1/batches", json=batch_body()).status_code == 202


def test_no_text_of_a_batch_is_stored_in_clear_or_put_into_a_job(
    api: httpx.Client, provider: ScriptedProvider, work: Worker, tenant: Tenant
) -> None:
    body = batch_body(operation="analyze", options={"prompt": "Where is Zephyrine?"})
    body["records"][0]["content"] = "Zephyrine Quillfeather lost her house."
    create(api, body)
    work()
    with all_tenants(), connection.cursor() as cursor:
        for table in ("feedback_batch", "feedback_batchitem", "procrastinate_jobs"):
            cursor.execute(f'select count(*) from "{table}" t where t::text ilike %s', ["%zephyrine%"])
            assert cursor.fetchone() == (0,)
            cursor.execute(f'select count(*) from "{table}" t where t::text ilike %s', [f"%{b'Zephyrine'.hex()}%"])
            assert cursor.fetchone() == (0,)


def test_records_and_results_are_deleted_after_their_days(
    api: httpx.Client, provider: ScriptedProvider, work: Worker, tenant: Tenant
) -> None:
    expired, young = create(api), create(api)
    work()
    with tenant_scope(tenant.id):
        Batch.objects.filter(id=expired).update(expires_at=timezone.now())
    enqueue(delete_expired_batches)
    work()
    assert results_of(api, expired) == []
    assert shown(api, expired)["records_done"] == 3
    assert len(results_of(api, young)) == 3
    error_of(api.post(f"/v1/batches/{expired}/retry"), 409, "conflict")


def test_a_ceiling_refuses_at_once_or_stops_later_and_is_never_overshot(
    api: httpx.Client, provider: ScriptedProvider, work: Worker, tenant: Tenant
) -> None:
    set_tenant_price(tenant)
    refused = api.post("/v1/batches", json=batch_body(10, max_cost_usd=6))
    details = error_of(refused, 402, "budget_exceeded")["details"]
    assert details["estimated_cost_usd"] > details["max_cost_usd"] == 6
    for _ in range(ENOUGH_CALLS):
        new_call(tenant, cost_usd=Decimal("0.01"), records_count=1)
    batch_id = create(api, batch_body(10, max_cost_usd=6))
    work()
    batch = shown(api, batch_id)
    assert batch["status"] == "stopped_by_budget"
    assert 0 < batch["records_done"] < 10
    assert 0 < batch["cost_usd"] <= 6


def test_the_end_of_a_batch_is_told_by_a_signed_post_until_it_arrives(
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    provider: ScriptedProvider,
    process_environment: dict[str, str],
    receiver: Receiver,
    key: str,
) -> None:
    api = client_for(start_server(WEBHOOK_ALLOW_PRIVATE="1"), key)
    receiver.answers = [500]
    created = api.post("/v1/batches", json=batch_body(webhook_url=receiver.url)).json()
    work = Worker(process_environment | {"WEBHOOK_ALLOW_PRIVATE": "1"})
    work()
    assert len(receiver.received) == 1
    with connection.cursor() as cursor:  # the pause of five seconds is over
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    work()
    (_, headers, body), (_, again, same) = receiver.received
    assert headers["webhook-id"] == again["webhook-id"]
    message = json.loads(body)
    assert (message["type"], message["data"]) == ("batch.finished", json.loads(same)["data"])
    assert message["data"] == shown(api, created["batch_id"])
    secret = base64.b64decode(created["webhook_secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_deliveries_are_repeated_for_a_day_at_growing_intervals() -> None:
    waits = [wait_seconds(attempt) for attempt in range(40)]
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 3600


def test_stored_records_are_chosen_by_filters_and_answered_with_their_placeholders(
    api: httpx.Client, provider: ScriptedProvider, work: Worker
) -> None:
    records = [
        {"id": f"s{number}", "content": f"Call +256 772 55512{number}, the well is dry.", "channel": channel}
        for number, channel in enumerate(["radio", "radio", "sms"])
    ]
    assert api.post("/v1/records", json={"records": records}).json()["created"] == 3
    provider.answer_with(echo)
    batch_id = create(api, {"operation": "summarize", "filter": {"channel": "radio"}})
    assert shown(api, batch_id)["records_total"] == 2
    work()
    rows = results_of(api, batch_id)
    assert sorted(row["id"] for row in rows) == ["s0", "s1"]
    assert all("<PHONE" in row["result"]["summary"] and "772" not in row["result"]["summary"] for row in rows)


def test_an_erased_record_leaves_its_index_and_status_in_a_batch(
    api: httpx.Client, provider: ScriptedProvider, work: Worker
) -> None:
    records = [{"id": f"e{number}", "content": f"The well number {number} is dry."} for number in range(3)]
    api.post("/v1/records", json={"records": records})
    one_by_one = create(api, {"operation": "summarize", "filter": {}})
    together = create(api, {"operation": "summarize_aggregate", "filter": {}})
    inline = create(api, batch_body() | {"records": records})
    work()
    [stored] = [each for each in api.get("/v1/records").json()["records"] if each["id"] == "e1"]
    assert api.delete(f"/v1/records/{stored['record_id']}").status_code == 204
    for batch_id in (one_by_one, inline):
        rows = results_of(api, batch_id)
        assert [row["status"] for row in rows] == ["ok"] * 3
        assert sorted(row["id"] for row in rows) == ["e0", "e2", "erased"]
        assert [row["result"] for row in rows if row["id"] == "erased"] == ["erased"]
    assert [row["result"] for row in results_of(api, together)] == ["erased"]


def test_a_batch_that_cannot_be_read_any_more_fails_and_the_next_one_is_served(
    api: httpx.Client, provider: ScriptedProvider, work: Worker, tenant: Tenant
) -> None:
    unreadable = create(api)
    destroy_key(tenant.id)
    readable = create(api)
    work()
    batch = shown(api, unreadable)
    assert (batch["status"], batch["records_failed"]) == ("failed", 3)
    assert shown(api, readable)["status"] == "succeeded"
