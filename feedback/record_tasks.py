"""Periodic jobs on stored records."""

from procrastinate.contrib.django import app

from feedback.services import erase_old_records, erase_raw_texts
from tenants.models import Tenant
from tenants.scoping import all_tenants

ACTOR = "job:delete_old_records"


@app.periodic(cron="7 2 * * *", periodic_id="delete_old_records")
@app.task(queueing_lock="delete_old_records")
def delete_old_records(timestamp: int) -> None:
    """Erase records after their tenant's retention, and raw text that the tenant's policy no longer allows."""
    with all_tenants():
        tenants = list(Tenant.objects.organisations().exclude(retention_days=None))
        erase_raw_texts()
    for tenant in tenants:
        erase_old_records(tenant, actor_id=ACTOR)
