"""Put jobs into the queue in the caller's transaction, also from within a job.

Inside a worker, procrastinate's own `defer` uses connections of the worker, which know nothing of our transaction.
"""

import functools
from typing import Any

from django.db import connection, transaction
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued

LIVE_WORKERS_SQL = "select count(*) from procrastinate_workers where last_heartbeat > now() - interval '30 seconds'"


def enqueue(task_name: str, *, queueing_lock: str | None = None, priority: int = 0, **ids: Any) -> bool:
    """Put a job into the queue; return False when one with the same queueing_lock is waiting there.

    ids: arguments of the job, which are stored in clear: ids and numbers only.
    """
    task = _app_in_transaction().configure_task(task_name, queueing_lock=queueing_lock, priority=priority)
    try:
        with transaction.atomic():
            task.defer(**ids)
    except AlreadyEnqueued:
        return False
    return True


@functools.cache
def _app_in_transaction() -> App:
    return app.with_connector(DjangoConnector())


def count_live_workers() -> int:
    """Return the number of job workers, on all machines, that have been heard of lately."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE_WORKERS_SQL)
        [count] = cursor.fetchone()
    return int(count)
