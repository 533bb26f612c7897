"""Work on slices of batches in this process: take records, run the operation on them, store their results."""

import contextlib
import functools
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from feedback.batches import contents, finishing, leases
from feedback.batches.errors import LeaseLost
from feedback.batches.fair_pool import FairPool
from feedback.batches.leases import TakenItem
from feedback.batches.models import Batch, BatchStatus
from feedback.batches.options import body_of_options
from feedback.batches.records import read_stored
from inference.errors import ModelError, ModelRateLimited, ModelUnavailable, OperationTimedOut
from inference.fan_out import release_connection
from inference.orchestrator import Write
from inference.redaction.errors import RedactionError
from inference.registry import Body, UseCase, use_case_named
from inference.runs.origin import CallOrigin
from inference.warmup import warm_up
from tenants.encryption.tenant_box import TenantBox, open_box
from tenants.models import Tenant
from tenants.postgresql.persistent import DATABASE_ERRORS, persistently
from tenants.scoping import tenant_scope
from usage.errors import BudgetExceeded, CeilingReached

MIN_SLICE, MAX_SLICE = 20, 100
RETRY_WAITS_SECONDS = (5.0, 30.0)
UNAVAILABLE_WAIT_SECONDS = 5.0
RENEWAL_MARGIN_SECONDS = 60.0
TRANSIENT = (OperationTimedOut, RedactionError)


@dataclass(frozen=True)
class OpenBatch:
    """A batch with what every record of it needs. body: of the options, without records."""

    batch: Batch
    use_case: UseCase[Any]
    body: Body

    def body_of(self, item: TakenItem, box: TenantBox) -> Body:
        """Return the body with the record or the records of an item. Raises NotFound for an erased stored record."""
        if item.stored_record_id is not None:
            [record] = read_stored([item.stored_record_id])
            return self._with(record)
        content = contents.unseal(box, item.content_encrypted or b"", item.id, contents.CONTENT)
        if "stored" in content:
            return self._with(read_stored([uuid.UUID(record_id) for record_id in content["stored"]]))
        return self._with(content["content"])

    def _with(self, records: Any) -> Body:
        return {**self.body, self.use_case.records_key: records}


@dataclass(frozen=True)
class Slice:
    """Records that were taken together. done: when all of them have been worked on."""

    batch_ids: Sequence[uuid.UUID]
    done: Future[None]


@functools.cache
def pool() -> FairPool:
    """Return the threads of this process, which slices of all tenants share."""
    return FairPool(settings.BATCH_THREADS)


def start_slice(tenant_id: uuid.UUID) -> Slice | None:
    """Take records of a tenant and begin to work on them; return None when there is nothing to do."""
    _prepare_process()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(id=tenant_id)
        # What the pool has in reserve decides how much more it takes, so that all workers have enough.
        wanted = 2 * settings.BATCH_THREADS - pool().waiting
        items = leases.take(max(MIN_SLICE, min(MAX_SLICE, wanted)))
        if not items:
            return None
        box = open_box(tenant_id)
        batches = _open_batches(items, box)
    keeper().add(tenant_id, [item for item in items if item.batch_id in batches])
    work = [partial(_work_on, item, batches[item.batch_id], tenant, box) for item in items if item.batch_id in batches]
    return Slice(list({item.batch_id for item in items}), pool().submit(tenant_id, work))


@functools.cache
def _prepare_process() -> None:
    """Do before the first slice what a web process does before its first request, once."""
    warm_up()


def _open_batches(items: Sequence[TakenItem], box: TenantBox) -> dict[uuid.UUID, OpenBatch]:
    """Return the batches of items by id. The items of one that cannot be opened fail, so that others are served."""
    ids = {item.batch_id for item in items}
    waiting = Batch.objects.filter(id__in=ids, status=BatchStatus.QUEUED)
    waiting.update(status=BatchStatus.RUNNING, started_at=timezone.now())
    opened = {}
    for batch in Batch.objects.filter(id__in=ids):
        try:
            opened[batch.id] = _open_batch(batch, box)
        except DATABASE_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 (a destroyed key, or options that are not understood any more)
            _fail_all((item for item in items if item.batch_id == batch.id), error)
    return opened


def _fail_all(items: Iterable[TakenItem], error: Exception) -> None:
    problem = import_string(settings.ERROR_TABLE)(error)
    for item in items:
        leases.fail(item, code=problem.code, message=problem.message, details=problem.details)


def _open_batch(batch: Batch, box: TenantBox) -> OpenBatch:
    use_case = use_case_named(batch.operation)
    if use_case is None:
        raise LookupError(f"No app registers the operation {batch.operation}")
    options = contents.unseal(box, batch.options_encrypted, batch.id, contents.OPTIONS)
    return OpenBatch(batch, use_case, body_of_options(use_case, options))


def _work_on(item: TakenItem, opened: OpenBatch, tenant: Tenant, box: TenantBox) -> None:
    with tenant_scope(tenant.id), _returning_connection():
        try:
            _answer(item, opened, tenant, box)
        except LeaseLost:
            pass
        except (BudgetExceeded, CeilingReached):
            finishing.stop(opened.batch.id, BatchStatus.STOPPED_BY_BUDGET)
        except Exception as error:  # noqa: BLE001 (a record that no operation can take must not stop its siblings)
            with contextlib.suppress(LeaseLost):
                persistently(partial(_note_failure, item, error))
        finally:
            keeper().remove(item)


def _answer(item: TakenItem, opened: OpenBatch, tenant: Tenant, box: TenantBox) -> None:
    leases.begin(item)
    batch = opened.batch
    body = opened.body_of(item, box)
    release_connection()
    origin = CallOrigin(
        tenant,
        item.id,
        batch.actor_id,
        api_key_id=batch.api_key_id,
        user_id=batch.user_id,
        batch_id=batch.id,
        stored_record_id=item.stored_record_id,
    )

    def checkpoint(answer: dict[str, Any], writes: Sequence[Write]) -> None:
        result = contents.seal(box, answer, item.id, contents.RESULT)
        persistently(partial(_store, item, result, _sealed_ids(opened, body, item, box), writes))

    opened.use_case.carry_out(body, origin, checkpoint)


def _sealed_ids(opened: OpenBatch, body: Body, item: TakenItem, box: TenantBox) -> bytes | None:
    """Return the ids of records that were answered together, for the erasure of one of them."""
    if not opened.use_case.takes_many:
        return None
    ids = [{"id": record["id"]} for record in body[opened.use_case.records_key]]
    return contents.seal(box, {"content": ids}, item.id, contents.CONTENT)


def _store(item: TakenItem, result: bytes, ids: bytes | None, writes: Sequence[Write]) -> None:
    """Store a result together with the rows of its operation, or nothing of both. Raises LeaseLost."""
    if not writes:
        leases.succeed(item, result, ids_encrypted=ids)
        return
    with transaction.atomic():
        leases.succeed(item, result, ids_encrypted=ids)
        for write in writes:
            write()


def _note_failure(item: TakenItem, error: Exception) -> None:
    """Put a record back for another attempt, or store why it failed. Raises LeaseLost."""
    if isinstance(error, DATABASE_ERRORS):
        leases.put_back(item, wait_seconds=1, is_attempt=False)
    elif isinstance(error, ModelUnavailable):  # no call was made
        leases.put_back(item, wait_seconds=UNAVAILABLE_WAIT_SECONDS, is_attempt=False)
    elif _is_worth_another_attempt(error) and item.attempts + 1 < leases.MAX_ATTEMPTS:
        leases.put_back(item, wait_seconds=_wait_after(error, item.attempts), is_attempt=True)
    else:
        # The table stands above this room, and is named in the settings.
        problem = import_string(settings.ERROR_TABLE)(error)
        leases.fail(item, code=problem.code, message=problem.message, details=problem.details)


def _is_worth_another_attempt(error: Exception) -> bool:
    if isinstance(error, ModelError):
        return error.is_transient
    return isinstance(error, TRANSIENT) or import_string(settings.ERROR_TABLE)(error).status == 500


def _wait_after(error: Exception, attempts: int) -> float:
    if isinstance(error, ModelRateLimited) and error.retry_after_seconds is not None:
        return min(error.retry_after_seconds, 600.0)
    return RETRY_WAITS_SECONDS[min(attempts, len(RETRY_WAITS_SECONDS) - 1)]


@contextlib.contextmanager
def _returning_connection() -> Iterator[None]:
    try:
        yield
    finally:
        connection.close()


class LeaseKeeper:
    """Renews the leases of the records that this process works on, in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[uuid.UUID, tuple[uuid.UUID, TakenItem, float]] = {}
        threading.Thread(target=self._run, name="batch-leases", daemon=True).start()

    def add(self, tenant_id: uuid.UUID, items: Sequence[TakenItem]) -> None:
        # A record that takes longer than any operation may is given up, and another worker takes it.
        until = time.monotonic() + settings.ANALYZE_DEADLINE_SECONDS + RENEWAL_MARGIN_SECONDS
        with self._lock:
            self._held.update({item.id: (tenant_id, item, until) for item in items})

    def remove(self, item: TakenItem) -> None:
        with self._lock:
            self._held.pop(item.id, None)

    def _run(self) -> None:
        while True:
            time.sleep(leases.RENEWAL_SECONDS)
            with contextlib.suppress(*DATABASE_ERRORS), _returning_connection():
                self._renew()

    def _renew(self) -> None:
        by_tenant: dict[uuid.UUID, list[TakenItem]] = {}
        with self._lock:
            for tenant_id, item, until in self._held.values():
                if time.monotonic() < until:
                    by_tenant.setdefault(tenant_id, []).append(item)
        for tenant_id, items in by_tenant.items():
            with tenant_scope(tenant_id):
                leases.renew(items)


@functools.cache
def keeper() -> LeaseKeeper:
    return LeaseKeeper()
