"""Errors of a request, before any operation runs.

ApiError
├── InvalidRequest       422: named fields are wrong
│   └── InvalidBody      422: the body as a whole is
└── PayloadTooLarge      413: the body or its estimated tokens
"""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_ISSUES = 100


@dataclass(frozen=True)
class FieldIssue:
    """field: location joined with dots, list indexes as numbers, for example `body.coding_levels.root_codes.0.id`."""

    field: str
    issue: str


class ApiError(Exception):
    """Root of the errors of a request."""


class InvalidRequest(ApiError):
    """The request does not fit its schema.

    fields: the first MAX_ISSUES issues; None when the message says it all. more_issues: how many there are after them,
    or at least are, unless has_counted_all.
    """

    def __init__(
        self,
        message: str = "Request validation failed",
        fields: Sequence[FieldIssue] | None = None,
        *,
        more_issues: int = 0,
        has_counted_all: bool = True,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fields = None if fields is None else fields[:MAX_ISSUES]
        self.more_issues = more_issues + len(fields or ()) - len(self.fields or ())
        self.has_counted_all = has_counted_all


class InvalidBody(InvalidRequest):
    """The body as a whole is wrong."""

    def __init__(self, field: str, issue: str) -> None:
        super().__init__(fields=[FieldIssue(field, issue)])


class PayloadTooLarge(ApiError):
    """The request is too large."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
