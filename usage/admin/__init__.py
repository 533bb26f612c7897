"""The admin screens of usage."""

from usage.admin import budgets, health, ledger

__all__ = ["budgets", "health", "ledger"]
