"""Leases: a worker that lost one writes nothing, and a record that ends workers fails at last."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from feedback.batches import leases
from feedback.batches.errors import LeaseLost
from feedback.batches.models import BatchItem, ItemStatus
from feedback.batches.records import inline_records
from feedback.batches.services import Order, create_batch
from inference.registry import use_case_named
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_call
from usage.models import CallStatus

LONG_AGO = timezone.now() - timedelta(hours=1)


def new_batch(tenant: Tenant, count: int = 3) -> uuid.UUID:
    use_case = use_case_named("summarize")
    assert use_case is not None
    records = [{"id": f"r{number}", "content": "Dry.", "metadata": {}} for number in range(count)]
    batch = create_batch(
        tenant=tenant, order=Order(use_case=use_case, options={}, actor_id="test"), records=inline_records(records)
    )
    return batch.id


def end_leases() -> None:
    BatchItem.objects.filter(lease_token__isnull=False).update(leased_until=LONG_AGO)


def test_a_record_is_taken_by_one_worker_only(tenant: Tenant, other_tenant: Tenant) -> None:
    new_batch(tenant)
    with tenant_scope(other_tenant.id):
        assert leases.take(10) == []
    with tenant_scope(tenant.id):
        first, second = leases.take(2), leases.take(10)
        assert [item.index for item in first] == [0, 1]
        assert [item.index for item in second] == [2]
        assert leases.take(10) == []
        assert not leases.has_work()


def test_a_worker_that_was_paused_writes_nothing_when_it_wakes_up(tenant: Tenant, other_tenant: Tenant) -> None:
    new_batch(tenant, 1)
    with tenant_scope(tenant.id):
        [paused] = leases.take(1)
        leases.begin(paused)
        end_leases()
        [other] = leases.take(1)
        leases.begin(other)
        late: list[Callable[[], None]] = [
            lambda: leases.succeed(paused, b"late"),
            lambda: leases.fail(paused, code="x", message="late"),
            lambda: leases.put_back(paused, wait_seconds=0, is_attempt=True),
            lambda: leases.begin(paused),
        ]
        for write in late:
            with pytest.raises(LeaseLost):
                write()
        leases.succeed(other, b"result")
        with pytest.raises(LeaseLost):
            leases.succeed(paused, b"late")
        item = BatchItem.objects.get()
        assert (item.status, bytes(item.result_encrypted), item.content_encrypted) == (ItemStatus.OK, b"result", None)
    with tenant_scope(other_tenant.id):
        assert not BatchItem.objects.exists()


def test_a_renewed_lease_does_not_end(tenant: Tenant) -> None:
    new_batch(tenant, 1)
    with tenant_scope(tenant.id):
        taken = leases.take(1)
        end_leases()
        leases.renew(taken)
        assert leases.take(1) == []


def test_a_record_that_ends_its_worker_three_times_fails_and_its_siblings_go_on(tenant: Tenant) -> None:
    new_batch(tenant, 2)
    with tenant_scope(tenant.id):
        for _ in range(leases.MAX_ATTEMPTS):
            poison, sibling = leases.take(2)
            leases.begin(poison)
            end_leases()
        assert [item.index for item in leases.take(2)] == [sibling.index]
        item = BatchItem.objects.get(id=poison.id)
        assert (item.status, item.error_code) == (ItemStatus.FAILED, leases.WORKER_LOST)


def test_a_record_is_not_blamed_for_a_worker_that_ended_while_a_model_was_called(tenant: Tenant) -> None:
    new_batch(tenant, 1)
    with tenant_scope(tenant.id):
        for _ in range(leases.MAX_ATTEMPTS + 2):
            [item] = leases.take(1)
            leases.begin(item)
            new_call(tenant, call_id=item.id, status=CallStatus.PENDING, request_model="openai/scripted")
            end_leases()
        assert len(leases.take(1)) == 1
        assert BatchItem.objects.get().interruptions == leases.MAX_ATTEMPTS + 2


def test_a_record_that_was_put_back_is_taken_after_its_pause(tenant: Tenant) -> None:
    new_batch(tenant, 1)
    with tenant_scope(tenant.id):
        [item] = leases.take(1)
        leases.put_back(item, wait_seconds=60, is_attempt=True)
        assert leases.take(1) == []
        BatchItem.objects.update(leased_until=LONG_AGO)
        [again] = leases.take(1)
        assert again.attempts == 1
