"""Jobs: housekeeping of the ledger, health snapshots, and notices about budgets."""

import uuid

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tenants.scoping import all_tenants, tenant_scope
from usage import ledger
from usage.metrics import rollups
from usage.notices import delivery, thresholds
from usage.reports import model_health

# Repeats after 4, 16, 64, ... seconds, for six hours.
UNTIL_DELIVERED = RetryStrategy(max_attempts=7, exponential_wait=4)


@app.periodic(cron="*/5 * * * *", periodic_id="sweep_ledger")
@app.task(queueing_lock="sweep_ledger")
def sweep_ledger(timestamp: int) -> None:
    """Close the ledger rows that killed processes left open."""
    with all_tenants():
        ledger.sweep()


@app.periodic(cron="*/10 * * * *", periodic_id="roll_up_usage")
@app.task(queueing_lock="roll_up_usage")
def roll_up_usage(timestamp: int) -> None:
    """Roll up the ledger, and again the days with late rows."""
    with all_tenants():
        rollups.roll_up()


@app.periodic(cron="20 * * * *", periodic_id="take_health_snapshots")
@app.task(queueing_lock="take_health_snapshots")
def take_health_snapshots(timestamp: int) -> None:
    """Store the health of the models in the last hours."""
    with all_tenants():
        model_health.take_snapshots()


@app.periodic(cron="* * * * *", periodic_id="watch_budgets")
@app.task(queueing_lock="watch_budgets")
def watch_budgets(timestamp: int) -> None:
    """Notify people of budgets that have passed a threshold."""
    with all_tenants():
        thresholds.watch()


@app.task(retry=UNTIL_DELIVERED)
def mail_budget_notice(tenant_id: str, notice_id: str) -> None:
    """Mail a notice to the managers of a tenant."""
    with tenant_scope(uuid.UUID(tenant_id)):
        delivery.mail_notice(uuid.UUID(notice_id))


@app.task(retry=UNTIL_DELIVERED)
def post_budget_notice(tenant_id: str, notice_id: str) -> None:
    """Post a notice to the webhook of a tenant."""
    with tenant_scope(uuid.UUID(tenant_id)):
        delivery.post_notice(uuid.UUID(notice_id))
