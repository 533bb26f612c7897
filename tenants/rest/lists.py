"""Lists of the API, newest first: `?limit=` and an opaque `?cursor=`. A page begins after a row, not after a number."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter

from tenants.rest.errors import FieldIssue, InvalidRequest

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
LIST_PARAMETERS = [
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}, description="Rows"
    ),
    OpenApiParameter("cursor", str, description="next_cursor of the page before"),
]


@dataclass(frozen=True)
class ListPage:
    """Rows of a list, and the cursor of the next page; None at the end."""

    rows: Sequence[Any]
    next_cursor: str | None


def read_list_page(rows: QuerySet[Any], query: Mapping[str, str], *, by: str) -> ListPage:
    """Read the page that a query string asks for. by: a field of moments that is never null.

    Raises InvalidRequest for an unreadable limit or cursor.
    """
    limit = read_limit(query)
    found = rows.order_by(f"-{by}", "-pk")
    if cursor := query.get("cursor", ""):
        found = found.filter(_after(cursor, rows, by))
    page = list(found[: limit + 1])
    has_more = len(page) > limit
    page = page[:limit]
    return ListPage(page, _cursor_of(page[-1], by) if has_more else None)


def read_limit(query: Mapping[str, str]) -> int:
    """Return the number of rows that a query string asks for. Raises InvalidRequest."""
    text = query.get("limit", "")
    if not text:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:10]) <= MAX_LIMIT:
        raise InvalidRequest(fields=[FieldIssue("query.limit", f"Input should be a number from 1 to {MAX_LIMIT}")])
    return int(text)


def _cursor_of(row: Any, by: str) -> str:
    return base64.urlsafe_b64encode(f"{getattr(row, by).isoformat()} {row.pk}".encode()).decode()


def _after(cursor: str, rows: QuerySet[Any], by: str) -> Q:
    """Return the condition on rows after the last row of the page before."""
    unreadable = unreadable_cursor()
    try:
        value, _, pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment, key = datetime.fromisoformat(value), rows.model._meta.pk.to_python(pk)
    except (ValueError, ValidationError) as error:
        raise unreadable from error
    if moment.tzinfo is None:
        raise unreadable
    # The plain bound is the one that an index uses.
    return (Q(**{f"{by}__lt": moment}) | Q(**{by: moment, "pk__lt": key})) & Q(**{f"{by}__lte": moment})


def unreadable_cursor() -> InvalidRequest:
    """Return the error of a cursor that is none of ours."""
    return InvalidRequest(fields=[FieldIssue("query.cursor", "Input should be the next_cursor of a page")])
