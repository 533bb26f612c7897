"""Admin screens of frameworks, versions, codes, assignments and the coding policy."""

from coding.admin import codes, frameworks, records

__all__ = ["codes", "frameworks", "records"]
