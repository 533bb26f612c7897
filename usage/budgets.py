"""Budgets: reserve the worst case of a call before it is made, and return the unspent part after it.

A period stores one sum: the cost of finished calls, and the worst case of running calls and of those whose outcome is
unknown. The worst case is reserved in the transaction that opens the ledger row, and settled in the one that closes it.
So a process that is killed leaves its worst case in both.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.functions import Coalesce, Least

from tenants.caching import cached_by_tenant
from tenants.local_days import local_day, start_of_day
from usage.errors import BudgetExceeded, CeilingReached, ModelHasNoPrice
from usage.models import Budget, BudgetPeriod, BudgetSpan, BudgetSubject, CostCeiling, LLMCall, Rank
from usage.ranking import rank_of

CACHE_SECONDS = 10.0
PERIODS_CACHE_SECONDS = 3600.0


@dataclass(frozen=True)
class Spending:
    """A call as budgets see it. cost_usd: its worst case; None when the model has no price.

    batch_id: of the batch that the call belongs to, which may have a ceiling of its own.
    """

    operation: str
    model: str
    api_key_id: uuid.UUID | None
    cost_usd: Decimal | None
    batch_id: uuid.UUID | None = None


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
    """An amount that was reserved in some periods, and in the ceiling of a batch."""

    period_ids: Sequence[uuid.UUID] = ()
    cost_usd: Decimal = Decimal(0)
    ceiling_id: uuid.UUID | None = None


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


def set_ceiling(*, batch_id: uuid.UUID, limit_usd: Decimal) -> None:
    """Give a batch of the tenant in scope a ceiling, before its first call."""
    CostCeiling.objects.create(batch_id=batch_id, limit_usd=limit_usd)


@cached_by_tenant(seconds=PERIODS_CACHE_SECONDS)
def ceiling_of(batch_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id of a batch's ceiling; None without one, which never changes."""
    ceiling_id: uuid.UUID | None = CostCeiling.objects.filter(batch_id=batch_id).values_list("id", flat=True).first()
    return ceiling_id


def reserve(spending: Spending, limits: Sequence[Limit], ceiling_id: uuid.UUID | None = None) -> Reservation:
    """Reserve the worst case of a call in every budget and in the ceiling, in the caller's transaction.

    Raises BudgetExceeded and CeilingReached, after which the transaction must be rolled back, and ModelHasNoPrice.
    """
    if spending.cost_usd is None:
        if ceiling_id or any(limit.budget.refuses_unpriced_models for limit in limits):
            raise ModelHasNoPrice
        return Reservation()
    for limit in limits:
        maximum = limit.usable_usd - spending.cost_usd
        period = BudgetPeriod.objects.filter(id=limit.period_id, spent_usd__lte=maximum)
        if not period.update(spent_usd=F("spent_usd") + spending.cost_usd):
            _refuse(limit)
    if ceiling_id is not None:
        ceiling = CostCeiling.objects.filter(id=ceiling_id, spent_usd__lte=F("limit_usd") - spending.cost_usd)
        if not ceiling.update(spent_usd=F("spent_usd") + spending.cost_usd):
            raise CeilingReached
    return Reservation([limit.period_id for limit in limits], spending.cost_usd, ceiling_id)


def settle(reservation: Reservation, *, cost_usd: Decimal) -> None:
    """Replace the reserved worst case by the cost of the call, in the caller's transaction."""
    difference = cost_usd - reservation.cost_usd
    for period_id in reservation.period_ids:
        BudgetPeriod.objects.filter(id=period_id).update(spent_usd=F("spent_usd") + difference)
    if reservation.ceiling_id is not None:
        # A provider that bills more than the worst case is shown by the ledger; the ceiling only ends further calls.
        spent = Least(F("spent_usd") + difference, F("limit_usd"))
        CostCeiling.objects.filter(id=reservation.ceiling_id).update(spent_usd=spent)


def period_end(budget: Budget, starts_on: date) -> date:
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
