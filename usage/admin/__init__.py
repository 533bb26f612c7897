"""The admin screens of usage."""

from usage.admin import budgets, health, ledger, prices

__all__ = ["budgets", "health", "ledger", "prices"]
