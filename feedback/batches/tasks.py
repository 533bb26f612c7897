"""Jobs of batches."""

import asyncio
import uuid
from collections.abc import Sequence

from django.db import connections
from procrastinate.contrib.django import app

from feedback.batches import expiry, finishing, running, tickets, webhooks
from feedback.batches.answers import summaries
from feedback.batches.models import Batch
from tenants.scoping import tenant_scope


@app.task
async def run_slice(tenant_id: str, ticket: int) -> None:
    """Work on some records of a tenant's batches. The records are worked on by the threads of the process."""
    tenant = uuid.UUID(tenant_id)
    started = await asyncio.to_thread(_start, tenant)
    if started is not None:
        await asyncio.wrap_future(started.done)
        await asyncio.to_thread(_end, tenant, started.batch_ids, ticket)


def _start(tenant_id: uuid.UUID) -> "running.Slice | None":
    try:
        return running.start_slice(tenant_id)
    finally:
        connections.close_all()


def _end(tenant_id: uuid.UUID, batch_ids: Sequence[uuid.UUID], ticket: int) -> None:
    try:
        with tenant_scope(tenant_id):
            finishing.finish_done(batch_ids)
        tickets.queue_again(tenant_id, ticket)
    finally:
        connections.close_all()


@app.task(retry=webhooks.UntilDelivered())
def post_webhook(tenant_id: str, batch_id: str) -> None:
    """Post the message at the end of a batch, unless the batch was taken up again meanwhile."""
    with tenant_scope(uuid.UUID(tenant_id)):
        batch = Batch.objects.filter(id=uuid.UUID(batch_id)).first()
        if batch is not None and not batch.is_open and batch.webhook_url:
            webhooks.post(batch, summaries.as_json(batch))


@app.periodic(cron="* * * * * */10", periodic_id="queue_batches")
@app.task(queueing_lock="queue_batches")
def queue_batches(timestamp: int) -> None:
    """Queue slices in place of those that ended with their workers, and finish batches whose last worker was lost."""
    tickets.queue_all()
    finishing.finish_forgotten()


@app.periodic(cron="27 * * * *", periodic_id="delete_expired_batches")
@app.task(queueing_lock="delete_expired_batches")
def delete_expired_batches(timestamp: int) -> None:
    """Delete the records and results of batches that have expired."""
    expiry.delete_expired()
