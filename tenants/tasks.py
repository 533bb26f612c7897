"""Housekeeping of this room, and of the job queue itself."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from tenants.rest import idempotency, refusals
from tenants.scoping import all_tenants

SECONDS_UNTIL_STALLED = 60
HOURS_FINISHED_JOBS_STAY = 7 * 24


@app.periodic(cron="17 * * * *", periodic_id="delete_expired_rows")
@app.task(queueing_lock="delete_expired_rows")
def delete_expired_rows(timestamp: int) -> None:
    """Delete the answers kept for Idempotency-Keys after their day, and refused requests after their month."""
    with all_tenants():
        idempotency.delete_expired()
        refusals.delete_old_refusals()


@app.periodic(cron="* * * * *", periodic_id="retry_stalled_jobs")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of workers that were killed to another one: their heartbeat stopped, the jobs did not end."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=SECONDS_UNTIL_STALLED):
        await jobs.retry_job(job)


@app.periodic(cron="47 3 * * *", periodic_id="delete_finished_jobs")
@app.task(queueing_lock="delete_finished_jobs", pass_context=True)
async def delete_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that ended well a week ago; failed ones stay until somebody has looked."""
    await context.app.job_manager.delete_old_jobs(nb_hours=HOURS_FINISHED_JOBS_STAY)
