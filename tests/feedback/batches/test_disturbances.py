"""Workers that are killed or paused in the middle of a batch: the short form of bench/chaos.py."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.utils import timezone

from coding.models import CodeAssignment
from feedback.batches.models import BatchItem
from feedback.batches.tasks import queue_batches
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.batches import batch_body, create, results_of, shown, wait_for_end
from tests.support.forked import Forked, run_manage
from tests.support.provider import ScriptedProvider, hang
from tests.support.worker import Worker, enqueue
from usage.ledger import sweep
from usage.models import CallStatus, LLMCall

COUNT = 4


@pytest.fixture
def start_worker(process_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Forked]]:
    """Start job workers that run until the test ends."""
    with ExitStack() as workers:
        yield lambda: workers.enter_context(_running(process_environment, tmp_path / "worker.log"))


@contextmanager
def _running(environment: dict[str, str], log_path: Path) -> Iterator[Forked]:
    worker = Forked(run_manage, "procrastinate", "worker", environment=os.environ | environment, log_path=log_path)
    try:
        yield worker
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)


def end_leases(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        BatchItem.objects.filter(is_queued=True).update(leased_until=timezone.now() - timedelta(seconds=1))


def calls_by_status(tenant: Tenant) -> dict[str, int]:
    with tenant_scope(tenant.id):
        sweep(now=timezone.now() + timedelta(minutes=10))
        statuses = list(LLMCall.objects.values_list("status", flat=True))
    return {status: statuses.count(status) for status in CallStatus.values}


def test_a_killed_worker_loses_no_record(
    api: httpx.Client,
    provider: ScriptedProvider,
    tenant: Tenant,
    start_worker: Callable[[], Forked],
    process_environment: dict[str, str],
) -> None:
    provider.enqueue(*[hang()] * COUNT)
    batch_id = create(api, batch_body(COUNT))
    worker = start_worker()
    provider.wait_for_requests(COUNT)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    end_leases(tenant)
    enqueue(queue_batches)
    Worker(process_environment)()
    assert shown(api, batch_id)["status"] == "succeeded"
    assert [row["status"] for row in results_of(api, batch_id)] == ["ok"] * COUNT
    calls = calls_by_status(tenant)
    closed = calls["ok"] + calls["error"]
    assert calls["unknown"] == COUNT
    assert closed <= len(provider.requests) <= closed + calls["unknown"]


def test_a_paused_worker_that_wakes_up_writes_nothing_twice(
    api: httpx.Client,
    provider: ScriptedProvider,
    tenant: Tenant,
    start_worker: Callable[[], Forked],
    process_environment: dict[str, str],
) -> None:
    provider.delay_seconds = 1.0
    batch_id = create(api, batch_body(COUNT, operation="assign_codes"))
    worker = start_worker()
    provider.wait_for_requests(COUNT)
    worker.send_signal(signal.SIGSTOP)
    end_leases(tenant)
    provider.delay_seconds = 0.0
    enqueue(queue_batches)
    Worker(process_environment)()
    batch = wait_for_end(api, batch_id)
    before = results_of(api, batch_id)
    assert batch["status"] == "succeeded"
    worker.send_signal(signal.SIGCONT)
    time.sleep(3)  # the worker finishes what it had begun
    assert results_of(api, batch_id) == before
    with tenant_scope(tenant.id):
        references = list(CodeAssignment.objects.values_list("record_reference", flat=True))
    assert sorted(references) == [f"r{number}" for number in range(COUNT)]
