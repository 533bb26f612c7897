"""Jobs of imports. Their arguments are ids."""

import uuid

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from feedback.imports import running, services, undoing
from tenants.scoping import all_tenants

MAX_ATTEMPTS = 5
GAVE_UP = "The import failed several times, and was stopped. What it stored before stays."


@app.task(
    name="feedback.imports.tasks.import_file", retry=RetryStrategy(max_attempts=MAX_ATTEMPTS, wait=5), pass_context=True
)
def import_file(context: JobContext, tenant_id: str, run_id: str) -> None:
    """Import the rest of a file. After MAX_ATTEMPTS errors in a row of attempts the import has failed."""
    try:
        running.run_import(uuid.UUID(tenant_id), uuid.UUID(run_id))
    except Exception:
        if context.job.attempts >= MAX_ATTEMPTS:
            running.fail_import(uuid.UUID(tenant_id), uuid.UUID(run_id), GAVE_UP)
        raise


@app.periodic(cron="* * * * *", periodic_id="queue_forgotten_imports")
@app.task(name="feedback.imports.tasks.queue_forgotten", queueing_lock="queue_forgotten_imports")
def queue_forgotten(timestamp: int) -> None:
    """Continue imports whose process was killed."""
    with all_tenants():
        services.queue_forgotten()


@app.periodic(cron="37 * * * *", periodic_id="delete_old_import_drafts")
@app.task(name="feedback.imports.tasks.delete_old_drafts", queueing_lock="delete_old_import_drafts")
def delete_old_drafts(timestamp: int) -> None:
    """Delete files whose import was never confirmed."""
    with all_tenants():
        services.delete_old_drafts()


@app.task(name="feedback.imports.tasks.undo_file", retry=RetryStrategy(max_attempts=MAX_ATTEMPTS, wait=5))
def undo_file(tenant_id: str, run_id: str, actor_id: str) -> None:
    """Take back an import."""
    undoing.undo_import(uuid.UUID(tenant_id), uuid.UUID(run_id), actor_id)
