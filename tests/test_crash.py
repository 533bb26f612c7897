"""Web processes that are killed or stopped in the middle of a model call."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.provider import ScriptedProvider, hang
from tests.web_server import WebServer, is_ready
from usage.ledger import sweep
from usage.models import CallStatus, LLMCall

BODY = {"feedback_record": {"id": "r1", "content": "The bridge is gone since five in the morning."}}
IN_FLIGHT = 4
RESTART_SECONDS = 180.0


def statuses(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return sorted(LLMCall.objects.values_list("status", flat=True))


def test_a_killed_web_process_loses_no_ledger_row_and_is_replaced(
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    tenant: Tenant,
    key: str,
    provider: ScriptedProvider,
) -> None:
    doomed = start_server()
    api = client_for(doomed, key)
    provider.enqueue(*[hang()] * IN_FLIGHT)
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        cut_off = [pool.submit(api.post, "/v1/summarize", json=BODY) for _ in range(IN_FLIGHT)]
        provider.wait_for_requests(IN_FLIGHT)
        for pid in doomed.web_pids():
            os.kill(pid, signal.SIGKILL)
        for each in cut_off:
            with pytest.raises(httpx.TransportError):
                each.result()
    assert statuses(tenant) == [CallStatus.PENDING] * IN_FLIGHT
    wait_until_ready(doomed)
    assert api.post("/v1/summarize", json=BODY).status_code == 200
    the_deadline_and_a_minute_later = timezone.now() + timedelta(seconds=120 + 61)
    with tenant_scope(tenant.id):
        assert sweep(now=the_deadline_and_a_minute_later) == IN_FLIGHT
        swept = LLMCall.objects.filter(status=CallStatus.UNKNOWN)
        billed_at_least = min(call.usage.input_tokens for call in provider.answered if call.usage)
        assert swept.count() == IN_FLIGHT
        assert all(row.input_tokens >= billed_at_least and row.output_tokens > 0 for row in swept)


def wait_until_ready(server: WebServer) -> None:
    end = time.monotonic() + RESTART_SECONDS
    while not is_ready(server.base_url):
        assert time.monotonic() < end, f"The web process was not replaced:\n{server.log}"
        time.sleep(0.1)


def test_a_stop_waits_for_the_calls_in_flight(
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    tenant: Tenant,
    key: str,
    provider: ScriptedProvider,
) -> None:
    stopping = start_server()
    api = client_for(stopping, key)
    provider.delay_seconds = 1.0
    with ThreadPoolExecutor(1) as pool:
        in_flight: Future[httpx.Response] = pool.submit(api.post, "/v1/summarize", json=BODY)
        provider.wait_for_requests(1)
        stopping.process.send_signal(signal.SIGTERM)
        assert in_flight.result().status_code == 200
    assert statuses(tenant) == [CallStatus.OK, CallStatus.OK]
    assert stopping.process.wait(timeout=120) == 0
