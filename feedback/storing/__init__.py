"""Redact, encrypt and compare what is stored of a record."""
