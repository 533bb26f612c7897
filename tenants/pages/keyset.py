"""Keyset pagination for lists that grow with use, newest first. Every page costs the same.

A page begins after a row, not after a number of rows. Nothing is counted or skipped, and new rows do not move pages.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.timezone import is_naive


class Way(StrEnum):
    """Direction of a page from a row."""

    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True)
class Place:
    """The row that a page begins after. value: of the field that the list is ordered by."""

    way: Way
    value: Any
    pk: Any

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        return f"{self.way}.{base64.urlsafe_b64encode(f'{value} {self.pk}'.encode()).decode()}"

    def beyond(self, by: str) -> Q:
        """Return the condition on the rows of the page."""
        word = "lt" if self.way is Way.OLDER else "gt"
        beyond = Q(**{f"{by}__{word}": self.value}) | Q(**{by: self.value, f"pk__{word}": self.pk})
        return beyond & Q(**{f"{by}__{word}e": self.value})  # an index uses the plain bound


@dataclass(frozen=True)
class Page:
    """Some rows of a list, newest first. older, newer: places of the next pages; None at an end."""

    rows: Sequence[Any]
    older: Place | None = None
    newer: Place | None = None


def read_page(rows: QuerySet[Any], *, by: str, at: str, length: int) -> Page:
    """Read one page, and one row more to see whether another follows.

    by: a field of moments, numbers or ids that is never null. Rows with the same value are ordered by primary key.
    at: the place from a link. Without a valid place, or without rows after it, the newest page is returned.
    """
    place = _place(at, rows.model, by)
    if place is None:
        return _newest(rows, by, length)
    found = rows.filter(place.beyond(by))
    if place.way is Way.OLDER:
        page = list(newest_first(found, by)[: length + 1])
        has_older, has_newer = len(page) > length, True
        page = page[:length]
    else:
        page = list(found.order_by(by, "pk")[: length + 1])
        has_older, has_newer = True, len(page) > length
        page = page[:length][::-1]
    return _page(page, by, has_older=has_older, has_newer=has_newer) if page else _newest(rows, by, length)


def newest_first(rows: QuerySet[Any], by: str) -> QuerySet[Any]:
    """Order rows as on the pages."""
    return rows.order_by(f"-{by}", "-pk")


def _newest(rows: QuerySet[Any], by: str, length: int) -> Page:
    found = list(newest_first(rows, by)[: length + 1])
    return _page(found[:length], by, has_older=len(found) > length, has_newer=False)


def _page(rows: Sequence[Any], by: str, *, has_older: bool, has_newer: bool) -> Page:
    return Page(
        rows,
        older=Place(Way.OLDER, getattr(rows[-1], by), rows[-1].pk) if has_older else None,
        newer=Place(Way.NEWER, getattr(rows[0], by), rows[0].pk) if has_newer else None,
    )


def _place(text: str, model: type[Model], by: str) -> Place | None:
    """Read the place from a link; None when there is none, or it was changed by hand."""
    key: Field[Any, Any] = model._meta.pk
    field: Field[Any, Any] = key if by == "pk" else model._meta.get_field(by)  # type: ignore[assignment]
    field = getattr(field, "output_field", field)  # a generated field does not read texts itself
    way, _, packed = text.partition(".")
    try:
        value, _, pk = base64.urlsafe_b64decode(packed).decode().rpartition(" ")
        place = Place(Way(way), field.to_python(value), key.to_python(pk))
    except (ValueError, ValidationError):
        return None
    return None if isinstance(place.value, datetime) and is_naive(place.value) else place
