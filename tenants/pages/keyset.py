"""Lists that grow with use, a page at a time, newest first: the millionth row costs what the first does.

That is by keyset: a page begins beyond a row, and not after so many rows. Nothing is counted or skipped, and rows that
come in meanwhile move nothing.
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
    """Which way a page goes on from a row."""

    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True)
class Place:
    """The row that a page goes on from, by the field that the list is in the order of, and which way."""

    way: Way
    value: Any
    pk: Any

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        return f"{self.way}.{base64.urlsafe_b64encode(f'{value} {self.pk}'.encode()).decode()}"

    def beyond(self, by: str) -> Q:
        """The condition on the rows of the page."""
        word = "lt" if self.way is Way.OLDER else "gt"
        beyond = Q(**{f"{by}__{word}": self.value}) | Q(**{by: self.value, f"pk__{word}": self.pk})
        return beyond & Q(**{f"{by}__{word}e": self.value})  # the plain bound is what an index uses


@dataclass(frozen=True)
class Page:
    """Some rows of a list, the newest first. older, newer: where to go on; None at an end."""

    rows: Sequence[Any]
    older: Place | None = None
    newer: Place | None = None


def read_page(rows: QuerySet[Any], *, by: str, at: str, length: int) -> Page:
    """Read one page, and one row more to see whether another follows.

    by: a field of moments, numbers or ids that is never null; rows that share a value are in the order of their keys.
    at: the place that a link carried; what is none, or has no rows beyond it, is answered with the newest page.
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
    """Put rows into the order of their pages."""
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
    """Return what a link carried; None when it carried nothing, or somebody changed it."""
    key: Field[Any, Any] = model._meta.pk
    field: Field[Any, Any] = key if by == "pk" else model._meta.get_field(by)  # type: ignore[assignment]
    way, _, packed = text.partition(".")
    try:
        value, _, pk = base64.urlsafe_b64decode(packed).decode().rpartition(" ")
        place = Place(Way(way), field.to_python(value), key.to_python(pk))
    except (ValueError, ValidationError):
        return None
    return None if isinstance(place.value, datetime) and is_naive(place.value) else place
