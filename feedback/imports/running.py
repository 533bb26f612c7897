"""Run an import, slice by slice. A slice is one transaction with its checkpoint.

A worker that was killed leaves complete slices, and the next one continues behind them. A worker that was paused, and
whose import another one has taken over, sees that the checkpoint has moved, and stops.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from django.db import transaction
from django.utils import timezone

from feedback.errors import StorageOff
from feedback.imports.building import BuiltRow, RecordBuilder
from feedback.imports.errors import RowIssue, UnreadableFile
from feedback.imports.models import MAX_STORED_ERRORS, OPEN, ImportRun, ImportStatus
from feedback.imports.readers.files import open_table
from feedback.imports.replaced import remember_replaced, stored_before
from feedback.imports.services import end_import, mapping_of, options_of
from feedback.imports.stored_files import open_stored_file
from feedback.services import store_records
from tenants.errors import KeyDestroyed
from tenants.scoping import tenant_scope

SLICE_ROWS = 1_000
Progress = Callable[[ImportRun], object]


def run_import(tenant_id: uuid.UUID, run_id: uuid.UUID, progress: Progress | None = None) -> None:
    """Import the rest of a file. progress: called after each slice."""
    with tenant_scope(tenant_id):
        run = ImportRun.objects.select_related("tenant").filter(id=run_id).first()
        if run is None or run.status not in OPEN:
            return
        try:
            for rows in _slices(run):
                if not _store_slice(run, rows):
                    return
                if progress:
                    progress(run)
            _finish(run)
        except UnreadableFile as error:
            _fail(run, error.issues[0])
        except StorageOff:
            _fail(run, RowIssue(None, "", "This tenant stores no feedback records"))
        except KeyDestroyed:
            _fail(run, RowIssue(None, "", "The key of the stored file was destroyed"))


def _slices(run: ImportRun) -> Iterator[list[BuiltRow]]:
    table = open_table(open_stored_file(run), options_of(run))
    built = RecordBuilder(table, mapping_of(run), run.source).rows(table.rows())
    for _ in islice(built, run.rows_read):  # they count for the ids of rows without one
        pass
    while rows := list(islice(built, SLICE_ROWS)):
        yield rows


def _store_slice(run: ImportRun, rows: Sequence[BuiltRow]) -> bool:
    """Store rows and move the checkpoint. Return False if the import was cancelled or is run by somebody else."""
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update().get(id=run.id)
        if locked.status not in OPEN or locked.rows_read != run.rows_read:
            return False
        records = [built.record for built in rows if built.record is not None]
        before = stored_before(records)
        stored = store_records(records, tenant=run.tenant, actor_id=run.storing_actor)
        remember_replaced(run, before)
        numbers = [built.number for built in rows if built.record is not None]
        rejected = [
            RowIssue(numbers[rejection.index], issue.field, issue.issue)
            for rejection in stored.rejected
            for issue in rejection.issues
        ]
        issues = [issue for built in rows for issue in built.issues] + rejected
        failed = len(rows) - len(records) + len(stored.rejected)
        _count(locked, rows=len(rows), failed=failed, issues=issues)
        locked.created += stored.created
        locked.updated += stored.updated
        locked.unchanged += stored.unchanged
        locked.save()
    _take_over(run, locked)
    return True


def _count(run: ImportRun, *, rows: int, failed: int, issues: Sequence[RowIssue]) -> None:
    run.status, run.started_at = ImportStatus.RUNNING, run.started_at or timezone.now()
    run.rows_read += rows
    run.checkpoint_at = timezone.now()
    run.rows_ok += rows - failed
    run.rows_failed += failed
    room = MAX_STORED_ERRORS - len(run.errors)
    run.errors = [*run.errors, *(issue.as_json() for issue in issues[: max(room, 0)])]


def _take_over(run: ImportRun, locked: ImportRun) -> None:
    for field in ("status", "rows_read", "rows_ok", "rows_failed", "created", "updated", "unchanged"):
        setattr(run, field, getattr(locked, field))


def _finish(run: ImportRun) -> None:
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update().get(id=run.id)
        if locked.status not in OPEN or locked.rows_read != run.rows_read:
            return
        end_import(locked, _final_status(locked), actor_id=locked.actor_id)


def _final_status(run: ImportRun) -> ImportStatus:
    if not run.rows_failed:
        return ImportStatus.SUCCEEDED
    return ImportStatus.PARTIALLY_FAILED if run.rows_ok else ImportStatus.FAILED


def fail_import(tenant_id: uuid.UUID, run_id: uuid.UUID, reason: str) -> None:
    """End an import that cannot go on. What it has stored stays, and can be undone."""
    with tenant_scope(tenant_id):
        run = ImportRun.objects.filter(id=run_id).first()
        if run is not None:
            _fail(run, RowIssue(None, "", reason))


def _fail(run: ImportRun, issue: RowIssue) -> None:
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update().get(id=run.id)
        if locked.status in OPEN:
            locked.errors = [issue.as_json(), *locked.errors][:MAX_STORED_ERRORS]
            end_import(locked, ImportStatus.FAILED, actor_id=locked.actor_id)
