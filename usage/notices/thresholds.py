"""Notify people of budgets once per reason and period, also when processes run at the same time.

A unique constraint allows one BudgetNotice per reason and period. Mail and webhook are jobs of their own, deferred
in the transaction that inserts the row. When a budget passes several thresholds at once, only the highest is delivered.
Spending includes the worst case of running calls, as in budgets.
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
    """Notify of thresholds that running periods have passed, in the scope in force; return the number of notices."""
    count = 0
    for period in _running_periods():
        percent_spent = 100 * period.spent_usd / period.budget.limit_usd
        passed = [reason for reason, percent in THRESHOLDS if percent_spent >= percent]
        count += len(notify(period, passed))
    return count


def note_refusal(refused: BudgetExceeded) -> None:
    """Notify that a budget refuses calls of a rank. Must run after the refused call's transaction was rolled back."""
    _note_refusal(refused.period_id, Rank(refused.rank))


@cached_by_tenant(seconds=REFUSALS_CACHE_SECONDS)
def _note_refusal(period_id: uuid.UUID, rank: Rank) -> None:
    """Cached, so that further refusals cost no statement."""
    period = BudgetPeriod.objects.select_related("budget").filter(id=period_id).first()
    if period is not None:  # the budget may have been deleted meanwhile
        notify(period, [STOPPED[rank] if period.budget.stops_at(rank) < 100 else NoticeReason.SPENT_100])


def notify(period: BudgetPeriod, reasons: Sequence[NoticeReason]) -> Sequence[BudgetNotice]:
    """Store the notices that a period does not have yet, and defer the delivery of the last; return the new ones."""
    with tenant_scope(period.tenant_id), transaction.atomic():
        notices = [
            BudgetNotice.objects.get_or_create(period=period, reason=reason, defaults={"spent_usd": period.spent_usd})
            for reason in reasons
        ]
        new = [notice for notice, is_new in notices if is_new]
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
    """Return the periods of yesterday and today, so that thresholds passed in a period's last minute are not missed."""
    yesterday = today() - timedelta(days=1)
    running = Q(budget__span=BudgetSpan.DAY, starts_on__gte=yesterday)
    running |= Q(budget__span=BudgetSpan.MONTH, starts_on__gte=yesterday.replace(day=1))
    return list(BudgetPeriod.objects.select_related("budget").filter(running, budget__limit_usd__gt=0))
