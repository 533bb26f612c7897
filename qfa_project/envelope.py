"""The body of every error answer."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class Problem:
    """An error answer. retry_after_seconds: for the header Retry-After; None sends no header."""

    status: int
    code: str
    message: str
    fields: list[dict[str, str]] | None = None
    details: dict[str, Any] | None = None
    retry_after_seconds: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


def envelope(problem: Problem, request_id: uuid.UUID) -> dict[str, Any]:
    """Return the JSON body of an error answer."""
    return {
        "error": {
            "code": problem.code,
            "message": problem.message,
            "request_id": str(request_id),
            "timestamp": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fields": problem.fields,
            "details": problem.details,
        }
    }
