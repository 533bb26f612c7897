"""The admin screens of this room, by noun."""

from usage.admin import budgets, ledger

__all__ = ["budgets", "ledger"]
