"""Store the number of redaction findings by day, operation and kind. No values are stored."""

import logging
from typing import NamedTuple

from django.db import DatabaseError

from inference.models import Finding
from inference.redaction import RedactionSession
from tenants.local_days import today
from tenants.postgresql.prepared import execute_prepared
from tenants.scoping import current_tenant_id

logger = logging.getLogger(__name__)

# Sorted, so that two requests of a tenant lock rows in the same order. Commits asynchronously, because a count may be
# lost in a crash.
ADD_SQL = """
with without_waiting_for_the_disk as (select set_config('synchronous_commit', 'off', true))
insert into inference_privacycount (tenant_id, day, operation, finding, kind, count)
select %s::uuid, %s::date, %s, found.finding, found.kind, found.count
from without_waiting_for_the_disk, unnest(%s::text[], %s::text[], %s::int[]) as found (finding, kind, count)
order by found.finding, found.kind
on conflict (tenant_id, day, operation, finding, kind)
do update set count = inference_privacycount.count + excluded.count
"""


class Count(NamedTuple):
    """kind: the type of the entity or of the injection; "" for records that could identify a person."""

    finding: str
    kind: str
    times: int


def counts_of(session: RedactionSession) -> list[Count]:
    """Return the counts of all findings of a session so far."""
    by_kind = {
        Finding.REDACTED: session.counts,
        Finding.MASKED: session.masked,
        Finding.REPAIRED: session.repaired,
        Finding.NEUTRALISED: session.neutralised,
    }
    counts = [Count(finding, kind, count) for finding, kinds in by_kind.items() for kind, count in kinds.items()]
    if session.could_identify:
        counts.append(Count(Finding.COULD_IDENTIFY, "", session.could_identify))
    return counts


def add_counts(operation: str, session: RedactionSession) -> None:
    """Add the findings of an operation's redaction to the tenant's counts of the day. Call it once, at its end."""
    counts = counts_of(session)
    if not counts:
        return
    findings, kinds, numbers = zip(*counts, strict=True)
    try:
        day = [current_tenant_id(), today(), operation]
        execute_prepared(ADD_SQL, [*day, list(findings), list(kinds), list(numbers)])
    except DatabaseError as error:  # the answer has been paid for and is returned without its counts
        failure = type(error).__name__
        logger.error("Privacy counts of a call were not kept: %s", failure)  # noqa: TRY400 (a traceback quotes SQL)
