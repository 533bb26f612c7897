"""Limits on requests per minute, counted in the database for all processes together, and only where a limit is set.

The window is a minute of the clock. A burst around its end may reach twice the limit.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from tenants.access import Caller
from tenants.errors import RateLimited
from tenants.identifiers import uuid7

WINDOW_SECONDS = 60
COUNT_SQL = """
insert into tenants_requestwindow as seen (id, tenant_id, subject_id, started_at, requests)
values (%(id)s, %(tenant_id)s, %(subject_id)s, %(started_at)s, 1)
on conflict (tenant_id, subject_id) do update set
    requests = case when seen.started_at = excluded.started_at then seen.requests + 1 else 1 end,
    started_at = excluded.started_at
returning requests
"""


def count_request(caller: Caller, *, at: datetime | None = None) -> None:
    """Count a request of a limited key or tenant. Raises RateLimited over the limit. at: None means now."""
    limits = {caller.key.series_id: caller.key.requests_per_minute, caller.tenant.id: caller.tenant.requests_per_minute}
    now = at or timezone.now()
    for subject_id, limit in limits.items():
        if limit is not None and _count(caller.tenant.id, subject_id, now) > limit:
            raise RateLimited(limit, retry_after_seconds=WINDOW_SECONDS - now.second)


def _count(tenant_id: uuid.UUID, subject_id: uuid.UUID, now: datetime) -> int:
    minute = now.replace(second=0, microsecond=0)
    row: dict[str, Any] = {"id": uuid7(), "tenant_id": tenant_id, "subject_id": subject_id, "started_at": minute}
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SQL, row)
        [requests] = cursor.fetchone()
    return int(requests)
