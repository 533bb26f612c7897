"""Housekeeping of the ledger."""

from procrastinate.contrib.django import app

from tenants.scoping import all_tenants
from usage import ledger, rollups


@app.periodic(cron="*/5 * * * *", periodic_id="sweep_ledger")
@app.task(queueing_lock="sweep_ledger")
def sweep_ledger(timestamp: int) -> None:
    """Account for the model calls that a killed process left open."""
    with all_tenants():
        ledger.sweep()


@app.periodic(cron="*/10 * * * *", periodic_id="roll_up_usage")
@app.task(queueing_lock="roll_up_usage")
def roll_up_usage(timestamp: int) -> None:
    """Add up the days that are over, and those that got late rows."""
    with all_tenants():
        rollups.roll_up()
