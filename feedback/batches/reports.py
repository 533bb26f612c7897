"""Figures of batches: how far they are, and what they cost."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from feedback.batches.models import Batch, BatchItem, ItemStatus
from usage.models import CallStatus, LLMCall


@dataclass(frozen=True)
class Progress:
    """How far a batch is. eta_seconds: None before the first record is done, and 0 at the end."""

    records_total: int
    records_ok: int
    records_failed: int
    cost_usd: Decimal
    eta_seconds: int | None

    @property
    def records_done(self) -> int:
        return self.records_ok + self.records_failed

    @property
    def share(self) -> float:
        """Return the part that is done, from 0 to 1."""
        return self.records_done / self.records_total if self.records_total else 1.0


def progress_of(batches: Iterable[Batch]) -> dict[uuid.UUID, Progress]:
    """Return the progress of batches by id: open ones as their records say, others as stored at their end."""
    rows = list(batches)
    open_ids = [batch.id for batch in rows if batch.is_open]
    counts, costs = count_records(open_ids), costs_of(open_ids)
    return {
        batch.id: _progress(batch, *counts.get(batch.id, (0, 0)), costs.get(batch.id, Decimal(0)))
        if batch.is_open
        else _progress(batch, batch.records_ok, batch.records_failed, batch.cost_usd)
        for batch in rows
    }


def _progress(batch: Batch, ok: int, failed: int, cost_usd: Decimal) -> Progress:
    done = ok + failed
    eta_seconds = None if batch.is_open else 0
    if batch.is_open and done and batch.started_at:
        elapsed = (timezone.now() - batch.started_at).total_seconds()
        eta_seconds = round(elapsed / done * (batch.records_total - done))
    return Progress(batch.records_total, ok, failed, cost_usd, eta_seconds)


def count_records(batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """Return the records that are ok and that failed, by batch."""
    ended = BatchItem.objects.filter(batch__in=list(batch_ids), status__in=[ItemStatus.OK, ItemStatus.FAILED])
    counts: dict[uuid.UUID, tuple[int, int]] = {}
    for batch_id, status, count in ended.order_by().values_list("batch", "status").annotate(n=Sum("records_count")):
        ok, failed = counts.get(batch_id, (0, 0))
        counts[batch_id] = (ok + count, failed) if status == ItemStatus.OK else (ok, failed + count)
    return counts


def costs_of(batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """Return the cost of batches by the ledger. Calls that are still running are left out."""
    calls = LLMCall.objects.filter(batch_id__in=list(batch_ids)).exclude(status=CallStatus.PENDING)
    return dict(calls.order_by().values_list("batch_id").annotate(cost=Sum("cost_usd")))
