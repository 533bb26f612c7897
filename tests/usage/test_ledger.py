"""Opening and closing ledger rows: every column is stored, and only opening waits for the disk."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import open_attempt
from usage import ledger
from usage.models import CallStatus, LLMCall
from usage.prices import TokenCounts


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('synchronous_commit')")
        return bool(cursor.fetchone() == ("on",))


def test_opening_a_row_waits_for_the_disk_and_closing_it_does_not(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(tenant.id), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local synchronous_commit = on")
        row = open_attempt(request_model="nobody/knows", tokens=TokenCounts(input_tokens=100))
        assert waits_for_the_disk()
        assert LLMCall.objects.get().status == CallStatus.PENDING
        ledger.close_row(row, status=CallStatus.OK, latency_seconds=0.1, tokens=TokenCounts(input_tokens=90))
        assert not waits_for_the_disk()
        assert (LLMCall.objects.get().status, LLMCall.objects.get().input_tokens) == (CallStatus.OK, 90)
        with tenant_scope(other_tenant.id):
            assert not LLMCall.objects.exists()


@pytest.mark.parametrize(
    "tokens",
    [
        TokenCounts(input_tokens=5, cached_tokens=6),
        TokenCounts(input_tokens=5, cached_tokens=3, cache_write_tokens=3),
        TokenCounts(output_tokens=5, reasoning_tokens=6),
        TokenCounts(input_tokens=-1),
    ],
)
def test_the_database_refuses_a_part_above_its_whole_and_negative_values(tenant: Tenant, tokens: TokenCounts) -> None:
    with tenant_scope(tenant.id), pytest.raises(IntegrityError):
        open_attempt(tokens=tokens)


def sample(field: Any) -> Any:
    """A value of a column that is not its default."""
    samples = {"CharField": "some", "UUIDField": uuid.uuid4(), "PositiveSmallIntegerField": 3, "BooleanField": True}
    return samples.get(field.get_internal_type(), 7)


def test_every_column_of_the_model_is_stored_as_the_call_has_it(tenant: Tenant, other_tenant: Tenant) -> None:
    filled_in = {"tenant", "created_at", "give_up_at", "price_id", "price_unknown", *ledger.BILLED}
    other_types = {"id", "status", "latency_seconds"}
    columns = LLMCall._meta.concrete_fields
    given = {field.name: sample(field) for field in columns if field.name not in filled_in | other_types}
    with tenant_scope(tenant.id):
        row = open_attempt(tokens=TokenCounts(7, 4, 3, 2, 1), **given)
        opened = LLMCall.objects.values().get()
        ledger.close_row(row, status=CallStatus.ERROR, latency_seconds=2.5, tokens=TokenCounts(9), error_class="Lost")
        closed = LLMCall.objects.values().get()
    assert {name: opened[name] for name in given} == given
    assert (opened["reasoning_tokens"], opened["status"], opened["tenant_id"]) == (1, CallStatus.PENDING, tenant.id)
    assert closed == {name: getattr(row.call, name) for name in ledger.COLUMNS}
    assert (closed["input_tokens"], closed["cached_tokens"], closed["error_class"]) == (9, 0, "Lost")
    with tenant_scope(other_tenant.id):
        assert not LLMCall.objects.exists()
