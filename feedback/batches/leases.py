"""Leases on records of batches: which worker works on a record, and until when.

A worker takes records with a token, renews its leases while it works, and writes only while the token on the row is its
own. So the records of a worker that was killed are taken by another one when the leases end, and a worker that was
paused and wakes up cannot write what another one has done meanwhile.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from feedback.batches.errors import LeaseLost
from feedback.batches.models import BatchItem, ItemStatus
from inference.connections import OFFLINE_MODEL
from tenants.postgresql.prepared import execute_prepared
from tenants.scoping import current_tenant_id
from usage.models import CallStatus, LLMCall

LEASE_SECONDS = 30
RENEWAL_SECONDS = 8.0
MAX_ATTEMPTS = 3
# A worker that ends while a model is called is hardly the record's fault; but no record is paid for without end.
MAX_INTERRUPTIONS = 20
WORKER_LOST = "worker_lost"
WORKER_LOST_MESSAGE = f"The worker ended {MAX_ATTEMPTS} times while it worked on this record"

# Rows that another worker is just taking are skipped, not waited for.
# Materialized, because PostgreSQL may run a subquery with a limit more than once, and then takes more.
TAKE_SQL = """
with free as materialized (
    select id from feedback_batchitem
    where tenant_id = %s and is_queued and (leased_until is null or leased_until < now())
    order by batch_id, index limit %s for update skip locked
)
update feedback_batchitem item set lease_token = %s, leased_until = now() + make_interval(secs => %s)
from free where item.id = free.id
returning item.id, batch_id, index, records_count, stored_record_id, content_encrypted, began_at, attempts,
    interruptions
"""
BEGIN_SQL = """
update feedback_batchitem set began_at = now() where id = %s and lease_token = %s and is_queued returning id
"""
RENEW_SQL = """
update feedback_batchitem set leased_until = now() + make_interval(secs => %s)
where id = any(%s::uuid[]) and lease_token = %s and status = 'pending'
"""


@dataclass(frozen=True)
class TakenItem:
    """A record that this worker has a lease on."""

    id: uuid.UUID
    batch_id: uuid.UUID
    index: int
    records_count: int
    stored_record_id: uuid.UUID | None
    content_encrypted: bytes | None
    token: uuid.UUID
    attempts: int


def take(limit: int) -> list[TakenItem]:
    """Take records of the tenant in scope, the oldest batch first.

    Records that have ended MAX_ATTEMPTS workers fail here, and are not among those returned.
    """
    token = uuid.uuid4()
    rows = execute_prepared(TAKE_SQL, [current_tenant_id(), limit, token, LEASE_SECONDS])
    began = [row[0] for row in rows if row[6] is not None]
    at_a_model = _interrupted_at_a_model(began) if began else set()
    taken = []
    for row in sorted(rows, key=lambda row: (row[1].bytes, row[2])):
        item = TakenItem(row[0], row[1], row[2], row[3], row[4], row[5], token, row[7])
        if row[6] is None or not _note_lost_worker(item, interruptions=row[8], is_at_a_model=row[0] in at_a_model):
            taken.append(item)
    return taken


def _interrupted_at_a_model(item_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the records whose last worker ended while a provider was called."""
    pending = LLMCall.objects.filter(call_id__in=item_ids, status__in=[CallStatus.PENDING, CallStatus.UNKNOWN])
    return set(pending.exclude(request_model=OFFLINE_MODEL).values_list("call_id", flat=True))


def _note_lost_worker(item: TakenItem, *, interruptions: int, is_at_a_model: bool) -> bool:
    """Count that a worker ended with this record; return whether the record has failed by that."""
    rows = BatchItem.objects.filter(id=item.id, lease_token=item.token)
    if is_at_a_model and interruptions + 1 < MAX_INTERRUPTIONS:
        rows.update(interruptions=F("interruptions") + 1, began_at=None)
        return False
    rows.update(attempts=F("attempts") + 1, began_at=None)
    if item.attempts + 1 < MAX_ATTEMPTS:
        return False
    fail(item, code=WORKER_LOST, message=WORKER_LOST_MESSAGE)
    return True


def begin(item: TakenItem) -> None:
    """Note that the work on a record begins. Raises LeaseLost, also when its batch was stopped."""
    if not execute_prepared(BEGIN_SQL, [item.id, item.token]):
        raise LeaseLost


def renew(items: Collection[TakenItem]) -> None:
    """Renew the leases on records of the tenant in scope that were taken together."""
    by_token: dict[uuid.UUID, list[uuid.UUID]] = {}
    for item in items:
        by_token.setdefault(item.token, []).append(item.id)
    for token, ids in by_token.items():
        execute_prepared(RENEW_SQL, [LEASE_SECONDS, ids, token])


def succeed(item: TakenItem, result_encrypted: bytes, *, ids_encrypted: bytes | None = None) -> None:
    """Store the result of a record, and delete its text. Raises LeaseLost.

    ids_encrypted: which records were answered together, in place of their texts.
    """
    _write(
        item,
        status=ItemStatus.OK,
        result_encrypted=result_encrypted,
        content_encrypted=ids_encrypted,
        error_code="",
        error_message="",
        error_details=None,
    )


def fail(item: TakenItem, *, code: str, message: str, details: dict[str, Any] | None = None) -> None:
    """Store why a record failed; its text stays for another attempt. Raises LeaseLost."""
    _write(item, status=ItemStatus.FAILED, error_code=code, error_message=message[:255], error_details=details)


def _write(item: TakenItem, **outcome: Any) -> None:
    mine = BatchItem.objects.filter(id=item.id, lease_token=item.token, status=ItemStatus.PENDING)
    ended = {"is_queued": False, "lease_token": None, "leased_until": None, "finished_at": timezone.now()}
    if not mine.update(**outcome, **ended):
        raise LeaseLost


def put_back(item: TakenItem, *, wait_seconds: float, is_attempt: bool) -> None:
    """Return a record to the queue, for another attempt after a pause. Raises LeaseLost."""
    mine = BatchItem.objects.filter(id=item.id, lease_token=item.token, status=ItemStatus.PENDING)
    free_at = timezone.now() + timedelta(seconds=wait_seconds)
    attempts = F("attempts") + (1 if is_attempt else 0)
    if not mine.update(lease_token=None, leased_until=free_at, began_at=None, attempts=attempts):
        raise LeaseLost


def has_work() -> bool:
    """Tell whether a record of the tenant in scope could be taken now."""
    free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    return BatchItem.objects.filter(free, is_queued=True).exists()
