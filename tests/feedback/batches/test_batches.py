"""Section 10: batches, from the order to the results."""

from collections.abc import Callable

import httpx
import pytest

from tests.support.batches import batch_body, create, results_of, shown
from tests.support.coding_bodies import v2_body
from tests.support.provider import ScriptedProvider
from tests.support.web_server import WebServer
from tests.support.worker import Worker


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
