"""The state of budgets, as pages and notices show it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from tenants.identifiers import uuid_or_none
from tenants.local_days import local_day, start_of_day
from tenants.scoping import tenant_scope
from tenants.services import names_of_keys
from usage.budgets import period_end, period_start, spent_since
from usage.models import Budget, BudgetPeriod, BudgetSubject, Rank

NOTICE_SHARE = 0.7


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
    start, end = start_of_day(starts_on), start_of_day(period_end(budget, starts_on))
    share = float(budget.limit_usd / spent)
    if (now - start).total_seconds() * share >= (end - start).total_seconds():
        return None
    return local_day(start + (now - start) * share)
