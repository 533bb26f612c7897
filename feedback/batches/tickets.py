"""The jobs that work on batches: a limited number of slices per tenant is in the queue, whatever the tenant has sent.

A slice is a ticket with a number. At its end it queues itself again while there is work, behind the slices of other
tenants. `queue_all` replaces the tickets that were lost with their workers.
"""

import uuid

from django.db import connection

from feedback.batches import leases
from feedback.batches.models import BatchItem
from tenants.queue import count_live_workers, enqueue
from tenants.scoping import all_tenants, tenant_scope

SLICE_JOB = "feedback.batches.tasks.run_slice"
TICKETS_PER_WORKER = 3
RUNNING_SQL = """
select (job.args->>'ticket')::int from procrastinate_jobs job
join procrastinate_workers worker on worker.id = job.worker_id
where job.status = 'doing' and job.task_name = %s and job.args->>'tenant_id' = %s
and worker.last_heartbeat > now() - interval '30 seconds'
"""


def tickets_per_tenant() -> int:
    """Return how many slices of one tenant may be queued or running on all workers together."""
    return TICKETS_PER_WORKER * max(1, count_live_workers())


def queue_slices(tenant_id: uuid.UUID) -> None:
    """Queue the slices of a tenant that are missing, in the caller's transaction."""
    with tenant_scope(tenant_id):
        if not leases.has_work():
            return
        running = _running(tenant_id)
        for ticket in range(tickets_per_tenant()):
            if ticket not in running:
                _queue(tenant_id, ticket)


def queue_again(tenant_id: uuid.UUID, ticket: int) -> None:
    """Queue a slice again at its end, while its tenant has work."""
    with tenant_scope(tenant_id):
        if ticket < tickets_per_tenant() and leases.has_work():
            _queue(tenant_id, ticket)


def queue_all() -> None:
    """Queue the missing slices of every tenant."""
    with all_tenants():
        tenants = list(BatchItem.objects.filter(is_queued=True).order_by().values_list("tenant", flat=True).distinct())
    for tenant_id in tenants:
        queue_slices(tenant_id)


def _queue(tenant_id: uuid.UUID, ticket: int) -> None:
    enqueue(SLICE_JOB, queueing_lock=f"batches {tenant_id} {ticket}", tenant_id=str(tenant_id), ticket=ticket)


def _running(tenant_id: uuid.UUID) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(RUNNING_SQL, [SLICE_JOB, str(tenant_id)])
        return {ticket for (ticket,) in cursor.fetchall()}
