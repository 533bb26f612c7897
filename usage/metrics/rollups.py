"""Rollups of days behind a watermark that late rows cannot escape.

What is older than half an hour, and than every running transaction, is rolled up: past days whole, today up to the
watermark. A ledger row that is written or closed more than a quarter of an hour after it was opened leaves a mark, by
a trigger, in its own transaction; days with a mark are read live until they have been rolled up again. The marks are
taken away first and the day is added up after, by a later statement of the same READ COMMITTED transaction: a row that
comes in between waits for the mark it updates, and marks the day again.

Who reads asks first how far the rollups reach and which version of them there is, then reads what is kept and what is
live by that answer. What is kept can be remembered by its version: a trigger makes another one of every change.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from tenants.scoping import current_scope
from usage.metrics.day_sql import (
    COLUMNS,
    LONGEST_REQUEST,
    Days,
    Dimensions,
    Span,
    grain_of,
    live_sql,
    local_day,
    start_of,
)
from usage.models import LateQuarter, LLMCall, RollupState, UsageDay

LAG = 2 * LONGEST_REQUEST
ONE_DAY = timedelta(days=1)
OLDEST_TRANSACTION_SQL = "select min(xact_start) from pg_stat_activity where pid <> pg_backend_pid()"
REACH_SQL = """
select version, rolled_until,
    array(select starts_at from usage_late_quarter where {of_scope} and starts_at >= %s and starts_at < %s)
from usage_rollupstate where time_zone = %s
"""
KEPT_SQL = """
select {names} from usage_day
where {of_scope} and grain = {grain} and day >= %s and day < %s and day <> all(%s::date[])
"""
# In the order of reading: what one table of a report needs of a day lies together, and not on a page a row.
INSERT_SQL = "insert into usage_day ({columns}) select {columns} from ({live}) as live order by grain, tenant_id"


@dataclass(frozen=True)
class Reach:
    """How far some days are rolled up, for the scope in force. None: nothing is.

    version: another one whenever what is kept changes; never the same again. late: days to be read live all the same.
    """

    version: uuid.UUID | None
    rolled_until: datetime | None
    late: tuple[date, ...] = ()


def roll_up(*, now: datetime | None = None) -> int:
    """Roll up what is old enough and the days with late rows, in the all scope; return how many days were touched."""
    until = _horizon(now or timezone.now()) - LAG
    done = 0
    while _roll_next_day(until=until):
        done += 1
    return done + _roll_late_days()


def reach_of_rollups(days: Days) -> Reach:
    """Return how far the rollups reach into some days, by one statement: what it says was true at one moment."""
    wanted = [days.starts_at - LONGEST_REQUEST, days.ends_at + LONGEST_REQUEST]
    condition, tenant = _of_scope()
    with connection.cursor() as cursor:
        cursor.execute(REACH_SQL.format(of_scope=condition), [*tenant, *wanted, timezone.get_default_timezone_name()])
        found = cursor.fetchone()
    if found is None:
        return Reach(None, None)
    version, rolled_until, moments = found
    return Reach(version, rolled_until, tuple(sorted({day for each in moments for day in _days_touched(each)})))


def kept_sql(days: Days, reach: Reach, kept: Dimensions) -> tuple[str, list[Any]]:
    """Return the statement, and its parameters, for the rows of usage/daily.py that are kept of some days at a grain.

    Another version may hold others: who reads them looks afterwards whether it still is the reach's.
    """
    condition, tenant = _of_scope()
    names, grain = ", ".join(COLUMNS), grain_of(kept)
    statement = KEPT_SQL.format(names=names, grain=grain, of_scope=condition)
    return statement, [*tenant, days.first, days.end, list(reach.late)]


def live_spans(days: Days, reach: Reach) -> Sequence[Span]:
    """Return what of some days has to be read from the ledger."""
    spans = [Span(start_of(day), start_of(day + ONE_DAY)) for day in reach.late if days.first <= day < days.end]
    begins = max(days.starts_at, reach.rolled_until) if reach.rolled_until else days.starts_at
    return [*spans, Span(begins, days.ends_at)] if begins < days.ends_at else spans


def _of_scope() -> tuple[str, list[Any]]:
    """A condition on a table's tenant: row-level security has its own, which cannot pick an index."""
    tenant_id = current_scope().tenant_id
    return ("true", []) if tenant_id is None else ("tenant_id = %s", [tenant_id])


def _days_touched(quarter: datetime) -> Iterable[date]:
    """A row also decides whether a request that began a quarter earlier has failed, and whose first row is whose."""
    return {local_day(quarter + shift) for shift in (-LONGEST_REQUEST, timedelta(0), LONGEST_REQUEST)}


def _horizon(now: datetime) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_TRANSACTION_SQL)
        (oldest,) = cursor.fetchone() or (None,)
    return min(now, oldest) if oldest else now


@transaction.atomic
def _roll_next_day(*, until: datetime) -> bool:
    """Roll up the day at the watermark, as far as it is over, and move the watermark; False when there is none left."""
    state = _locked_state()
    if state is None or state.rolled_until >= until:
        return False
    next_call = LLMCall.objects.filter(created_at__gte=state.rolled_until, created_at__lt=until).aggregate(
        at=Min("created_at")
    )["at"]
    if next_call is not None:
        day = local_day(next_call)
        _roll(day, until=until)
    state.rolled_until = until if next_call is None else min(until, start_of(day + ONE_DAY))
    state.save(update_fields=["rolled_until"])
    return next_call is not None


def _locked_state() -> RollupState | None:
    """The watermark, which one process at a time moves; None while the ledger is empty.

    There is one: rollups of the days of another time zone are thrown away.
    """
    zone = timezone.get_default_timezone_name()
    state = RollupState.objects.select_for_update().filter(time_zone=zone).first()
    first = LLMCall.objects.aggregate(at=Min("created_at"))["at"] if state is None else None
    if first is None:
        return state
    RollupState.objects.all().delete()
    UsageDay.objects.all().delete()
    return RollupState.objects.create(time_zone=zone, rolled_until=start_of(local_day(first)))


@transaction.atomic
def _roll_late_days() -> int:
    state = _locked_state()
    if state is None:
        return 0
    marks = list(LateQuarter.objects.select_for_update().values_list("id", "starts_at"))
    LateQuarter.objects.filter(id__in=[pk for pk, _ in marks]).delete()
    touched = {day for _, moment in marks for day in _days_touched(moment)}
    late = sorted(day for day in touched if start_of(day) < state.rolled_until)
    for day in late:
        _roll(day, until=state.rolled_until)
    return len(late)


def _roll(day: date, *, until: datetime) -> None:
    """Add up a day of all tenants, as far as it is before a moment."""
    UsageDay.objects.filter(day=day).delete()
    live, parameters = live_sql([Span(start_of(day), min(until, start_of(day + ONE_DAY)))])
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SQL.format(columns=", ".join(COLUMNS), live=live), parameters)
