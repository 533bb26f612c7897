"""Results of batches, record by record."""

from collections.abc import Iterator
from typing import Any

from feedback.batches import contents
from feedback.batches.models import Batch, BatchItem, ItemStatus
from tenants.encryption.tenant_box import TenantBox, open_box
from tenants.scoping import tenant_scope

ERASED = "erased"
ROWS_PER_QUERY = 500
MAX_ERRORS = 100


def result_rows(batch: Batch, *, after: int = -1) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch in the order of its records, from the one after an index on.

    Rows are read some at a time, so that a large batch does not fill the memory. A download reads them after the view
    has returned, when no tenant is in scope any more.
    """
    box = open_box(batch.tenant_id)
    while rows := _items_after(batch, after):
        for item in rows:
            yield _row(item, box)
        after = rows[-1].index


def _items_after(batch: Batch, index: int) -> list[BatchItem]:
    with tenant_scope(batch.tenant_id):
        items = BatchItem.objects.filter(batch=batch, index__gt=index).defer("content_encrypted")
        return list(items.order_by("index")[:ROWS_PER_QUERY])


def _row(item: BatchItem, box: TenantBox) -> dict[str, Any]:
    if item.is_erased:
        return {"index": item.index, "id": ERASED, "status": item.status, "result": ERASED, "error": None}
    encrypted = item.result_encrypted
    return {
        "index": item.index,
        "id": item.record_reference,
        "status": item.status,
        "result": contents.unseal(box, encrypted, item.id, contents.RESULT) if encrypted else None,
        "error": _error(item) if item.status == ItemStatus.FAILED else None,
    }


def _error(item: BatchItem) -> dict[str, Any]:
    return {"code": item.error_code, "message": item.error_message, "details": item.error_details}


def first_errors(batch: Batch) -> list[dict[str, Any]]:
    """Return the first errors of a batch in the order of its records."""
    failed = BatchItem.objects.filter(batch=batch, status=ItemStatus.FAILED).order_by("index")
    return [
        {
            "index": item.index,
            "id": ERASED if item.is_erased else item.record_reference,
            "code": item.error_code,
            "message": item.error_message,
        }
        for item in failed.only("index", "record_reference", "error_code", "error_message", "is_erased")[:MAX_ERRORS]
    ]
