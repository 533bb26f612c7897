"""Rollups: the ledger added up by day, up to a watermark, with marks for rows that come late.

Rows that are older than half an hour, and than every running transaction, are rolled up: past days whole, today up to
the watermark. A ledger row that is written or closed more than a quarter of an hour after it was opened leaves a mark,
by a trigger, in its own transaction; days with a mark are read live until they have been rolled up again.

The marks are deleted first and the day is added up after, by a later statement of the same READ COMMITTED transaction:
a row that comes in between waits for the mark that it updates, and marks the day again.

A reader first asks for the coverage: the version of the rollups, the watermark, and the late days. It then reads stored
and live rows by it. A trigger changes the version whenever rollups change, so that what was read can be cached by it.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from tenants.local_days import local_day, start_of_day
from tenants.scoping import current_scope
from usage.metrics.day_sql import COLUMNS, MAX_REQUEST, Span, Statement, grain_number, live_statement
from usage.metrics.dimensions import Dimensions
from usage.models import LateQuarter, LLMCall, RollupState, UsageDay
from usage.periods import Days

LAG = 2 * MAX_REQUEST
ONE_DAY = timedelta(days=1)
OLDEST_TRANSACTION_SQL = "select min(xact_start) from pg_stat_activity where pid <> pg_backend_pid()"
COVERAGE_SQL = """
select version, rolled_until,
    array(select starts_at from usage_late_quarter where {in_scope} and starts_at >= %s and starts_at < %s)
from usage_rollupstate where time_zone = %s
"""
STORED_SQL = """
select {names} from usage_day
where {in_scope} and grain = {grain} and day >= %s and day < %s and day <> all(%s::date[])
"""
# In the order of reading, so that the rows which a table of a report needs lie on few pages of the disk.
INSERT_SQL = "insert into usage_day ({columns}) select {columns} from ({live}) as live order by grain, tenant_id"


@dataclass(frozen=True)
class Coverage:
    """The progress of rollups over some days, for the scope in force.

    version: a new id for every change of the rollups. rolled_until: the watermark. Both are None while nothing is
    rolled up. late_days: days before the watermark that have to be read from the ledger.
    """

    version: uuid.UUID | None
    rolled_until: datetime | None
    late_days: tuple[date, ...] = ()


def roll_up(*, now: datetime | None = None) -> int:
    """Roll up the ledger as far as it is old enough, and the days with late rows; return the number of days.

    Must run in the scope of all tenants.
    """
    until = _horizon(now or timezone.now()) - LAG
    count = 0
    while _roll_next_day(until=until):
        count += 1
    return count + _roll_late_days()


def rollup_coverage(days: Days) -> Coverage:
    """Return how far the rollups reach into some days. One statement reads it, so that it is true at one moment."""
    wanted = [days.starts_at - MAX_REQUEST, days.ends_at + MAX_REQUEST]
    condition, tenant = _in_scope()
    statement = COVERAGE_SQL.format(in_scope=condition)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*tenant, *wanted, timezone.get_default_timezone_name()])
        row = cursor.fetchone()
    if row is None:
        return Coverage(None, None)
    version, rolled_until, quarters = row
    return Coverage(version, rolled_until, tuple(sorted(_days_touched(quarters))))


def stored_statement(days: Days, coverage: Coverage, grain: Dimensions) -> Statement:
    """Return the statement for the stored rows of some days, at a grain.

    It may read another version than that of the coverage: the reader compares versions afterwards.
    """
    condition, tenant = _in_scope()
    statement = STORED_SQL.format(names=", ".join(COLUMNS), grain=grain_number(grain), in_scope=condition)
    return statement, [*tenant, days.first, days.end, list(coverage.late_days)]


def live_spans(days: Days, coverage: Coverage) -> Sequence[Span]:
    """Return the parts of some days that have to be read from the ledger."""
    late = [_span_of(day) for day in coverage.late_days if days.first <= day < days.end]
    begins = max(days.starts_at, coverage.rolled_until) if coverage.rolled_until else days.starts_at
    return [*late, Span(begins, days.ends_at)] if begins < days.ends_at else late


def _in_scope() -> Statement:
    """Return a condition on the tenant. PostgreSQL picks no index by the condition of row-level security."""
    tenant_id = current_scope().tenant_id
    return ("true", []) if tenant_id is None else ("tenant_id = %s", [tenant_id])


def _span_of(day: date) -> Span:
    return Span(start_of_day(day), start_of_day(day + ONE_DAY))


def _days_touched(quarters: Iterable[datetime]) -> set[date]:
    """Return the days whose figures depend on rows of some quarters of an hour.

    The days of neighbouring quarters are among them: a row decides which row of its request is the first, and whether
    the request has failed.
    """
    shifts = (-MAX_REQUEST, timedelta(0), MAX_REQUEST)
    return {local_day(quarter + shift) for quarter in quarters for shift in shifts}


def _horizon(now: datetime) -> datetime:
    """Return the moment before which no running transaction can add rows."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_TRANSACTION_SQL)
        (oldest,) = cursor.fetchone() or (None,)
    return min(now, oldest) if oldest else now


@transaction.atomic
def _roll_next_day(*, until: datetime) -> bool:
    """Roll up the day at the watermark, as far as it is over, and move the watermark; False when nothing is left."""
    state = _locked_state()
    if state is None or state.rolled_until >= until:
        return False
    calls = LLMCall.objects.filter(created_at__gte=state.rolled_until, created_at__lt=until)
    next_call = calls.aggregate(at=Min("created_at"))["at"]
    if next_call is None:
        state.rolled_until = until
    else:
        day = local_day(next_call)
        _roll(day, until=until)
        state.rolled_until = min(until, start_of_day(day + ONE_DAY))
    state.save(update_fields=["rolled_until"])
    return next_call is not None


def _locked_state() -> RollupState | None:
    """Lock and return the watermark; None while the ledger is empty.

    Rollups of the days of another time zone are deleted, and begin again.
    """
    zone = timezone.get_default_timezone_name()
    state = RollupState.objects.select_for_update().filter(time_zone=zone).first()
    if state is not None:
        return state
    first = LLMCall.objects.aggregate(at=Min("created_at"))["at"]
    if first is None:
        return None
    RollupState.objects.all().delete()
    UsageDay.objects.all().delete()
    return RollupState.objects.create(time_zone=zone, rolled_until=start_of_day(local_day(first)))


@transaction.atomic
def _roll_late_days() -> int:
    state = _locked_state()
    if state is None:
        return 0
    marks = list(LateQuarter.objects.select_for_update().values_list("id", "starts_at"))
    LateQuarter.objects.filter(id__in=[pk for pk, _ in marks]).delete()
    touched = _days_touched(quarter for _, quarter in marks)
    late = sorted(day for day in touched if start_of_day(day) < state.rolled_until)
    for day in late:
        _roll(day, until=state.rolled_until)
    return len(late)


def _roll(day: date, *, until: datetime) -> None:
    """Add up a day of all tenants, as far as it is before a moment."""
    UsageDay.objects.filter(day=day).delete()
    span = _span_of(day)
    live, parameters = live_statement([Span(span.starts_at, min(until, span.ends_at))])
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SQL.format(columns=", ".join(COLUMNS), live=live), parameters)
