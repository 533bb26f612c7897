"""Errors of usage figures, prices, budgets and bills.

UsageError
├── BudgetExceeded            the worst case of a call is more than a budget has left
├── CeilingReached            the worst case of a call is more than the ceiling of its batch has left
├── ModelHasNoPrice           a budget refuses models without a price
├── DeliveryUnderWay          another worker is sending the notice, or died while sending it
├── MonthNotReady             a month's cost profiles cannot be changed, or not finalised yet
├── UnreadableBill            a provider's bill has lines that cannot be read
├── UsageBackendUnavailable   the ledger's database cannot be reached
└── WebhookFailed             a notice could not be posted
    └── WebhookRefused        its address is not allowed
"""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal


class UsageError(Exception):
    """Root of this room's errors."""


class BudgetExceeded(UsageError):
    """The worst case of the call is more than a budget has left.

    subject: what the budget limits (tenant, api_key, operation, model). rank: of the refused operation. left_usd: for
    operations of this rank, never negative. period_id: of the BudgetPeriod.
    """

    def __init__(
        self,
        *,
        subject: str,
        rank: str,
        period: str,
        period_id: uuid.UUID,
        period_start: date,
        limit_usd: Decimal,
        left_usd: Decimal,
    ) -> None:
        super().__init__(subject)
        self.subject = subject
        self.rank = rank
        self.period_id = period_id
        self.period = period
        self.period_start = period_start
        self.limit_usd = limit_usd
        self.left_usd = left_usd


class CeilingReached(UsageError):
    """The worst case of the call is more than the ceiling of its batch has left."""


class ModelHasNoPrice(UsageError):
    """A budget of the tenant refuses models without a known price, or the batch has a ceiling."""


class DeliveryUnderWay(UsageError):
    """Another worker is sending the notice, or died while sending it. The job must be repeated later."""


class MonthNotReady(UsageError):
    """A month's cost profiles cannot be changed, or not finalised yet. The text says why, for people."""


class UnreadableBill(UsageError):
    """A provider's bill has lines that cannot be read. problems: one sentence per line and column, for people."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__()
        self.problems = problems


class UsageBackendUnavailable(UsageError):
    """The ledger's database cannot be reached."""


class WebhookFailed(UsageError):
    """A notice could not be posted; a later attempt may work. cause: the type of failure. status: of the answer."""

    def __init__(self, cause: str, *, status: int | None = None) -> None:
        super().__init__(cause if status is None else f"status {status}")
        self.cause = cause
        self.status = status


class WebhookRefused(WebhookFailed):
    """The address is not allowed. The cause says why, for people."""
