"""Erase what batches store of records. A row keeps its index and its status."""

import json
import uuid
from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils import timezone

from feedback.batches import contents
from feedback.batches.models import BatchItem, ItemStatus
from feedback.quotations import quoted_records
from feedback.registry import Erasure
from tenants.encryption.tenant_box import TenantBox, open_box
from tenants.errors import KeyDestroyed, WrongKey

ERASED, MESSAGE = "erased", "The record was erased"


def erase_batch_records(erasure: Erasure) -> int:
    """Erase texts and results of records by their ids, and of calls on many records that name or quote one of them."""
    references = [record.external_id for record in erasure.records]
    alone = Q(stored_record_id__in=erasure.record_ids) | Q(records_count=1, record_reference__in=references)
    together = list(_together_with(erasure, {*references, *map(str, erasure.record_ids)}))
    return _erase(BatchItem.objects.filter(alone | Q(id__in=together), is_erased=False))


def _erase(items: QuerySet[BatchItem]) -> int:
    ids = list(items.values_list("id", flat=True))
    rows = BatchItem.objects.filter(id__in=ids)
    # A worker that has the record cannot write its result any more: its lease is gone.
    rows.filter(status=ItemStatus.PENDING).update(
        status=ItemStatus.FAILED, error_code=ERASED, error_message=MESSAGE, finished_at=timezone.now()
    )
    return int(
        rows.update(
            is_erased=True,
            is_queued=False,
            lease_token=None,
            leased_until=None,
            record_reference="",
            stored_record_id=None,
            content_encrypted=None,
            result_encrypted=None,
            error_details=None,
        )
    )


def _together_with(erasure: Erasure, ids: set[str]) -> Iterator[uuid.UUID]:
    """Yield the ids of calls on many records whose text or result contains one of the records."""
    items = BatchItem.objects.filter(record_reference="", stored_record_id=None, is_erased=False)
    if not items.exists():
        return
    try:
        box = open_box(erasure.tenant_id)
    except WrongKey:  # nobody can read any of them any more
        return
    for item in items.iterator():
        text = "\n".join(_stored_texts(item, box))
        names_one = any(json.dumps(reference, ensure_ascii=False) in text for reference in ids)
        if names_one or quoted_records(text, erasure.texts):
            yield item.id


def _stored_texts(item: BatchItem, box: TenantBox) -> Iterator[str]:
    for column, encrypted in (("content", item.content_encrypted), ("result", item.result_encrypted)):
        if encrypted:
            try:
                yield json.dumps(contents.unseal(box, encrypted, item.id, column), ensure_ascii=False)
            except (KeyDestroyed, WrongKey):  # nobody can read it any more
                continue
