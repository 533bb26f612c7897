"""What can go wrong with usage figures and with paying.

UsageError
├── BudgetExceeded            the call could cost more than a budget has left
├── ModelHasNoPrice           a budget refuses models whose cost nobody knows
├── DeliveryUnderWay          another worker is sending the notice, or died while it did
├── MonthNotReady             a month's cost profiles cannot be changed, or not be made final yet
├── UnreadableBill            a provider's bill has lines that cannot be taken
├── UsageBackendUnavailable   the ledger's database cannot be reached
└── WebhookFailed             a notice could not be posted
    └── WebhookRefused        its address is not one that we post to
"""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal


class UsageError(Exception):
    """Root of this room's errors."""


class BudgetExceeded(UsageError):
    """The worst case of the call is more than a budget has left.

    subject: what the budget is for (tenant, api_key, operation, model); rank: that of the operation refused; left_usd:
    for operations of this rank, never negative; period_id: the row of what was spent.
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


class ModelHasNoPrice(UsageError):
    """A budget of the tenant refuses models without a known price."""


class DeliveryUnderWay(UsageError):
    """Another worker is sending the notice, or died while it did: to be looked at again later."""


class MonthNotReady(UsageError):
    """A month's cost profiles cannot be changed, or not be made final yet; the text says why."""


class UnreadableBill(UsageError):
    """A provider's bill has lines that cannot be taken. problems: one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__()
        self.problems = problems


class UsageBackendUnavailable(UsageError):
    """The ledger's database cannot be reached."""


class WebhookFailed(UsageError):
    """A notice could not be posted; it may work later. cause: the kind of failure; status: what was answered."""

    def __init__(self, cause: str, *, status: int | None = None) -> None:
        super().__init__(cause if status is None else f"status {status}")
        self.cause = cause
        self.status = status


class WebhookRefused(WebhookFailed):
    """The address is not one that we post to; the cause says why, for people."""
