"""The end of a batch: its status, its final figures, and the webhook."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from feedback.batches import reports
from feedback.batches.models import OPEN, Batch, BatchItem, BatchStatus
from tenants.queue import enqueue
from tenants.scoping import all_tenants, tenant_scope

WEBHOOK_JOB = "feedback.batches.tasks.post_webhook"


def finish_done(batch_ids: Iterable[uuid.UUID]) -> None:
    """Finish batches in which nothing is left to do, and bring the figures of ended ones up to date."""
    for batch in Batch.objects.filter(id__in=list(batch_ids)):
        if not batch.is_open:
            Batch.objects.filter(id=batch.id).update(**_figures(batch.id))
        elif not BatchItem.objects.filter(batch=batch, is_queued=True).exists():
            _end(batch.id, None)


def stop(batch_id: uuid.UUID, status: BatchStatus) -> bool:
    """End a batch before all its records are done; calls that are running may still finish.

    Returns False when it had ended already.
    """
    return _end(batch_id, status)


def _end(batch_id: uuid.UUID, status: BatchStatus | None) -> bool:
    """End an open batch. status: None for the one that its records give."""
    with transaction.atomic():
        batch: Batch | None = Batch.objects.select_for_update().filter(id=batch_id, status__in=OPEN).first()
        if batch is None:
            return False
        BatchItem.objects.filter(batch=batch, is_queued=True).update(is_queued=False)
        figures = _figures(batch_id)
        now = timezone.now()
        Batch.objects.filter(id=batch_id).update(
            status=status or _status(batch.records_total, figures),
            finished_at=now,
            expires_at=now + timedelta(days=settings.BATCH_RESULT_DAYS),
            **figures,
        )
        if batch.webhook_url:
            enqueue(WEBHOOK_JOB, tenant_id=str(batch.tenant_id), batch_id=str(batch_id))
    return True


def _figures(batch_id: uuid.UUID) -> dict[str, int | Decimal]:
    ok, failed = reports.count_records([batch_id]).get(batch_id, (0, 0))
    cost_usd = reports.costs_of([batch_id]).get(batch_id, Decimal(0))
    return {"records_ok": ok, "records_failed": failed, "cost_usd": cost_usd}


def _status(total: int, figures: dict[str, int | Decimal]) -> BatchStatus:
    if figures["records_ok"] == total:
        return BatchStatus.SUCCEEDED
    return BatchStatus.FAILED if figures["records_ok"] == 0 else BatchStatus.PARTIALLY_FAILED


def finish_forgotten() -> None:
    """Finish the batches of every tenant in which nothing is left to do, and whose worker was lost before it did."""
    with all_tenants():
        open_batches = Batch.objects.filter(status__in=OPEN)
        has_work = Exists(BatchItem.objects.filter(batch=OuterRef("pk"), is_queued=True))
        forgotten = list(open_batches.filter(~has_work).values_list("id", "tenant"))
    for batch_id, tenant_id in forgotten:
        with tenant_scope(tenant_id):
            _end(batch_id, None)
