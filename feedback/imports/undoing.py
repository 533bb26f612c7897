"""Take back a whole import, while nothing that it stored has changed since."""

import uuid
from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from feedback.imports.models import ImportRun, ImportStatus, ReplacedRecord
from feedback.imports.replaced import RESTORED, restored
from feedback.models import FeedbackRecord, RawText
from feedback.services import erase_records
from tenants.audit import record_act
from tenants.errors import Conflict
from tenants.scoping import tenant_scope

JOB = "feedback.imports.tasks.undo_file"
SLICE_ROWS = 500
ENDED = (ImportStatus.SUCCEEDED, ImportStatus.PARTIALLY_FAILED, ImportStatus.FAILED, ImportStatus.CANCELLED)


def can_be_undone(run: ImportRun) -> bool:
    """Tell whether an import has ended, has stored something, and all of it is still as it was stored."""
    if run.status not in ENDED or run.undone_at or not run.created + run.updated:
        return False
    stored, replaced = _stored_by(run), ReplacedRecord.objects.filter(run=run)
    changed = stored.filter(updated_at__gt=run.finished_at).exists()
    is_whole = stored.filter(id__in=replaced.values("record_id")).count() == replaced.count()
    return not changed and is_whole and _created_by(run).count() == run.created


def queue_undo(run: ImportRun, *, actor_id: str) -> None:
    """Queue the undoing of an import. Raises Conflict if something has changed since."""
    if not can_be_undone(run):
        raise Conflict
    with transaction.atomic():
        record_act(run, actor_id, "import.undo_queued")
        app.configure_task(JOB, lock=f"import:{run.tenant_id}").defer(
            tenant_id=str(run.tenant_id), run_id=str(run.id), actor_id=actor_id
        )


def undo_import(tenant_id: uuid.UUID, run_id: uuid.UUID, actor_id: str) -> bool:
    """Erase what an import created and restore what it replaced, in one transaction. Return False if it cannot be."""
    with tenant_scope(tenant_id), transaction.atomic():
        run = ImportRun.objects.select_for_update(of=("self",)).select_related("tenant").filter(id=run_id).first()
        if run is None or not can_be_undone(run):
            return False
        for rows in _sliced(_created_by(run)):
            erase_records(rows, tenant=run.tenant, actor_id=actor_id)
        _restore(run)
        run.undone_at = timezone.now()
        run.save()
        record_act(run, actor_id, "import.undone", {"created": run.created, "updated": run.updated})
    return True


def _stored_by(run: ImportRun) -> QuerySet[FeedbackRecord]:
    rows: QuerySet[FeedbackRecord] = FeedbackRecord.objects.filter(stored_by=run.storing_actor)
    return rows


def _created_by(run: ImportRun) -> QuerySet[FeedbackRecord]:
    return _stored_by(run).exclude(id__in=ReplacedRecord.objects.filter(run=run).values("record_id"))


def _sliced(rows: QuerySet[FeedbackRecord]) -> Iterator[list[FeedbackRecord]]:
    while found := list(rows.defer("search")[:SLICE_ROWS]):
        yield found


def _restore(run: ImportRun) -> None:
    replaced = ReplacedRecord.objects.filter(run=run).select_related("record").defer("record__search")
    waiting = replaced.iterator(chunk_size=SLICE_ROWS)
    while rows := list(islice(waiting, SLICE_ROWS)):
        records = [restored(row) for row in rows]
        FeedbackRecord.objects.bulk_update(records, [field.name for field in RESTORED])
        RawText.objects.filter(record__in=records).delete()
        RawText.objects.bulk_create(
            [RawText(record=row.record, encrypted=row.raw_text) for row in rows if row.raw_text is not None]
        )
