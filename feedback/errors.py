"""Errors about stored feedback records.

FeedbackError
├── StorageOff       the tenant's policy is to store nothing; answered as Forbidden
└── InvalidRecord    a record cannot be stored as it is
"""

from collections.abc import Sequence

from tenants.errors import Forbidden
from tenants.rest.errors import FieldIssue


class FeedbackError(Exception):
    """Root of this room's errors."""


class StorageOff(FeedbackError, Forbidden):
    """The tenant stores no records."""

    def __init__(self) -> None:
        super().__init__("This tenant's storage policy is off: it stores no feedback records")


class InvalidRecord(FeedbackError):
    """A record has fields that cannot be read. issues: their paths begin in the record, as `metadata.created`."""

    def __init__(self, issues: Sequence[FieldIssue]) -> None:
        super().__init__()
        self.issues = tuple(issues)
