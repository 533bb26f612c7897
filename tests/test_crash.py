"""Web processes that are killed or stopped in the middle of a model call."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from tenants.models import IdempotentRequest, Tenant
from tenants.scoping import tenant_scope
from tests.support.provider import ScriptedProvider, hang
from tests.support.web_server import WebServer, is_ready, running_server
from usage.ledger import sweep
from usage.models import CallStatus, LLMCall

BODY = {"feedback_record": {"id": "r1", "content": "The bridge is gone since five in the morning."}}
IN_FLIGHT = 4
RESTART_SECONDS = 180.0


def statuses(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return sorted(LLMCall.objects.values_list("status", flat=True))


@pytest.fixture(scope="module")
def mortal(process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server whose processes these tests kill; the last of them stops it."""
    log_path = tmp_path_factory.mktemp("mortal") / "server.log"
    with running_server(process_environment, log_path=log_path) as running:
        yield running


@pytest.fixture
def api(
    mortal: WebServer, provider: ScriptedProvider, key: str, client_for: Callable[..., httpx.Client]
) -> httpx.Client:
    return client_for(mortal, key)


@contextmanager
def killed_at_work(
    server: WebServer, provider: ScriptedProvider, *calls: Callable[[], httpx.Response]
) -> Iterator[None]:
    """Kill the web processes while the model is asked for these calls; after the block they have been replaced."""
    provider.enqueue(*[hang()] * len(calls))
    with ThreadPoolExecutor(len(calls)) as pool:
        cut_off = [pool.submit(call) for call in calls]
        provider.wait_for_requests(len(calls))
        for pid in server.web_pids():
            os.kill(pid, signal.SIGKILL)
        for each in cut_off:
            with pytest.raises(httpx.TransportError):
                each.result()
    yield
    end = time.monotonic() + RESTART_SECONDS
    while not is_ready(server.base_url):
        assert time.monotonic() < end, f"The web process was not replaced:\n{server.log}"
        time.sleep(0.1)


def test_a_killed_web_process_loses_no_ledger_row_and_is_replaced(
    mortal: WebServer, api: httpx.Client, tenant: Tenant, other_tenant: Tenant, provider: ScriptedProvider
) -> None:
    with killed_at_work(mortal, provider, *[lambda: api.post("/v1/summarize", json=BODY)] * IN_FLIGHT):
        assert statuses(tenant) == [CallStatus.PENDING] * IN_FLIGHT
    assert api.post("/v1/summarize", json=BODY).status_code == 200
    the_deadline_and_a_minute_later = timezone.now() + timedelta(seconds=120 + 61)
    with tenant_scope(tenant.id):
        assert sweep(now=the_deadline_and_a_minute_later) == IN_FLIGHT
        swept = LLMCall.objects.filter(status=CallStatus.UNKNOWN)
        billed_at_least = min(call.usage.input_tokens for call in provider.answered if call.usage)
        assert swept.count() == IN_FLIGHT
        assert all(row.input_tokens >= billed_at_least and row.output_tokens > 0 for row in swept)
    assert statuses(other_tenant) == []


def test_a_killed_process_blocks_no_idempotency_key_once_its_lease_is_over(
    mortal: WebServer, api: httpx.Client, tenant: Tenant, other_tenant: Tenant, provider: ScriptedProvider
) -> None:
    def summarize() -> httpx.Response:
        return api.post("/v1/summarize", json=BODY, headers={"Idempotency-Key": "of a killed process"})

    with killed_at_work(mortal, provider, summarize), tenant_scope(tenant.id):
        assert [claim.status for claim in IdempotentRequest.objects.all()] == [IdempotentRequest.Status.RUNNING]
    assert summarize().status_code == 409
    with tenant_scope(tenant.id):
        lease = IdempotentRequest.objects.get().lease_until - timezone.now()
        assert timedelta(seconds=100) < lease <= timedelta(seconds=150)
        IdempotentRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert summarize().status_code == 200
    with tenant_scope(other_tenant.id):
        assert not IdempotentRequest.objects.exists()


def test_a_stop_waits_for_the_calls_in_flight(
    mortal: WebServer, api: httpx.Client, tenant: Tenant, other_tenant: Tenant, provider: ScriptedProvider
) -> None:
    provider.delay_seconds = 1.0
    with ThreadPoolExecutor(1) as pool:
        in_flight: Future[httpx.Response] = pool.submit(api.post, "/v1/summarize", json=BODY)
        provider.wait_for_requests(1)
        mortal.process.send_signal(signal.SIGTERM)
        assert in_flight.result().status_code == 200
    assert statuses(tenant) == [CallStatus.OK, CallStatus.OK]
    assert statuses(other_tenant) == []
    assert mortal.process.wait(timeout=120) == 0
