"""The admin screens of this room, by noun."""

from usage.admin import budgets, health, ledger

__all__ = ["budgets", "health", "ledger"]
