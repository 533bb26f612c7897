"""Batches for tests: bodies, and the wait for their end."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.support.coding_bodies import TREE

ENDED = {"succeeded", "partially_failed", "failed", "cancelled", "stopped_by_budget"}


def batch_body(count: int = 3, *, operation: str = "summarize", **changes: Any) -> dict[str, Any]:
    """A batch of records `r0`, `r1`, ... that say something else each."""
    options: dict[str, Any] = {"coding_levels": TREE} if operation == "assign_codes" else {}
    if operation == "analyze":
        options = {"prompt": "What do people need?"}
    records = [{"id": f"r{number}", "content": f"The queue number {number} is long."} for number in range(count)]
    return {"operation": operation, "records": records, "options": options, **changes}


def create(api: httpx.Client, body: dict[str, Any] | None = None) -> str:
    """Order a batch and return its id."""
    created = api.post("/v1/batches", json=body or batch_body())
    assert created.status_code == 202, created.text
    return str(created.json()["batch_id"])


def shown(api: httpx.Client, batch_id: str) -> dict[str, Any]:
    answer = api.get(f"/v1/batches/{batch_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wait_for_end(api: httpx.Client, batch_id: str, *, seconds: float = 60.0) -> dict[str, Any]:
    """Return the batch once it has ended."""
    wait_until(lambda: shown(api, batch_id)["status"] in ENDED, seconds=seconds)
    return shown(api, batch_id)


def wait_until(find: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, "It does not happen"
        time.sleep(0.1)
    return found


def results_of(api: httpx.Client, batch_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"/v1/batches/{batch_id}/results", params={"cursor": cursor} if cursor else {}).json()
        rows += page["results"]
        cursor = page["next_cursor"]
    return rows
