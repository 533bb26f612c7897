"""A batch with a record on which the model hangs until the deadline: the other answers are returned in time."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import v1_body
from tests.support.provider import RecordedRequest, Reply, ScriptedProvider, hang
from tests.support.scripted_coder import ScriptedCoder
from tests.support.web_server import WebServer, forked_server
from usage.models import LLMCall

DEADLINE_SECONDS = 22
SLOW = "Second story."
STORIES = ("First story.", SLOW, "Third story.")
CREATED = {
    "created": "2026-11-01T00:00:00Z",
    "feedback_record_id": "",
    "coding_level_1": "",
    "coding_level_2": "",
    "coding_level_3": "",
}
CODER = ScriptedCoder(["Question", "Other questions", "Other"])
RECORDS = [{"id": f"r{number}", "text": text} for number, text in enumerate(STORIES, start=1)]
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "/v1/summarize": ("summaries", {"feedback_records": [record | {"metadata": CREATED} for record in RECORDS]}),
    "/v1/detect-sensitive": ("ratings", {"feedback_items": RECORDS}),
    "/v1/assign_codes": ("coded_feedback_records", v1_body(*STORIES)),
}


def answer(request: RecordedRequest) -> Reply | dict[str, Any] | None:
    if SLOW in request.user:
        return hang()
    return CODER(request) if {"selected", "score"} & set(request.asked_properties) else None


@pytest.fixture(scope="module")
def batches_server(
    process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    limits = {"OPERATION_DEADLINE_SECONDS": str(DEADLINE_SECONDS), "LLM_TIMEOUT_SECONDS": str(DEADLINE_SECONDS)}
    log_path = tmp_path_factory.mktemp("slow") / "server.log"
    with forked_server(process_environment | limits, log_path=log_path) as running:
        yield running


def test_a_record_that_hangs_until_the_deadline_costs_no_other_record_its_answer(
    batches_server: WebServer,
    provider: ScriptedProvider,
    key: str,
    tenant: Tenant,
    client_for: Callable[..., httpx.Client],
) -> None:
    client = client_for(batches_server, key)
    provider.answer_with(answer)

    def post(path: str) -> tuple[str, httpx.Response, float]:
        started = time.monotonic()
        response = client.post(path, json=BODIES[path][1])
        return path, response, time.monotonic() - started

    with ThreadPoolExecutor() as pool:
        answered = list(pool.map(post, BODIES))
    for path, response, seconds in answered:
        assert response.status_code == 200, (path, response.text)
        assert seconds < DEADLINE_SECONDS
        first, slow, third = response.json()[BODIES[path][0]]
        assert slow["error"]["code"] == "analysis_timeout"
        assert {value for name, value in slow.items() if name not in {"id", "feedback_record_id", "error"}} == {None}
        assert None not in (*first.values(), *third.values())
        assert "error" not in first
        assert "error" not in third
    with tenant_scope(tenant.id):
        rows = LLMCall.objects.filter(status="unknown")
        assert sorted(rows.values_list("operation", flat=True)) == ["assign_codes", "detect_sensitive", "summarize"]
