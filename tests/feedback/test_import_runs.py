"""Imports that are killed, overtaken, cancelled and taken back: no row is lost and none is stored twice."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from feedback.imports import running
from feedback.imports.models import ImportChunk, ImportRun, ImportStatus, ReplacedRecord
from feedback.imports.running import run_import
from feedback.imports.services import cancel_import, queue_forgotten, start_import
from feedback.imports.undoing import can_be_undone, undo_import
from feedback.models import FeedbackRecord
from feedback.services import change_metadata, store_records
from feedback.stored_answers import Reader, stored_answers
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR
from tests.support.web_server import REPOSITORY

ROWS = 60
SECRET = "Zanzibar marmalade"
RUN = """
import sys, uuid, django
django.setup()
from feedback.imports import running
running.SLICE_ROWS = 5
running.run_import(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]), lambda run: print(run.rows_read, flush=True))
"""


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SLICE_ROWS", 10)


def sheet(rows: int = ROWS, *, word: str = SECRET) -> io.BytesIO:
    lines = [f"{number},{word} number {number},hotline" for number in range(rows)]
    return io.BytesIO("\n".join(["id,text,channel", *lines]).encode())


def started(tenant: Tenant, file: io.BytesIO | None = None) -> ImportRun:
    return start_import(file or sheet(), file_name="sheet.csv", tenant=tenant, actor_id=ACTOR)


def fresh(run: ImportRun) -> ImportRun:
    with tenant_scope(run.tenant_id):
        found: ImportRun = ImportRun.objects.get(id=run.id)
    return found


def count(tenant: Tenant) -> int:
    with tenant_scope(tenant.id):
        return FeedbackRecord.objects.count()


def described(tenant: Tenant) -> list[dict[str, object]]:
    with tenant_scope(tenant.id):
        rows = list(FeedbackRecord.objects.order_by("external_id"))
        return stored_answers(rows, Reader("test", sees_sensitive=True))


def test_the_stored_file_is_encrypted_and_deleted_at_the_end(tenant: Tenant) -> None:
    run = started(tenant)
    with tenant_scope(tenant.id):
        chunks = list(ImportChunk.objects.all())
        assert chunks
        assert not any(SECRET.encode() in bytes(chunk.encrypted) for chunk in chunks)
        run_import(tenant.id, run.id)
        assert not ImportChunk.objects.exists()
    assert (fresh(run).status, fresh(run).created, count(tenant)) == (ImportStatus.SUCCEEDED, ROWS, ROWS)


def test_a_killed_import_goes_on_where_it_was(tenant: Tenant, process_environment: Mapping[str, str]) -> None:
    run = started(tenant)
    environment = {**os.environ, **process_environment, "DJANGO_SETTINGS_MODULE": "qfa_project.settings"}
    command = [sys.executable, "-c", RUN, str(tenant.id), str(run.id)]
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "5"
        time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    half = fresh(run)
    assert (half.status, half.rows_read) == (ImportStatus.RUNNING, count(tenant))
    assert 0 < half.rows_read < ROWS
    run_import(tenant.id, run.id)
    whole = fresh(run)
    assert (whole.status, whole.rows_read, whole.created, whole.updated) == (ImportStatus.SUCCEEDED, ROWS, ROWS, 0)
    assert count(tenant) == ROWS


def test_a_worker_that_was_overtaken_stops(tenant: Tenant) -> None:
    run = started(tenant)
    calls: list[int] = []

    def overtake(slow: ImportRun) -> None:
        calls.append(slow.rows_read)
        run_import(tenant.id, run.id)

    run_import(tenant.id, run.id, overtake)
    assert calls == [10]
    whole = fresh(run)
    assert (whole.status, whole.rows_read, whole.created, count(tenant)) == (ImportStatus.SUCCEEDED, ROWS, ROWS, ROWS)


def test_a_cancelled_import_keeps_whole_slices_and_can_be_taken_back(tenant: Tenant) -> None:
    run = started(tenant)

    def cancel(_: ImportRun) -> None:
        with tenant_scope(tenant.id):
            cancel_import(run, actor_id=ACTOR)

    run_import(tenant.id, run.id, cancel)
    assert (fresh(run).status, fresh(run).created, count(tenant)) == (ImportStatus.CANCELLED, 10, 10)
    assert undo_import(tenant.id, run.id, ACTOR)
    assert count(tenant) == 0


def test_taking_back_restores_what_the_import_had_changed(tenant: Tenant) -> None:
    before = [{"id": "1", "content": "The first text", "channel": "radio", "tags": ["a"], "collected_at": "2026-01-01"}]
    store_records(before, tenant=tenant, actor_id=ACTOR)
    was = described(tenant)
    run = started(tenant, sheet(3))
    run_import(tenant.id, run.id)
    assert (fresh(run).created, fresh(run).updated) == (2, 1)
    assert described(tenant) != was
    assert undo_import(tenant.id, run.id, ACTOR)
    assert described(tenant) == was
    assert fresh(run).undone_at is not None
    assert not undo_import(tenant.id, run.id, ACTOR)


def test_an_import_whose_records_were_changed_is_not_taken_back(tenant: Tenant) -> None:
    run = started(tenant, sheet(3))
    run_import(tenant.id, run.id)
    with tenant_scope(tenant.id):
        assert can_be_undone(fresh(run))
        record = FeedbackRecord.objects.first()
        assert record is not None
        change_metadata(record, {"channel": "radio"}, tenant=tenant, actor_id=ACTOR)
        assert not can_be_undone(fresh(run))
    assert not undo_import(tenant.id, run.id, ACTOR)
    assert count(tenant) == 3


def test_a_forgotten_import_is_queued_again(tenant: Tenant) -> None:
    run = start_import(sheet(3), file_name="x.csv", tenant=tenant, actor_id=ACTOR, is_queued=False)
    with tenant_scope(tenant.id):
        ImportRun.objects.filter(id=run.id).update(checkpoint_at=run.created_at.replace(year=2020))
        queue_forgotten()
        queue_forgotten()
    assert ProcrastinateJob.objects.filter(args__run_id=str(run.id)).count() == 1


def test_rows_without_ids_keep_them_over_a_kill(tenant: Tenant) -> None:
    lines = "\n".join(["text", *["the same words"] * 25])
    run = started(tenant, io.BytesIO(lines.encode()))

    class Killed(BaseException):
        pass

    def kill(_: ImportRun) -> None:
        raise Killed

    with pytest.raises(Killed):
        run_import(tenant.id, run.id, kill)
    run_import(tenant.id, run.id)
    assert (fresh(run).created, count(tenant)) == (25, 25)
    with tenant_scope(tenant.id):
        assert not ReplacedRecord.objects.exists()
