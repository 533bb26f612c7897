"""The raw text of records: encrypted with the tenant's data key, and read only with an audit event for each look."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from feedback.models import FeedbackRecord, RawText
from feedback.storing.record_input import REDACTED_COLUMNS, NewRecord
from tenants.audit import record_event
from tenants.encryption.tenant_box import TenantBox, open_box
from tenants.errors import KeyDestroyed, WrongKey

RAW_COLUMNS = ("content", *REDACTED_COLUMNS, "metadata")


def write_raw_texts(records: Sequence[tuple[FeedbackRecord, NewRecord]], tenant_id: uuid.UUID) -> None:
    """Encrypt what was redacted in records. Columns that a record does not name keep their raw text."""
    if not records:
        return
    box = open_box(tenant_id)
    known = _decrypted(box, [row.id for row, _ in records])
    RawText.objects.bulk_create(
        [
            RawText(
                tenant_id=tenant_id,
                record_id=row.id,
                encrypted=box.encrypt(_packed(known.get(row.id, {}) | _sent(record)), _context(row.id)),
            )
            for row, record in records
        ],
        update_conflicts=True,
        unique_fields=["record"],
        update_fields=["encrypted"],
    )


def change_raw_text(record: FeedbackRecord, changes: Mapping[str, Any]) -> None:
    """Change columns in the raw text of a record that has one."""
    changed = {name: value for name, value in changes.items() if name in RAW_COLUMNS}
    box = open_box(record.tenant_id)
    known = _decrypted(box, [record.id])
    if changed and record.id in known:
        encrypted = box.encrypt(_packed(known[record.id] | changed), _context(record.id))
        RawText.objects.filter(record_id=record.id).update(encrypted=encrypted)


def look_at_raw_texts(
    rows: Sequence[FeedbackRecord], *, tenant_id: uuid.UUID, actor_id: str
) -> dict[uuid.UUID, dict[str, Any]]:
    """Return the raw columns of records by id, for those that have them, after an audit event for each of these."""
    with transaction.atomic():
        raw = _decrypted(open_box(tenant_id), [row.id for row in rows])
        for record_id in raw:
            record_event(
                tenant_id=tenant_id,
                actor_id=actor_id,
                action="record.raw_text_seen",
                resource_type="feedback_record",
                resource_id=record_id,
            )
    return raw


def raw_texts_of(record_ids: Sequence[uuid.UUID], tenant_id: uuid.UUID) -> dict[uuid.UUID, dict[str, Any]]:
    """Return raw columns for work of the platform itself that shows them to nobody, such as erasure.

    Those that cannot be decrypted are left out: a lost key must not keep anybody from erasing a record.
    """
    if not RawText.objects.filter(record_id__in=record_ids).exists():
        return {}
    try:
        return _decrypted(open_box(tenant_id), record_ids)
    except WrongKey:
        return {}


def _decrypted(box: TenantBox, record_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Return readable raw columns. Those whose key was destroyed are left out: only redacted text is left of them."""
    found: dict[uuid.UUID, dict[str, Any]] = {}
    rows = RawText.objects.filter(record_id__in=record_ids).values_list("record_id", "encrypted")
    for record_id, encrypted in rows:
        try:
            found[record_id] = json.loads(box.decrypt(bytes(encrypted), _context(record_id)))
        except KeyDestroyed:
            continue
    return found


def _sent(record: NewRecord) -> dict[str, Any]:
    sent = {name: record.values[name] for name in REDACTED_COLUMNS if name in record.values}
    metadata = {} if record.metadata is None else {"metadata": dict(record.metadata)}
    return {"content": record.content, **sent, **metadata}


def _packed(columns: Mapping[str, Any]) -> bytes:
    return json.dumps(columns, ensure_ascii=False).encode()


def _context(record_id: uuid.UUID) -> str:
    return f"feedback_rawtext:{record_id}"
