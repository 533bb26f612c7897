"""Housekeeping of the ledger."""

from procrastinate.contrib.django import app

from tenants.scoping import all_tenants
from usage import ledger


@app.periodic(cron="*/5 * * * *", periodic_id="sweep_ledger")
@app.task(queueing_lock="sweep_ledger")
def sweep_ledger(timestamp: int) -> None:
    """Account for the model calls that a killed process left open."""
    with all_tenants():
        ledger.sweep()
