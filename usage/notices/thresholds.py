"""What people are told about budgets: once for each reason and period, whatever runs at once.

A row of BudgetNotice is the right to tell; the database lets only one be made. Delivery is a job of its own for each
way, deferred in the transaction that makes the row. A budget that jumps over several thresholds is told of once, of the
highest. Spending counts as budgets count it: the worst case of running calls is in it.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app

from tenants.caching import cached_by_tenant
from tenants.local_days import today
from tenants.scoping import tenant_scope
from usage.errors import BudgetExceeded
from usage.models import BudgetNotice, BudgetPeriod, BudgetSpan, BudgetWebhook, NoticeReason, Rank

THRESHOLDS = ((NoticeReason.SPENT_70, 70), (NoticeReason.SPENT_90, 90), (NoticeReason.SPENT_100, 100))
STOPPED = {Rank.LOW: NoticeReason.LOW_STOPPED, Rank.NORMAL: NoticeReason.NORMAL_STOPPED}
MAIL_JOB = "usage.tasks.mail_budget_notice"
POST_JOB = "usage.tasks.post_budget_notice"
REFUSALS_CACHE_SECONDS = 3600.0


def watch() -> int:
    """Tell of the thresholds that running periods have passed, in the scope in force; return how many were new."""
    told = 0
    for period in _running_periods():
        percent_spent = 100 * period.spent_usd / period.budget.limit_usd
        passed = [reason for reason, percent in THRESHOLDS if percent_spent >= percent]
        told += len(tell(period, passed))
    return told


def note_refusal(refused: BudgetExceeded) -> None:
    """Tell that a budget refuses calls of a rank, outside the transaction that was rolled back for it."""
    _note_refusal(refused.period_id, Rank(refused.rank))


@cached_by_tenant(seconds=REFUSALS_CACHE_SECONDS)
def _note_refusal(period_id: uuid.UUID, rank: Rank) -> None:
    """Cached, so that further refusals cost no statement."""
    period = BudgetPeriod.objects.select_related("budget").filter(id=period_id).first()
    if period is not None:  # the budget may have been deleted meanwhile
        tell(period, [STOPPED[rank] if period.budget.stops_at(rank) < 100 else NoticeReason.SPENT_100])


def tell(period: BudgetPeriod, reasons: Sequence[NoticeReason]) -> Sequence[BudgetNotice]:
    """Record what was not told yet about a period, and have the last of it delivered."""
    with tenant_scope(period.tenant_id), transaction.atomic():
        found = [
            BudgetNotice.objects.get_or_create(period=period, reason=reason, defaults={"spent_usd": period.spent_usd})
            for reason in reasons
        ]
        new = [notice for notice, is_new in found if is_new]
        if new:
            _defer_delivery(new[-1])
    return new


def _defer_delivery(notice: BudgetNotice) -> None:
    ids = {"tenant_id": str(notice.tenant_id), "notice_id": str(notice.id)}
    if settings.SENDS_MAIL:
        app.configure_task(MAIL_JOB).defer(**ids)
    if BudgetWebhook.objects.exists():
        app.configure_task(POST_JOB).defer(**ids)


def _running_periods() -> Sequence[BudgetPeriod]:
    """Today's and this month's, and for some hours those just over: what passed in their last minute is told too."""
    yesterday = today() - timedelta(days=1)
    running = Q(budget__span=BudgetSpan.DAY, starts_on__gte=yesterday)
    running |= Q(budget__span=BudgetSpan.MONTH, starts_on__gte=yesterday.replace(day=1))
    return list(BudgetPeriod.objects.select_related("budget").filter(running, budget__limit_usd__gt=0))
