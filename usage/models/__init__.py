"""The tables of usage."""

from usage.models.budgets import (
    Budget,
    BudgetNotice,
    BudgetPeriod,
    BudgetSpan,
    BudgetSubject,
    BudgetWebhook,
    CostCeiling,
    NoticeReason,
    OperationRank,
    Rank,
)
from usage.models.cost_profiles import BillLine, CostProfile, ProfileStatus, ProviderBill, ResourceType
from usage.models.health import HealthSnapshot
from usage.models.ledger import CallStatus, LLMCall, ModelPrice, TokenClass
from usage.models.rollups import LateQuarter, RollupState, UsageDay

__all__ = [
    "BillLine",
    "Budget",
    "BudgetNotice",
    "BudgetPeriod",
    "BudgetSpan",
    "BudgetSubject",
    "BudgetWebhook",
    "CallStatus",
    "CostCeiling",
    "CostProfile",
    "HealthSnapshot",
    "LLMCall",
    "LateQuarter",
    "ModelPrice",
    "NoticeReason",
    "OperationRank",
    "ProfileStatus",
    "ProviderBill",
    "Rank",
    "ResourceType",
    "RollupState",
    "TokenClass",
    "UsageDay",
]
