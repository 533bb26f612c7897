"""List the first issues that a serializer finds in a body, by field, and count the others."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import Field
from rest_framework.serializers import BaseSerializer

from tenants.rest.errors import MAX_ISSUES, FieldIssue

PLAIN_NAME = re.compile(r"\A[A-Za-z0-9_.]{1,200}\Z")
# Faults after MAX_ISSUES cost a tenth of a millisecond to count: a body of them alone would take half a minute.
MAX_COUNTED_ITEMS = 10_000
# Stands in DRF's error details where issues were counted and not listed. No key of a body: it has a space.
COUNT_KEY, COMPLETE = "more issues", "complete"


@dataclass(frozen=True)
class CountedIssues:
    """The number of unlisted issues. is_complete: False if there may be more of them."""

    number: int = 0
    is_complete: bool = True

    def __add__(self, other: "CountedIssues") -> "CountedIssues":
        return CountedIssues(self.number + other.number, self.is_complete and other.is_complete)

    def as_detail(self) -> dict[str, list[ErrorDetail]]:
        """Return the count in the form of DRF's error details, whose texts and codes survive copying."""
        if not self.number:
            return {}
        return {COUNT_KEY: [ErrorDetail(str(self.number), code=COMPLETE if self.is_complete else "in part")]}


def validate_items(child: Field[Any, Any, Any, Any], items: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return the items, by index or key, as the child field reads them.

    Raises ValidationError with the details of the first MAX_ISSUES faulty ones and the number of issues after them.
    """
    values: list[tuple[Any, Any]] = []
    details: dict[Any, Any] = {}
    remaining = iter(items)
    for key, item in remaining:
        try:
            values.append((key, child.run_validation(item)))
        except ValidationError as error:
            details[key] = error.detail
            if len(details) == MAX_ISSUES:
                break
    if not details:
        return values
    raise ValidationError(details | _count(child, remaining).as_detail())


def _count(child: Field[Any, Any, Any, Any], items: Iterator[tuple[Any, Any]]) -> CountedIssues:
    """Count the issues of items, up to MAX_COUNTED_ITEMS faulty ones."""
    wants_objects = isinstance(child, BaseSerializer)
    number = faulty = 0
    for _, item in items:
        if wants_objects and not isinstance(item, Mapping):
            number += 1  # costs next to nothing
        elif faulty == MAX_COUNTED_ITEMS:
            return CountedIssues(number, is_complete=False)
        elif of_item := _number_of_issues(child, item):
            number += of_item
            faulty += 1
    return CountedIssues(number)


def _number_of_issues(child: Field[Any, Any, Any, Any], item: Any) -> int:
    try:
        child.run_validation(item)
    except ValidationError as error:
        return sum(1 for _ in issues_of(error.detail, "")) + counted_issues(error.detail).number
    return 0


def counted_issues(detail: Any) -> CountedIssues:
    """Add up the counts of unlisted issues in DRF's nested error details."""
    if isinstance(detail, list):
        return sum(map(counted_issues, detail), CountedIssues())
    if not isinstance(detail, dict):
        return CountedIssues()
    own = [CountedIssues(int(count), count.code == COMPLETE) for count in detail.get(COUNT_KEY, ())]
    inner = (counted_issues(value) for key, value in detail.items() if key != COUNT_KEY)
    return sum(inner, sum(own, CountedIssues()))


def issues_of(detail: Any, location: str) -> Iterator[FieldIssue]:
    """Flatten DRF's error details into one issue per field."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            if key != COUNT_KEY:
                yield from issues_of(inner, location if key == "non_field_errors" else f"{location}.{_as_segment(key)}")
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        for index, inner in enumerate(detail):
            yield from issues_of(inner, f"{location}.{index}")
    elif isinstance(detail, list):
        yield from (FieldIssue(location, str(item)) for item in detail[:1])
    else:
        yield FieldIssue(location, str(detail))


def _as_segment(key: object) -> str:
    """Return a key for a field path, or `*` if it is not a plain name, because it may contain feedback text."""
    return str(key) if PLAIN_NAME.match(str(key)) else "*"
