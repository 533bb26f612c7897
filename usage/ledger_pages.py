"""The ledger a page at a time, newest first: by keyset, so that the millionth row costs what the first does."""

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from usage.models import LLMCall

PAGE_ROWS = 50


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: the next one begins behind it."""

    created_at: datetime
    id: uuid.UUID

    @classmethod
    def of(cls, call: LLMCall) -> "Cursor":
        return cls(call.created_at, call.id)

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.created_at.isoformat()} {self.id}".encode()).decode()

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return what a link carried; None when somebody changed it."""
        try:
            moment, _, row_id = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
            created_at = datetime.fromisoformat(moment)
            return cls(created_at, uuid.UUID(row_id)) if created_at.tzinfo else None
        except (ValueError, binascii.Error):
            return None


@dataclass(frozen=True)
class LedgerPage:
    """Some rows of the ledger. next_cursor: None on the last page."""

    calls: Sequence[LLMCall]
    next_cursor: Cursor | None


def read_page(calls: QuerySet[Any], *, after: Cursor | None, rows: int = PAGE_ROWS) -> LedgerPage:
    """Read one page, and one row more to see whether another follows: nothing is counted or skipped."""
    if after is not None:
        behind = Q(created_at__lt=after.created_at) | Q(created_at=after.created_at, id__lt=after.id)
        calls = calls.filter(behind, created_at__lte=after.created_at)  # the plain bound is what the index uses
    found = list(calls.order_by("-created_at", "-id")[: rows + 1])
    has_more = len(found) > rows
    return LedgerPage(found[:rows], Cursor.of(found[rows - 1]) if has_more else None)
