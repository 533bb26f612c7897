"""Start, cancel and confirm imports."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import IO, Any

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from feedback.imports.mapping import ColumnMapping
from feedback.imports.models import OPEN, ImportChunk, ImportRun, ImportStatus
from feedback.imports.previews import Plan, count_rows, plan_import, refuse_unready, remember_mapping
from feedback.imports.readers.files import ReadingOptions
from feedback.imports.stored_files import open_stored_file, store_file
from feedback.services import ensure_storing
from tenants.audit import record_act
from tenants.errors import Conflict
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.storable import storable

JOB = "feedback.imports.tasks.import_file"
DRAFT_HOURS = 24
FORGOTTEN_AFTER_SECONDS = 60


def start_import(
    file: IO[bytes],
    *,
    file_name: str,
    tenant: Tenant,
    actor_id: str,
    options: ReadingOptions | None = None,
    named: Mapping[str, Any] | None = None,
    source: str = "",
    is_queued: bool = True,
) -> ImportRun:
    """Check a file, store it encrypted and queue its import. Nothing is stored of a file that cannot be imported.

    named: as in plan_import. is_queued: False if the caller runs the import itself; a job takes over if it is killed.
    Raises UnreadableFile, InvalidRequest, StorageOff.
    """
    ensure_storing(tenant)
    with tenant_scope(tenant.id):
        plan = plan_import(file, options=options, named=named)
        refuse_unready(plan)
        rows = count_rows(plan.table)
        with transaction.atomic():
            run = _new_run(file_name, options, tenant, actor_id, source)
            _store(run, file)
            _queue(run, plan, rows, has_job=is_queued)
    return run


def store_draft(
    file: IO[bytes], *, file_name: str, tenant: Tenant, actor_id: str, options: ReadingOptions | None = None
) -> ImportRun:
    """Store a file whose mapping a person has to confirm. Raises UnreadableFile, StorageOff."""
    ensure_storing(tenant)
    with tenant_scope(tenant.id):
        plan = plan_import(file, options=options)
        rows = count_rows(plan.table)
        with transaction.atomic():
            run = _new_run(file_name, options, tenant, actor_id, "")
            run.status, run.rows_total = ImportStatus.DRAFT, rows
            run.mapping = plan.mapping.as_json()
            _store(run, file)
            run.save()
    return run


def plan_of(run: ImportRun, named: Mapping[str, Any] | None = None) -> Plan:
    """Open the stored file of a draft, with changes of its mapping."""
    return plan_import(open_stored_file(run), options=options_of(run), named=named)


def confirm_draft(run: ImportRun, plan: Plan, *, source: str, actor_id: str) -> None:
    """Queue a draft. Raises UnreadableFile, and Conflict if it is no draft any more."""
    refuse_unready(plan)
    with transaction.atomic():
        locked = _locked(run.id)
        if locked.status != ImportStatus.DRAFT:
            raise Conflict
        locked.source, locked.actor_id = storable(source), actor_id
        _queue(locked, plan, locked.rows_total)


def cancel_import(run: ImportRun, *, actor_id: str) -> None:
    """Stop an import after the slice that is being stored, or discard a draft. Raises Conflict after its end."""
    with transaction.atomic():
        locked = _locked(run.id)
        if locked.status not in (*OPEN, ImportStatus.DRAFT):
            raise Conflict
        end_import(locked, ImportStatus.CANCELLED, actor_id=actor_id)


def end_import(run: ImportRun, status: ImportStatus, *, actor_id: str) -> None:
    """Set the final status of a locked run and delete its file."""
    run.status, run.finished_at = status, timezone.now()
    run.save()
    ImportChunk.objects.filter(run=run).delete()
    counts = {name: getattr(run, name) for name in ("rows_ok", "rows_failed", "created", "updated", "unchanged")}
    record_act(run, actor_id, f"import.{status}", counts)


def queue_forgotten() -> None:
    """Queue imports again whose process was killed. Two jobs of one import do no harm: one of them stops."""
    horizon = timezone.now() - timedelta(seconds=FORGOTTEN_AFTER_SECONDS)
    for run in ImportRun.objects.filter(status__in=OPEN, checkpoint_at__lt=horizon):
        if not _has_job(run.id):
            _defer(run.tenant_id, run.id)


def _has_job(run_id: uuid.UUID) -> bool:
    jobs = ProcrastinateJob.objects.filter(task_name=JOB, args__run_id=str(run_id))
    return bool(jobs.filter(status__in=("todo", "doing")).exists())


def delete_old_drafts() -> int:
    """Delete drafts that nobody confirmed within a day, with their files; return their number."""
    horizon = timezone.now() - timedelta(hours=DRAFT_HOURS)
    deleted, _ = ImportRun.objects.filter(status=ImportStatus.DRAFT, created_at__lt=horizon).delete()
    return int(deleted)


def options_of(run: ImportRun) -> ReadingOptions:
    return ReadingOptions(**run.options)


def mapping_of(run: ImportRun) -> ColumnMapping:
    return ColumnMapping.from_json(run.mapping)


def _new_run(file_name: str, options: ReadingOptions | None, tenant: Tenant, actor_id: str, source: str) -> ImportRun:
    form = options or ReadingOptions()
    return ImportRun(
        tenant_id=tenant.id,
        file_name=storable(file_name)[:255],
        options={"encoding": form.encoding, "delimiter": form.delimiter},
        source=storable(source),
        actor_id=actor_id,
    )


def _store(run: ImportRun, file: IO[bytes]) -> None:
    run.save()
    store_file(run, file)


def _queue(run: ImportRun, plan: Plan, rows: int, *, has_job: bool = True) -> None:
    run.status, run.rows_total = ImportStatus.QUEUED, rows
    run.mapping, run.notes, run.checkpoint_at = plan.mapping.as_json(), plan.notes, timezone.now()
    run.save()
    remember_mapping(plan)
    record_act(run, run.actor_id, "import.queued", {"rows": rows})
    if has_job:
        _defer(run.tenant_id, run.id)


def _defer(tenant_id: uuid.UUID, run_id: uuid.UUID) -> None:
    # One import of a tenant at a time: they would wait for the same rows.
    job = app.configure_task(JOB, lock=f"import:{tenant_id}")
    job.defer(tenant_id=str(tenant_id), run_id=str(run_id))


def _locked(run_id: uuid.UUID) -> ImportRun:
    run: ImportRun = ImportRun.objects.select_for_update().get(id=run_id)
    return run
