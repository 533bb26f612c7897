"""Store, change and erase feedback records. The caller is in the tenant's scope, or passes the tenant."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from feedback.errors import StorageOff
from feedback.models import FeedbackRecord, RawText
from feedback.registry import Erasure, StoredLevels, record_erasers, store_listeners
from feedback.storing.duplicates import mark_duplicates
from feedback.storing.raw_text import change_raw_text, raw_texts_of, write_raw_texts
from feedback.storing.record_input import REDACTED_COLUMNS, NewRecord, Rejection, read_records
from feedback.storing.redacted_text import (
    RedactedText,
    content_digest,
    input_digest,
    policy_version,
    redacted,
    redacted_columns,
)
from inference.redaction.language import UNKNOWN, detect_language
from tenants.audit import record_act, record_event
from tenants.models import Storage, Tenant
from tenants.scoping import tenant_scope

RECORDS_PER_ERASURE = 500
Identity = tuple[str, str]
WRITTEN = [
    field.name
    for field in FeedbackRecord._meta.concrete_fields
    if not field.generated and field.name not in ("id", "tenant", "source", "external_id", "created_at", "is_escalated")
]


@dataclass(frozen=True)
class Stored:
    """The outcome of storing records. ids: of the stored rows, by source and the caller's id."""

    created: int
    updated: int
    unchanged: int
    rejected: tuple[Rejection, ...]
    ids: Mapping[Identity, uuid.UUID]


def store_records(records: Iterable[Any], *, tenant: Tenant, actor_id: str) -> Stored:
    """Store records as they are sent, and name those that cannot be stored. Nothing else of the others is lost.

    records: dicts with the contract's fields. Of two with the same source and id the later one is used and counted.
    Fields that a known record does not name stay as they are. Raises StorageOff, and RedactionError, after which
    nothing is stored.
    """
    ensure_storing(tenant)
    readable, rejected = read_records(records)
    with tenant_scope(tenant.id):
        texts = _redacted_where_needed(readable, tenant)
        with transaction.atomic():
            return _store(readable, texts, rejected, tenant, actor_id)


def ensure_storing(tenant: Tenant) -> None:
    """Raise StorageOff if the tenant's policy is to store nothing."""
    if not tenant.stores_records:
        raise StorageOff


def change_metadata(
    record: FeedbackRecord, changes: Mapping[str, Any], *, tenant: Tenant, actor_id: str
) -> FeedbackRecord:
    """Change metadata of a record. changes: as read_changes returns them. The audit event names the fields only."""
    redacted_changes = redacted_columns(changes, tenant)
    with tenant_scope(tenant.id), transaction.atomic():
        for name, value in redacted_changes.items():
            setattr(record, name, value)
        if not changes.keys().isdisjoint(REDACTED_COLUMNS):
            record.input_digest = b""
        record.updated_at = timezone.now()
        record.save(update_fields=[*changes, "input_digest", "updated_at"])
        if tenant.storage == Storage.RAW:
            change_raw_text(record, changes)
        record_act(record, actor_id, "record.changed", {"fields": sorted(changes)})
    return record


def erase_records(records: Sequence[FeedbackRecord], *, tenant: Tenant, actor_id: str) -> dict[str, int]:
    """Erase records, and what other rooms store of them. Returns the numbers of what was erased, by name."""
    with tenant_scope(tenant.id), transaction.atomic():
        counts = _erase(records, tenant)
        for record in records:
            record_event(
                tenant_id=tenant.id,
                actor_id=actor_id,
                action="record.erased",
                resource_type="feedback_record",
                resource_id=record.id,
            )
    return counts


def erase_old_records(tenant: Tenant, *, actor_id: str) -> int:
    """Erase records that were stored longer ago than the tenant's retention allows; return their number."""
    if tenant.retention_days is None:
        return 0
    before, erased = timezone.now() - timedelta(days=tenant.retention_days), 0
    with tenant_scope(tenant.id):
        old = FeedbackRecord.objects.filter(created_at__lt=before).order_by("created_at", "id")
        while records := list(old[:RECORDS_PER_ERASURE]):
            with transaction.atomic():
                erased += _erase(records, tenant)["records"]
                record_act(tenant, actor_id, "records.expired", {"records": len(records)})
    return erased


def _erase(records: Sequence[FeedbackRecord], tenant: Tenant) -> dict[str, int]:
    erasure = Erasure(tenant.id, records, texts_of(records, tenant_id=tenant.id))
    counts = {name: erase(erasure) for name, erase in record_erasers().items()}
    RawText.objects.filter(record_id__in=erasure.record_ids).delete()
    _, deleted = FeedbackRecord.objects.filter(id__in=erasure.record_ids).delete()
    return counts | {"records": deleted.get("feedback.FeedbackRecord", 0)}


def erase_raw_texts() -> int:
    """Erase raw text of tenants whose policy no longer allows it, in the scope of all; return the number of records."""
    deleted, _ = RawText.objects.exclude(tenant__storage=Storage.RAW).delete()
    return deleted


def texts_of(records: Sequence[FeedbackRecord], *, tenant_id: uuid.UUID) -> list[str]:
    """Return what records say, redacted and raw, to search for it or to compare it. It is shown to nobody."""
    raw = raw_texts_of([record.id for record in records], tenant_id)
    texts = [record.content for record in records] + [columns.get("content", "") for columns in raw.values()]
    return [text for text in dict.fromkeys(texts) if text.strip()]


def _known(records: Sequence[NewRecord]) -> QuerySet[FeedbackRecord]:
    """Return the rows of records that are stored already."""
    by_source: dict[str, list[str]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record.external_id)
    condition = Q(pk__in=[])
    for source, ids in by_source.items():
        condition |= Q(source=source, external_id__in=ids)
    return FeedbackRecord.objects.filter(condition)


def _redacted_where_needed(records: Sequence[NewRecord], tenant: Tenant) -> dict[Identity, RedactedText]:
    """Redact new and changed records. This takes long, and comes before the transaction."""
    version, stores_raw = policy_version(tenant), tenant.storage == Storage.RAW
    known = {
        (source, external_id): (bytes(digest), redacted_by, raw_text_id is not None)
        for source, external_id, digest, redacted_by, raw_text_id in _known(records).values_list(
            "source", "external_id", "input_digest", "redaction_version", "raw_text__id"
        )
    }

    def is_stored(record: NewRecord) -> bool:
        digest, redacted_by, has_raw_text = known.get(_identity(record), (b"", "", False))
        is_same = (digest, redacted_by) == (input_digest(record, tenant.id), version)
        return is_same and (has_raw_text or not stores_raw)

    return {_identity(record): redacted(record, tenant) for record in records if not is_stored(record)}


def _store(
    records: Sequence[NewRecord],
    texts: Mapping[Identity, RedactedText],
    rejected: Sequence[Rejection],
    tenant: Tenant,
    actor_id: str,
) -> Stored:
    """Write all rows in one statement, one call of a tenant after the other."""
    _wait_for_other_calls(tenant.id)
    known = {(row.source, row.external_id): row for row in _known(records).select_for_update().order_by("pk")}
    rows: list[FeedbackRecord] = []
    reworded: list[tuple[FeedbackRecord, NewRecord]] = []
    for record in sorted(records, key=_identity):
        row = known.get(_identity(record))
        is_new = row is None
        row = row or FeedbackRecord(tenant_id=tenant.id, source=record.source, external_id=record.external_id)
        text = texts.get(_identity(record))
        if is_new and text is None:  # it was erased a moment ago
            text = redacted(record, tenant)
        if _apply(record, text, row) or is_new:
            row.stored_by, row.updated_at = actor_id, timezone.now()
            rows.append(row)
        if text is not None:
            reworded.append((row, record))
    written = _write(rows)
    mark_duplicates([row for row, _ in reworded])
    if tenant.storage == Storage.RAW:
        write_raw_texts(reworded, tenant.id)
    ids = {identity: row.id for identity, row in known.items()} | {
        (row.source, row.external_id): row.id for row in written
    }
    _tell(records, written, actor_id)
    created = sum((row.source, row.external_id) not in known for row in written)
    return Stored(
        created=created,
        updated=len(written) - created,
        unchanged=len(records) - len(written),
        rejected=tuple(rejected),
        ids=ids,
    )


def _wait_for_other_calls(tenant_id: uuid.UUID) -> None:
    """Let one call at a time store a tenant's records: two could store the same new record under two ids."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"records:{tenant_id}"])


def _write(rows: list[FeedbackRecord]) -> list[FeedbackRecord]:
    return FeedbackRecord.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["tenant", "source", "external_id"], update_fields=WRITTEN
    )


def _apply(record: NewRecord, text: RedactedText | None, row: FeedbackRecord) -> bool:
    """Set the columns of a row from a record, and tell whether one of them changed."""
    values = {name: value for name, value in record.values.items() if name not in REDACTED_COLUMNS}
    if text is not None:
        values |= _text_columns(record, text, row)
    if not values.get("language", True):
        values["language"] = _language(record.content)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return bool(changed)


def _text_columns(record: NewRecord, text: RedactedText, row: FeedbackRecord) -> dict[str, Any]:
    digest = content_digest(record.content, row.tenant_id)
    columns: dict[str, Any] = {
        **text.columns,
        "content": text.content,
        "redaction_version": text.version,
        "content_digest": digest,
        "input_digest": input_digest(record, row.tenant_id),
    }
    if text.metadata is not None:
        columns["metadata"] = text.metadata
    if "language" not in record.values and bytes(row.content_digest) != digest:
        columns["language"] = _language(record.content)
    return columns


def _language(content: str) -> str:
    """Return the detected language, "" when it cannot be told."""
    language = detect_language(content)
    return "" if language == UNKNOWN else language


def _tell(records: Sequence[NewRecord], written: Sequence[FeedbackRecord], actor_id: str) -> None:
    levels = {_identity(record): record.coding_levels for record in records}
    stored = [StoredLevels(row, levels[row.source, row.external_id]) for row in written]
    if stored:
        for listener in store_listeners():
            listener(stored, actor_id)


def _identity(record: NewRecord) -> Identity:
    return record.source, record.external_id
