"""Create, cancel and retry batches."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from feedback.batches import contents, estimates, finishing, tickets
from feedback.batches.errors import BatchNotChangeable, BatchTooExpensive
from feedback.batches.models import Batch, BatchItem, BatchStatus, ItemStatus
from feedback.batches.records import BatchRecord
from inference.registry import UseCase
from tenants.audit import record_act
from tenants.encryption.tenant_box import TenantBox, open_box
from tenants.identifiers import uuid7
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.storable import storable
from usage.budgets import set_ceiling

ROWS_PER_STATEMENT = 1_000


@dataclass(frozen=True)
class Order:
    """A batch as it was ordered. options: as the operation's endpoint takes them, validated.

    api_key_id, user_id: for the ledger. max_cost_usd: the ceiling, None for none.
    """

    use_case: UseCase[Any]
    options: dict[str, Any]
    actor_id: str
    api_key_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    webhook_url: str = ""
    max_cost_usd: Decimal | None = None


def create_batch(*, tenant: Tenant, order: Order, records: Sequence[BatchRecord]) -> Batch:
    """Store a batch of records, and queue it.

    Raises BatchTooExpensive when the estimate is above the ceiling.
    """
    with tenant_scope(tenant.id), transaction.atomic():
        estimated = _estimate(order, records)
        batch = _new_batch(order, len(records), estimated)
        box = open_box(tenant.id)
        batch.options_encrypted = contents.seal(box, order.options, batch.id, contents.OPTIONS)
        batch.save(force_insert=True)
        _store_items(_items(batch, order, records, box))
        if order.max_cost_usd is not None:
            set_ceiling(batch_id=batch.id, limit_usd=order.max_cost_usd)
        record_act(batch, order.actor_id, "batch.created", {"operation": batch.operation, "records": len(records)})
        tickets.queue_slices(tenant.id)
    return batch


def _estimate(order: Order, records: Sequence[BatchRecord]) -> Decimal | None:
    lengths = [record.length for record in records]
    estimated = estimates.estimate_cost(
        operation=order.use_case.operation.name,
        characters=[sum(lengths)] if order.use_case.takes_many else lengths,
        option_characters=len(json.dumps(order.options)),
    )
    if estimated is not None and order.max_cost_usd is not None and estimated > order.max_cost_usd:
        raise BatchTooExpensive(estimated_usd=estimated, max_usd=order.max_cost_usd)
    return estimated


def _new_batch(order: Order, records_total: int, estimated: Decimal | None) -> Batch:
    return Batch(
        id=uuid7(),
        operation=order.use_case.operation.name,
        records_total=records_total,
        estimated_cost_usd=estimated,
        max_cost_usd=order.max_cost_usd,
        webhook_url=order.webhook_url,
        api_key_id=order.api_key_id,
        user_id=order.user_id,
        actor_id=order.actor_id,
    )


def _items(batch: Batch, order: Order, records: Sequence[BatchRecord], box: TenantBox) -> Iterator[BatchItem]:
    if order.use_case.takes_many:
        item = BatchItem(batch=batch, index=0, records_count=len(records))
        item.content_encrypted = contents.seal(box, _together(records), item.id, contents.CONTENT)
        yield item
        return
    for index, record in enumerate(records):
        reference = storable(record.reference)
        item = BatchItem(batch=batch, index=index, record_reference=reference, stored_record_id=record.stored_id)
        if record.content is not None:
            item.content_encrypted = contents.seal(box, {"content": record.content}, item.id, contents.CONTENT)
        yield item


def _together(records: Sequence[BatchRecord]) -> dict[str, Any]:
    if all(record.content is None for record in records):
        return {"stored": [str(record.stored_id) for record in records]}
    return {"content": [record.content for record in records]}


def _store_items(items: Iterator[BatchItem]) -> None:
    while rows := list(islice(items, ROWS_PER_STATEMENT)):
        BatchItem.objects.bulk_create(rows)


def cancel_batch(*, batch: Batch, actor_id: str) -> None:
    """Stop a batch. Calls that are running may still finish. Raises BatchNotChangeable after its end."""
    with transaction.atomic():
        if not finishing.stop(batch.id, BatchStatus.CANCELLED):
            raise BatchNotChangeable("The batch has ended")
        record_act(batch, actor_id, "batch.cancelled")


def retry_batch(*, batch: Batch, actor_id: str) -> int:
    """Queue the failed and the pending records of a batch again; return their number.

    Raises BatchNotChangeable when there are none, or when their texts have expired.
    """
    with transaction.atomic():
        locked = Batch.objects.select_for_update().get(id=batch.id)
        waiting = BatchItem.objects.filter(batch=locked, is_queued=False, is_erased=False).exclude(status=ItemStatus.OK)
        count = waiting.update(
            status=ItemStatus.PENDING,
            is_queued=True,
            attempts=0,
            interruptions=0,
            lease_token=None,
            leased_until=None,
            began_at=None,
            error_code="",
            error_message="",
            error_details=None,
        )
        if not count:
            raise BatchNotChangeable("Nothing is left to retry")
        if not locked.is_open:
            Batch.objects.filter(id=batch.id).update(
                status=BatchStatus.QUEUED, started_at=timezone.now(), finished_at=None, expires_at=None
            )
        record_act(batch, actor_id, "batch.retried", {"records": count})
        tickets.queue_slices(batch.tenant_id)
    return count
