"""Rollups of whole days behind a watermark that late rows cannot escape.

A day is rolled up once it ended half an hour ago and no transaction is older than that. A ledger row that is written or
closed more than a quarter of an hour after it was opened leaves a mark, by a trigger, in its own transaction; days with
a mark are read live until they have been rolled up again. The marks are taken away first and the day is added up after,
by a later statement of the same READ COMMITTED transaction: a row that comes in between waits for the mark it updates,
and marks the day again.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from tenants.scoping import current_scope, tenant_scope
from usage.daily import COLUMNS, LONGEST_REQUEST, Days, live_sql, spans_of, start_of
from usage.models import LateQuarter, LLMCall, RollupState, UsageDay

LAG = 2 * LONGEST_REQUEST
OLDEST_TRANSACTION_SQL = "select min(xact_start) from pg_stat_activity where pid <> pg_backend_pid()"
INSERT_SQL = "insert into usage_day ({columns}) select {columns} from ({live}) as live"


def roll_up(*, now: datetime | None = None) -> int:
    """Roll up the days that are over and those with late rows, in the all scope; return how many days were."""
    last = _local_day(_horizon(now or timezone.now()) - LAG)
    done = 0
    while _roll_next_day(until=last):
        done += 1
    return done + _roll_late_days()


def daily_relation(days: Days) -> tuple[str, list[Any]]:
    """Return a statement that gives the rows of usage/daily.py for some days: rolled up where it can, else live."""
    late = late_days(days)
    until = rolled_until()
    live = [day for day in days if until is None or day >= until or day in late]
    kept = [day for day in days if day not in set(live)]
    statement, parameters = live_sql(spans_of(live))
    return (statement, parameters) if not kept else _with_rollups(statement, parameters, kept)


def _with_rollups(live: str, parameters: list[Any], kept: list[date]) -> tuple[str, list[Any]]:
    tenant_id = current_scope().tenant_id
    of_tenant, of_tenant_parameters = ("true", []) if tenant_id is None else ("tenant_id = %s", [tenant_id])
    names = ", ".join(COLUMNS)
    stored = f"select {names} from usage_day where {of_tenant} and day = any(%s)"  # noqa: S608 (our own columns)
    joined = f"select {names} from ({live}) as live union all {stored}"  # noqa: S608
    return joined, [*parameters, *of_tenant_parameters, kept]


def rolled_until() -> date | None:
    """The day the rollups end before; None when there are none for this time zone."""
    state = RollupState.objects.filter(time_zone=timezone.get_default_timezone_name()).first()
    return state.rolled_until if state else None


def late_days(days: Days) -> set[date]:
    """Days of the scope in force with rows that came after they were rolled up."""
    near = LateQuarter.objects.filter(
        starts_at__gte=days.starts_at - LONGEST_REQUEST, starts_at__lt=days.ends_at + LONGEST_REQUEST
    )
    return {day for moment in near.values_list("starts_at", flat=True) for day in _days_touched(moment)}


def _days_touched(quarter: datetime) -> Iterable[date]:
    """A row also decides whether a request that began a quarter earlier has failed, and whose first row is whose."""
    return {_local_day(quarter + shift) for shift in (-LONGEST_REQUEST, timedelta(0), LONGEST_REQUEST)}


def _local_day(moment: datetime) -> date:
    return moment.astimezone(timezone.get_default_timezone()).date()


def _horizon(now: datetime) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_TRANSACTION_SQL)
        (oldest,) = cursor.fetchone() or (None,)
    return min(now, oldest) if oldest else now


@transaction.atomic
def _roll_next_day(*, until: date) -> bool:
    """Roll up the day at the watermark and move it on; False when it has reached the end."""
    state = _locked_state()
    if state is None or state.rolled_until >= until:
        return False
    next_call = LLMCall.objects.filter(created_at__gte=start_of(state.rolled_until)).aggregate(at=Min("created_at"))
    day = min(_local_day(next_call["at"]), until) if next_call["at"] else until
    has_day = day < until
    if has_day:
        UsageDay.objects.filter(day=day).delete()
        _insert([Days(day, day + timedelta(days=1))])
    state.rolled_until = day + timedelta(days=1) if has_day else until
    state.save(update_fields=["rolled_until"])
    return has_day


def _locked_state() -> RollupState | None:
    """The watermark, which one process at a time moves; None while the ledger is empty."""
    first = LLMCall.objects.aggregate(at=Min("created_at"))["at"]
    if first is None:
        return None
    zone = timezone.get_default_timezone_name()
    RollupState.objects.get_or_create(time_zone=zone, defaults={"rolled_until": _local_day(first)})
    return RollupState.objects.select_for_update().get(time_zone=zone)


@transaction.atomic
def _roll_late_days() -> int:
    until = rolled_until()
    if until is None:
        return 0
    marks = list(LateQuarter.objects.select_for_update().values_list("id", "tenant_id", "starts_at"))
    LateQuarter.objects.filter(id__in=[pk for pk, _, _ in marks]).delete()
    late = {(tenant_id, day) for _, tenant_id, moment in marks for day in _days_touched(moment) if day < until}
    for tenant_id, day in sorted(late):
        with tenant_scope(tenant_id):
            UsageDay.objects.filter(day=day).delete()
            _insert([Days(day, day + timedelta(days=1))])
    return len(late)


def _insert(spans: list[Days]) -> None:
    live, parameters = live_sql(spans)
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SQL.format(columns=", ".join(COLUMNS), live=live), parameters)
