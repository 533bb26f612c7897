"""Housekeeping jobs, run by a real worker."""

import os
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tenants.models import IdempotentRequest, RefusedRequest, Tenant
from tenants.scoping import tenant_scope
from tenants.tasks import delete_expired_rows
from tests.support.factories import new_call
from tests.support.worker import Worker, enqueue
from usage.models import CallStatus, LLMCall
from usage.tasks import sweep_ledger

LONG_AGO = timezone.now() - timedelta(days=60)


@pytest.fixture
def work(process_environment: dict[str, str]) -> Worker:
    return Worker(process_environment)


def test_the_sweeper_accounts_for_lost_calls_of_every_tenant(
    tenant: Tenant, other_tenant: Tenant, work: Worker
) -> None:
    lost = [
        new_call(each, status=CallStatus.PENDING, give_up_at=LONG_AGO, input_tokens=7)
        for each in (tenant, other_tenant)
    ]
    running = new_call(tenant, status=CallStatus.PENDING)
    enqueue(sweep_ledger)
    work()
    for row in lost:
        with tenant_scope(row.tenant_id):
            row.refresh_from_db()
        assert (row.status, row.input_tokens) == (CallStatus.UNKNOWN, 7)
    with tenant_scope(tenant.id):
        assert LLMCall.objects.get(id=running.id).status == CallStatus.PENDING


def test_expired_answers_and_old_refusals_are_deleted_and_young_ones_stay(
    tenant: Tenant, other_tenant: Tenant, work: Worker
) -> None:
    for each in (tenant, other_tenant):
        refuse(each, LONG_AGO)
        refuse(each, timezone.now())
        answer(each, LONG_AGO)
        answer(each, timezone.now() + timedelta(hours=1))
    enqueue(delete_expired_rows)
    work()
    for each in (tenant, other_tenant):
        with tenant_scope(each.id):
            assert RefusedRequest.objects.count() == IdempotentRequest.objects.count() == 1


def test_a_job_carries_a_time_or_ids_and_nothing_else(tenant: Tenant, other_tenant: Tenant) -> None:
    enqueue(sweep_ledger)
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct jsonb_object_keys(args) from procrastinate_jobs where task_name ~ '^(tenants|usage).tasks'"
        )
        names = {name for (name,) in cursor.fetchall()}
    assert "timestamp" in names
    assert names <= {"timestamp", "tenant_id", "notice_id"}


def refuse(tenant: Tenant, moment: object) -> None:
    with tenant_scope(tenant.id):
        RefusedRequest.objects.create(
            timestamp=moment, request_id=tenant.id, method="POST", path="/v1/summarize", status=422, code="x"
        )


def answer(tenant: Tenant, expires_at: object) -> None:
    with tenant_scope(tenant.id):
        IdempotentRequest.objects.create(
            api_key_id=tenant.id,
            path="/v1/summarize",
            key_digest=os.urandom(32),
            body_digest=os.urandom(32),
            request_id=tenant.id,
            lease_until=expires_at,
            expires_at=expires_at,
        )
