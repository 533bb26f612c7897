"""Encrypt stored texts with keys of their tenants."""
