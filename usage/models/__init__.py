"""The tables of this room, by noun."""

from usage.models.budgets import (
    Budget,
    BudgetNotice,
    BudgetPeriod,
    BudgetSpan,
    BudgetSubject,
    BudgetWebhook,
    NoticeReason,
    OperationRank,
    Rank,
)
from usage.models.ledger import CallStatus, LLMCall, ModelPrice, TokenClass
from usage.models.rollups import LateQuarter, RollupState, UsageDay

__all__ = [
    "Budget",
    "BudgetNotice",
    "BudgetPeriod",
    "BudgetSpan",
    "BudgetSubject",
    "BudgetWebhook",
    "CallStatus",
    "LLMCall",
    "LateQuarter",
    "ModelPrice",
    "NoticeReason",
    "OperationRank",
    "Rank",
    "RollupState",
    "TokenClass",
    "UsageDay",
]
