"""Measures redaction: on labelled sets, on clean feedback, against plain Presidio. Nothing here runs in the service."""
