"""Rollups of days behind a watermark that late rows cannot escape.

What is older than half an hour, and than every running transaction, is rolled up: past days whole, today up to the
watermark. A ledger row that is written or closed more than a quarter of an hour after it was opened leaves a mark, by
a trigger, in its own transaction; days with a mark are read live until they have been rolled up again. The marks are
taken away first and the day is added up after, by a later statement of the same READ COMMITTED transaction: a row that
comes in between waits for the mark it updates, and marks the day again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from tenants.scoping import current_scope
from usage.daily import COLUMNS, LONGEST_REQUEST, Days, Dimensions, Span, grain_of, live_sql, start_of
from usage.models import LateQuarter, LLMCall, RollupState, UsageDay

LAG = 2 * LONGEST_REQUEST
ONE_DAY = timedelta(days=1)
OLDEST_TRANSACTION_SQL = "select min(xact_start) from pg_stat_activity where pid <> pg_backend_pid()"
KEPT_SQL = (
    "day >= %s and day < %s and day <> all(%s::date[])"
    " and day < (select rolled_until at time zone time_zone from usage_rollupstate where time_zone = %s)"
)
INSERT_SQL = "insert into usage_day ({columns}) select {columns} from ({live}) as live"


@dataclass(frozen=True)
class Relation:
    """The rows of usage/daily.py for some days and grains: those of a statement called `live`, and those rolled up.

    live_sql: empty where all of the days are rolled up.
    """

    live_sql: str
    live_parameters: list[Any]
    kept_condition: str
    kept_parameters: list[Any]

    def rows_of(self, kept: Dimensions) -> tuple[str, list[Any]]:
        """Return a statement, and its parameters, for the rows of one grain, beside a CTE called `live`."""
        names, grain = ", ".join(COLUMNS), grain_of(kept)
        rolled_up = f"select {names} from usage_day where grain = {grain} and {self.kept_condition}"  # noqa: S608 (ours)
        live = f" union all select {names} from live where grain = {grain}" if self.live_sql else ""  # noqa: S608 (ours)
        return rolled_up + live, self.kept_parameters


def roll_up(*, now: datetime | None = None) -> int:
    """Roll up what is old enough and the days with late rows, in the all scope; return how many days were touched."""
    until = _horizon(now or timezone.now()) - LAG
    done = 0
    while _roll_next_day(until=until):
        done += 1
    return done + _roll_late_days()


def daily_relation(days: Days, grains: Collection[Dimensions]) -> Relation:
    """Return how to read the ledger for some days at some grains: rolled up where it can, else live.

    How far the rollups reach is read by the statement itself: a roll-up between two statements changes no total.
    """
    late = sorted(late_days(days) & set(days))
    zone = timezone.get_default_timezone_name()
    state = RollupState.objects.filter(time_zone=zone).first()
    spans = [_span_of(day) for day in late]
    if state is None or state.rolled_until < days.ends_at:  # it only ever moves on
        spans.append(Span(days.starts_at, days.ends_at, after_rollups=True))
    live, live_parameters = live_sql(spans, grains) if spans else ("", [])
    parameters: list[Any] = [days.first, days.end, late, zone]
    tenant_id = current_scope().tenant_id
    if tenant_id is None:
        return Relation(live, live_parameters, KEPT_SQL, parameters)
    return Relation(live, live_parameters, f"tenant_id = %s and {KEPT_SQL}", [tenant_id, *parameters])


def _span_of(day: date) -> Span:
    return Span(start_of(day), start_of(day + ONE_DAY))


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
def _roll_next_day(*, until: datetime) -> bool:
    """Roll up the day at the watermark, as far as it is over, and move the watermark; False when there is none left."""
    state = _locked_state()
    if state is None or state.rolled_until >= until:
        return False
    next_call = LLMCall.objects.filter(created_at__gte=state.rolled_until, created_at__lt=until).aggregate(
        at=Min("created_at")
    )["at"]
    if next_call is not None:
        day = _local_day(next_call)
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
    return RollupState.objects.create(time_zone=zone, rolled_until=start_of(_local_day(first)))


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
