"""Filters on stored records, for every list, export, batch and question: parsed once, and never silently ignored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from feedback.models import FeedbackRecord
from feedback.registry import has_code
from feedback.storing.record_input import NOT_A_BOOLEAN, NOT_A_MOMENT, NOT_A_STRING, WORDS, read_moment
from tenants.identifiers import uuid_or_none
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.issues import PLAIN_NAME
from tenants.storable import storable

MAX_VALUES = 100
MAX_SEARCH_LENGTH = 1_000
UNKNOWN_FILTER = "Unknown filter. Known are {known}"

WORD_FILTERS = ("language", "source", *WORDS)
FLAG_FILTERS = ("is_sensitive", "consent", "is_duplicate")
MOMENT_FILTERS = ("collected_from", "collected_to", "stored_from", "stored_to")
KNOWN_FILTERS = (*WORD_FILTERS, *FLAG_FILTERS, *MOMENT_FILTERS, "code_id", "tag", "id", "record_id", "search")


class _Unreadable(Exception):
    """A value of a filter cannot be read."""


@dataclass(frozen=True)
class RecordFilter:
    """Conditions that all have to be met. values: as they were given, for links, stored batches and the like."""

    condition: Q = field(default_factory=Q)
    values: Mapping[str, Any] = field(default_factory=dict)

    def apply(self, records: QuerySet[FeedbackRecord]) -> QuerySet[FeedbackRecord]:
        return records.filter(self.condition)


def visible_records(*, sees_sensitive: bool) -> QuerySet[FeedbackRecord]:
    """Return the records of the scope in force that a reader may see.

    sees_sensitive: whether the reader may see records that are flagged sensitive or escalated.
    """
    records: QuerySet[FeedbackRecord] = FeedbackRecord.objects.all()
    return records if sees_sensitive else records.filter(is_escalated=False).exclude(is_sensitive=True)


def parse_filter(values: Mapping[str, Any], *, location: str) -> RecordFilter:
    """Read filters by name. A value is a text or a list of texts, of which one has to fit; a flag may be a boolean.

    location: of the filters in the request, `query` or `body.filter`. Raises InvalidRequest for an unknown name or an
    unreadable value, so that a misspelt filter never selects everything.
    """
    condition = Q()
    issues: list[FieldIssue] = []
    for name, value in values.items():
        try:
            condition &= _condition(name, value)
        except _Unreadable as error:
            shown = name if PLAIN_NAME.match(name) else "*"
            issues.append(FieldIssue(f"{location}.{shown}", str(error)))
    if issues:
        raise InvalidRequest(fields=issues)
    return RecordFilter(condition, dict(values))


def _condition(name: str, value: Any) -> Q:
    if name not in KNOWN_FILTERS:
        raise _Unreadable(UNKNOWN_FILTER.format(known=", ".join(sorted(KNOWN_FILTERS))))
    if value is None:
        return Q()
    given = value if isinstance(value, list) else [value]
    if len(given) > MAX_VALUES:
        raise _Unreadable(f"At most {MAX_VALUES} values")
    if name in WORD_FILTERS:
        return Q(**{f"{name}__in": _texts(given)})
    return _CONDITIONS[name](given)


def _texts(given: Sequence[Any]) -> list[str]:
    for value in given:
        if not isinstance(value, str):
            raise _Unreadable(NOT_A_STRING)
    return [storable(value).strip() for value in given]


def _one(given: Sequence[Any]) -> str:
    """Return the value of a filter that is given once; the last one, as in a query string."""
    return _texts(given)[-1] if given else ""


def _flag(column: str, negated: bool = False) -> Callable[[Sequence[Any]], Q]:
    def condition(given: Sequence[Any]) -> Q:
        value = given[-1] if given else None
        known = {True: True, False: False, "true": True, "false": False, "null": None}
        if not isinstance(value, bool | str) or value not in known:
            raise _Unreadable(NOT_A_BOOLEAN)
        wanted = known[value]
        return Q(**{f"{column}__isnull": True}) if wanted is None else Q(**{column: wanted is not negated})

    return condition


def _from(column: str) -> Callable[[Sequence[Any]], Q]:
    return lambda given: Q(**{f"{column}__gte": _moment(_one(given))})


def _to(column: str) -> Callable[[Sequence[Any]], Q]:
    """Return the condition before a moment, or before a day's beginning: the end is exclusive."""
    return lambda given: Q(**{f"{column}__lt": _moment(_one(given))})


def _moment(text: str) -> datetime:
    try:
        return read_moment(text)
    except ValueError as error:
        raise _Unreadable(NOT_A_MOMENT) from error


def _record_ids(given: Sequence[Any]) -> Q:
    ids = [uuid_or_none(text) for text in _texts(given)]
    return Q(pk__in=[record_id for record_id in ids if record_id])


def _tags(given: Sequence[Any]) -> Q:
    condition = Q(pk__in=[])
    for tag in _texts(given):
        condition |= Q(tags__contains=[tag])
    return condition


def _search(given: Sequence[Any]) -> Q:
    """Return the condition on records with all words, as people type them: "quoted phrases", or, -not."""
    words = _one(given)
    if len(words) > MAX_SEARCH_LENGTH:
        raise _Unreadable(f"String should have at most {MAX_SEARCH_LENGTH} characters")
    return Q(search=SearchQuery(words, config="simple", search_type="websearch")) if words else Q()


def _is_duplicate(given: Sequence[Any]) -> Q:
    return _flag("duplicate_of__isnull", negated=True)(given)


_CONDITIONS: Mapping[str, Callable[[Sequence[Any]], Q]] = {
    "is_sensitive": _flag("is_sensitive"),
    "consent": _flag("consent"),
    "is_duplicate": _is_duplicate,
    "collected_from": _from("occurred_at"),
    "collected_to": _to("occurred_at"),
    "stored_from": _from("created_at"),
    "stored_to": _to("created_at"),
    "code_id": lambda given: has_code(_texts(given)),
    "tag": _tags,
    "id": lambda given: Q(external_id__in=_texts(given)),
    "record_id": _record_ids,
    "search": _search,
}
