"""What opening and closing a ledger row leaves to the disk."""

import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from usage import ledger
from usage.models import CallStatus, LLMCall
from usage.prices import TokenCounts


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('synchronous_commit')")
        return bool(cursor.fetchone() == ("on",))


def test_opening_a_row_waits_for_the_disk_and_closing_it_does_not(tenant: Tenant, other_tenant: Tenant) -> None:
    attempt = ledger.Attempt(
        call_id=uuid.uuid4(),
        operation="summarize",
        step="summarize",
        attempt=1,
        request_model="nobody/knows",
        upper_estimate=TokenCounts(input_tokens=100),
        deadline_at=timezone.now() + timedelta(minutes=2),
    )
    with tenant_scope(tenant.id), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local synchronous_commit = on")
        row = ledger.open_row(attempt)
        assert waits_for_the_disk()
        assert LLMCall.objects.get().status == CallStatus.PENDING
        ledger.close_row(row, status=CallStatus.OK, latency_seconds=0.1, tokens=TokenCounts(input_tokens=90))
        assert not waits_for_the_disk()
        assert (LLMCall.objects.get().status, LLMCall.objects.get().input_tokens) == (CallStatus.OK, 90)
        with tenant_scope(other_tenant.id):
            assert not LLMCall.objects.exists()
