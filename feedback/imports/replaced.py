"""Remember what records were before an import changed them."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from feedback.imports.models import ImportRun, ReplacedRecord
from feedback.models import FeedbackRecord, RawText

RESTORED = [
    field
    for field in FeedbackRecord._meta.concrete_fields
    if not field.generated and field.name not in ("id", "tenant", "source", "external_id", "created_at", "is_escalated")
]


def stored_before(records: Sequence[Mapping[str, Any]]) -> Sequence[FeedbackRecord]:
    """Return the stored rows that records of an import will change, as they are now, locked."""
    by_source: dict[str, list[str]] = {}
    for record in records:
        by_source.setdefault(record["source"], []).append(record["id"])
    condition = Q(pk__in=[])
    for source, ids in by_source.items():
        condition |= Q(source=source, external_id__in=ids)
    rows = FeedbackRecord.objects.filter(condition).defer("search").order_by("pk")
    return list(rows.select_for_update())


def remember_replaced(run: ImportRun, before: Sequence[FeedbackRecord]) -> None:
    """Store the former state of the rows that the import has changed. Rows that it made itself have none."""
    others = [row for row in before if row.stored_by != run.storing_actor]
    now = dict(FeedbackRecord.objects.filter(id__in=[row.id for row in others]).values_list("id", "updated_at"))
    changed = [row for row in others if now.get(row.id) != row.updated_at]
    raw = _raw_texts([row.id for row in changed])
    ReplacedRecord.objects.bulk_create(
        [ReplacedRecord(run=run, record=row, columns=_columns_of(row), raw_text=raw.get(row.id)) for row in changed],
        ignore_conflicts=True,
    )


def restored(replaced: ReplacedRecord) -> FeedbackRecord:
    """Return the record in its former state, unsaved."""
    row: FeedbackRecord = replaced.record
    for field in RESTORED:
        target: Any = getattr(field, "target_field", field)
        value = replaced.columns[field.attname]
        setattr(row, field.attname, bytes(base64.b64decode(value)) if _is_binary(field) else target.to_python(value))
    return row


def _columns_of(row: FeedbackRecord) -> dict[str, Any]:
    return {field.attname: _as_json(getattr(row, field.attname)) for field in RESTORED}


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _is_binary(field: Any) -> bool:
    return bool(field.get_internal_type() == "BinaryField")


def _raw_texts(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, bytes]:
    texts = RawText.objects.filter(record_id__in=ids).values_list("record_id", "encrypted")
    return {record_id: bytes(encrypted) for record_id, encrypted in texts}
