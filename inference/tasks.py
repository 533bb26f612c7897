"""Jobs: housekeeping of cached embeddings."""

from procrastinate.contrib.django import app

from inference.embeddings import cache
from tenants.scoping import all_tenants


@app.periodic(cron="40 3 * * *", periodic_id="forget_unused_embeddings")
@app.task(queueing_lock="forget_unused_embeddings")
def forget_unused_embeddings(timestamp: int) -> None:
    """Delete the vectors that no call has read for a while."""
    with all_tenants():
        cache.forget_unused()
