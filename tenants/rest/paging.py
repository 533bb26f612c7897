"""Read `limit` and `cursor` of a list. A cursor is opaque: the key of the last row, encoded."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from tenants.rest.errors import FieldIssue, InvalidRequest

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


@dataclass(frozen=True)
class Paging:
    """limit: rows of a page. after: the key of the last row of the page before, None on the first page."""

    limit: int
    after: str | None


def read_paging(query: Mapping[str, str]) -> Paging:
    """Return the page that a query asks for. Raises InvalidRequest."""
    return Paging(_limit(query.get("limit")), _key(query.get("cursor")))


def cursor_of(key: object) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidRequest(fields=[FieldIssue("query.limit", f"Input should be a number from 1 to {MAX_LIMIT}")])
    return int(text)


def _key(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error):
        raise unreadable_cursor() from None


def unreadable_cursor() -> InvalidRequest:
    return InvalidRequest(fields=[FieldIssue("query.cursor", "Input should be the next_cursor of a page")])
