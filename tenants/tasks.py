"""Periodic jobs of this room and of the job queue."""

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from tenants.rest import idempotency, refusals
from tenants.scoping import all_tenants

STALLED_AFTER_SECONDS = 30  # three heartbeats
RETENTION_HOURS = 7 * 24


@app.periodic(cron="17 * * * *", periodic_id="delete_expired_rows")
@app.task(queueing_lock="delete_expired_rows")
def delete_expired_rows(timestamp: int) -> None:
    """Delete answers to Idempotency-Keys after a day, and refused requests after RETENTION_DAYS."""
    with all_tenants():
        idempotency.delete_expired()
        refusals.delete_old_refusals()


@app.periodic(cron="* * * * * */10", periodic_id="retry_stalled_jobs")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Retry the jobs of killed workers, whose heartbeat stopped before their jobs ended."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        try:
            await jobs.retry_job(job)
        except UniqueViolation:  # the same job is waiting in the queue already
            await jobs.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="47 3 * * *", periodic_id="delete_finished_jobs")
@app.task(queueing_lock="delete_finished_jobs", pass_context=True)
async def delete_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that succeeded a week ago. Failed jobs stay until somebody has looked at them."""
    await context.app.job_manager.delete_old_jobs(nb_hours=RETENTION_HOURS)
