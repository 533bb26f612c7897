"""Budgets: reserve the worst case of a call before it is made, and return the unspent part after it.

A period stores one sum: the cost of finished calls, and the worst case of running calls and of those whose outcome is
unknown. The worst case is reserved in the transaction that opens the ledger row, and settled in the one that closes it.
So a process that is killed leaves its worst case in both.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from tenants.caching import cached_by_tenant
from tenants.identifiers import uuid_or_none
from tenants.local_days import local_day, start_of_day
from tenants.scoping import tenant_scope
from tenants.services import names_of_keys
from usage.errors import BudgetExceeded, ModelHasNoPrice
from usage.models import Budget, BudgetPeriod, BudgetSpan, BudgetSubject, LLMCall, Rank
from usage.ranking import rank_of

NOTICE_SHARE = 0.7
CACHE_SECONDS = 10.0
PERIODS_CACHE_SECONDS = 3600.0


@dataclass(frozen=True)
class Spending:
    """A call as budgets see it. cost_usd: its worst case; None when the model has no price."""

    operation: str
    model: str
    api_key_id: uuid.UUID | None
    cost_usd: Decimal | None


@dataclass(frozen=True)
class Limit:
    """A budget that a call falls under, the budget's current period, and the rank of the call."""

    budget: Budget
    period_id: uuid.UUID
    rank: Rank

    @property
    def usable_usd(self) -> Decimal:
        return self.budget.part_for(self.rank)


@dataclass(frozen=True)
class Reservation:
    """An amount that was reserved in some periods."""

    period_ids: Sequence[uuid.UUID] = ()
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True)
class BudgetState:
    """The state of a budget. ends_on: the day on which it will be spent at this rate; None when not in this period."""

    budget: Budget
    spent_usd: Decimal
    ends_on: date | None

    @property
    def left_usd(self) -> Decimal:
        return max(self.budget.limit_usd - self.spent_usd, Decimal(0))

    @property
    def subject_name(self) -> str:
        """The name of the subject that people know."""
        return names_of_subjects([self.budget])[self.budget.id]

    @property
    def stopped_ranks(self) -> Sequence[Rank]:
        return [rank for rank in Rank if self.spent_usd >= self.budget.part_for(rank)]

    @property
    def share(self) -> float:
        return float(self.spent_usd / self.budget.limit_usd) if self.budget.limit_usd else 1.0


def limits_on(spending: Spending, moment: datetime) -> Sequence[Limit]:
    """Return the budgets of the tenant in scope that a call falls under, always in the same order.

    A missing period is created here, outside the transaction that reserves in it.
    """
    wanted = {
        BudgetSubject.TENANT: "",
        BudgetSubject.API_KEY: str(spending.api_key_id),
        BudgetSubject.OPERATION: spending.operation,
        BudgetSubject.MODEL: spending.model,
    }
    falls_under = [
        budget for budget in _budgets_in_force() if budget.subject_value == wanted[BudgetSubject(budget.subject)]
    ]
    if not falls_under:
        return []
    rank = rank_of(spending.operation)
    return [Limit(budget, _period_id(budget, period_start(budget, moment)), rank) for budget in falls_under]


def reserve(spending: Spending, limits: Sequence[Limit]) -> Reservation:
    """Reserve the worst case of a call in every budget, in the caller's transaction.

    Raises BudgetExceeded, after which the transaction must be rolled back, and ModelHasNoPrice.
    """
    if spending.cost_usd is None:
        if any(limit.budget.refuses_unpriced_models for limit in limits):
            raise ModelHasNoPrice
        return Reservation()
    for limit in limits:
        maximum = limit.usable_usd - spending.cost_usd
        period = BudgetPeriod.objects.filter(id=limit.period_id, spent_usd__lte=maximum)
        if not period.update(spent_usd=F("spent_usd") + spending.cost_usd):
            _refuse(limit)
    return Reservation([limit.period_id for limit in limits], spending.cost_usd)


def settle(reservation: Reservation, *, cost_usd: Decimal) -> None:
    """Replace the reserved worst case by the cost of the call, in the caller's transaction."""
    for period_id in reservation.period_ids:
        BudgetPeriod.objects.filter(id=period_id).update(spent_usd=F("spent_usd") + (cost_usd - reservation.cost_usd))


def state_of(budget: Budget, moment: datetime | None = None) -> BudgetState:
    """Return the state of a budget now, in the scope in force."""
    now = moment or timezone.now()
    starts_on = period_start(budget, now)
    period = BudgetPeriod.objects.filter(budget=budget, starts_on=starts_on).first()
    with tenant_scope(budget.tenant_id):
        spent = period.spent_usd if period else spent_since(budget, starts_on)
    return BudgetState(budget, spent, _projected_end(budget, spent, starts_on, now))


def names_of_subjects(budgets: Sequence[Budget]) -> Mapping[uuid.UUID, str]:
    """Return the names of budgets' subjects by the budgets' ids, in one query. A key that was deleted has its id."""
    values = {budget.id: budget.subject_value for budget in budgets}
    keys = [uuid_or_none(budget.subject_value) for budget in budgets if budget.subject == BudgetSubject.API_KEY]
    names = {str(pk): name for pk, name in names_of_keys(filter(None, keys)).items()}
    return {budget_id: names.get(value, value) for budget_id, value in values.items()}


def _projected_end(budget: Budget, spent: Decimal, starts_on: date, now: datetime) -> date | None:
    """Return the day on which the budget is spent at the rate since the period's start; None when not in the period."""
    if spent <= 0:
        return None
    start, end = start_of_day(starts_on), start_of_day(_period_end(budget, starts_on))
    share = float(budget.limit_usd / spent)
    if (now - start).total_seconds() * share >= (end - start).total_seconds():
        return None
    return local_day(start + (now - start) * share)


def _period_end(budget: Budget, starts_on: date) -> date:
    """Return the first day of the next period."""
    if budget.span == BudgetSpan.DAY:
        return starts_on + timedelta(days=1)
    return (starts_on + timedelta(days=31)).replace(day=1)


def period_start(budget: Budget, moment: datetime) -> date:
    """Return the first day of the period that a moment is in, in the site's time zone."""
    day = local_day(moment)
    return day.replace(day=1) if budget.span == BudgetSpan.MONTH else day


def spent_since(budget: Budget, starts_on: date) -> Decimal:
    """Add up the cost of a budget's calls in the ledger since a day, pending and unknown ones at their worst case."""
    columns = {BudgetSubject.API_KEY: "api_key_id", BudgetSubject.OPERATION: "operation"}
    columns[BudgetSubject.MODEL] = "request_model"
    calls = LLMCall.objects.filter(created_at__gte=start_of_day(starts_on))
    if budget.subject != BudgetSubject.TENANT:
        calls = calls.filter(**{columns[BudgetSubject(budget.subject)]: budget.subject_value})
    spent: Decimal = calls.aggregate(spent=Coalesce(Sum("cost_usd"), Decimal(0)))["spent"]
    return spent


@cached_by_tenant(seconds=CACHE_SECONDS)
def _budgets_in_force() -> Sequence[Budget]:
    return tuple(Budget.objects.order_by("id"))


@cached_by_tenant(seconds=PERIODS_CACHE_SECONDS)
def _period_id(budget: Budget, starts_on: date) -> uuid.UUID:
    """Return the id of a budget's period. A new one starts at the cost of its calls in the ledger so far."""
    period, _ = BudgetPeriod.objects.get_or_create(
        budget_id=budget.id, starts_on=starts_on, defaults={"spent_usd": lambda: spent_since(budget, starts_on)}
    )
    period_id: uuid.UUID = period.id
    return period_id


def _refuse(limit: Limit) -> None:
    period = BudgetPeriod.objects.filter(id=limit.period_id).first()
    if period is None:  # the budget was deleted meanwhile
        return
    raise BudgetExceeded(
        subject=limit.budget.subject,
        rank=limit.rank,
        period=limit.budget.span,
        period_id=period.id,
        period_start=period.starts_on,
        limit_usd=limit.budget.limit_usd,
        left_usd=max(limit.usable_usd - period.spent_usd, Decimal(0)),
    )
