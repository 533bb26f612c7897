"""Stored feedback records for tests, stored as in production."""

from typing import Any

from feedback.models import FeedbackRecord
from feedback.services import store_records
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR, unique_name


def new_record(tenant: Tenant, content: str = "The tap is dry.", **fields: Any) -> FeedbackRecord:
    """Store a record with its metadata, and return its row."""
    identifier = str(fields.pop("id", unique_name("record")))
    stored = store_records([{"id": identifier, "content": content, **fields}], tenant=tenant, actor_id=ACTOR)
    assert stored.rejected == ()
    with tenant_scope(tenant.id):
        row: FeedbackRecord = FeedbackRecord.objects.get(external_id=identifier)
    return row


def new_records(tenant: Tenant, *records: dict[str, Any]) -> None:
    """Store many records at once. Ids are given to those without one."""
    rows = [{"id": unique_name("record"), "content": "The tap is dry.", **fields} for fields in records]
    assert store_records(rows, tenant=tenant, actor_id=ACTOR).rejected == ()
