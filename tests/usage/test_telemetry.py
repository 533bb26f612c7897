"""A collector gets the attributes of the conventions, and no content."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tenants.models import Tenant
from tests.support.listeners import Collector
from tests.support.provider import ScriptedProvider, server_error
from tests.support.web_server import WebServer, stop

CANARY = "Zanele Qwabe says that well 4711 is poisoned"
BODY = {"feedback_record": {"id": "r-canary-1", "content": CANARY}}


def attributes(item: Any) -> dict[str, Any]:
    kinds = {"string_value": "string_value", "int_value": "int_value"}
    return {each.key: getattr(each.value, kinds[each.value.WhichOneof("value")]) for each in item.attributes}


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "the collector got nothing"
        time.sleep(0.05)


def test_a_collector_gets_the_names_of_the_conventions_and_no_content(
    collector: Collector,
    provider: ScriptedProvider,
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    tenant: Tenant,
    key: str,
) -> None:
    server = start_server(**collector.environment)
    provider.enqueue(server_error())
    answered = client_for(server, key).post("/v1/summarize", json=BODY)
    assert answered.status_code == 200
    wait_for(lambda: len(collector.spans()) >= 3 and len(collector.metrics()) >= 2)
    stop(server)

    failed, ok, judged = sorted(collector.spans(), key=lambda span: span.start_time_unix_nano)
    assert ok.name == "chat openai/scripted"
    assert ok.end_time_unix_nano > ok.start_time_unix_nano
    said = attributes(ok)
    assert said["gen_ai.operation.name"] == "chat"
    assert (said["gen_ai.provider.name"], said["gen_ai.request.model"]) == ("openai", "openai/scripted")
    assert said["gen_ai.usage.input_tokens"] > 0
    assert said["gen_ai.usage.output_tokens"] > 0
    assert (said["qfa.operation"], said["qfa.attempt"]) == ("summarize", 2)
    assert attributes(failed)["error.type"] == "ModelFailed"
    assert attributes(judged)["qfa.step"] == "judge"
    request_id = uuid.UUID(answered.headers["X-Request-ID"])
    assert {span.trace_id for span in (failed, ok, judged)} == {request_id.bytes}

    metrics = collector.metrics()
    assert set(metrics) == {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
    assert metrics["gen_ai.client.operation.duration"].unit == "s"
    kinds = {
        attributes(point)["gen_ai.token.type"] for point in metrics["gen_ai.client.token.usage"].histogram.data_points
    }
    assert kinds == {"input", "output"}

    everything = collector.everything()
    summary = answered.json()["summary"]
    for secret in (*CANARY.split(), "r-canary-1", str(tenant.id), tenant.name, key, key[4:12], summary):
        if len(secret) > 3:
            assert secret.encode() not in everything, secret


def test_a_collector_that_cannot_be_reached_delays_no_call(
    provider: ScriptedProvider,
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    key: str,
) -> None:
    server = start_server(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_BSP_SCHEDULE_DELAY="100")
    assert client_for(server, key).post("/v1/summarize", json=BODY).status_code == 200
    time.sleep(0.5)
    assert client_for(server, key).post("/v1/summarize", json=BODY).status_code == 200
    assert "Zanele" not in server.log
