"""The records of batches: inline ones, stored with the batch, and stored ones, read when they are worked on."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedback.filters import RecordFilter, visible_records
from feedback.models import FeedbackRecord
from feedback.record_text import METADATA
from tenants.errors import NotFound

MAX_RECORDS = 50_000


@dataclass(frozen=True)
class BatchRecord:
    """A record as a batch is ordered. content: of an inline record, validated; None for a stored one."""

    reference: str
    length: int
    content: Mapping[str, Any] | None = field(default=None, repr=False)
    stored_id: uuid.UUID | None = None


def inline_records(records: Sequence[Mapping[str, Any]]) -> list[BatchRecord]:
    """Return the validated records of a request."""
    return [BatchRecord(record["id"], len(record["content"]), record) for record in records]


def stored_records(chosen: RecordFilter, *, sees_sensitive: bool) -> list[BatchRecord]:
    """Return the stored records that fit a filter, newest first, and at most one more than a batch may have."""
    records = chosen.apply(visible_records(sees_sensitive=sees_sensitive)).order_by("-occurred_at", "-id")
    rows = records.values_list("id", "external_id", "content")[: MAX_RECORDS + 1]
    return [BatchRecord(external_id, len(content), None, record_id) for record_id, external_id, content in rows]


def read_stored(ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Return stored records as an operation takes them, in the order of the ids, with placeholders in their texts.

    Raises NotFound when one was erased meanwhile.
    """
    found = {record.id: record for record in FeedbackRecord.objects.filter(id__in=ids)}
    if len(found) < len(set(ids)):
        raise NotFound
    return [_as_record(found[record_id]) for record_id in ids]


def _as_record(record: FeedbackRecord) -> dict[str, Any]:
    metadata = {name: value for name in METADATA if isinstance(value := record.metadata.get(name), str)}
    return {"id": record.external_id, "content": record.content, "metadata": metadata}
