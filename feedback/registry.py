"""Registrations of the rooms above, at start: what they do with stored records, and what they know of them.

They register listeners that run when records are stored, providers of codings, a filter by code, and erasers.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from feedback.models import FeedbackRecord


@dataclass(frozen=True)
class Coding:
    """A code of a record. code_id: the caller's id of the code, else its stable id. source: auto or manual."""

    code_id: str
    path: tuple[str, ...]
    source: str
    status: str
    confidence: float | None


@dataclass(frozen=True)
class StoredLevels:
    """A stored record, and the coding levels that its caller sent."""

    record: FeedbackRecord
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Erasure:
    """The records to erase of a tenant. texts: their content, redacted and raw, for stores without record ids."""

    tenant_id: uuid.UUID
    records: Sequence[FeedbackRecord]
    texts: Sequence[str]

    @property
    def record_ids(self) -> list[uuid.UUID]:
        return [record.id for record in self.records]


@dataclass(frozen=True)
class CodeCount:
    """How many records have a code, by week. code_id: as in Coding."""

    code_id: str
    path: tuple[str, ...]
    by_week: tuple[int, ...]


CodeCounter = Callable[[QuerySet[FeedbackRecord], Sequence[datetime]], Sequence[CodeCount]]
StoreListener = Callable[[Sequence[StoredLevels], str], None]
CodingsProvider = Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, Sequence[Coding]]]
CodeCondition = Callable[[Sequence[str]], Q]
RecordEraser = Callable[[Erasure], int]

_store_listeners: list[StoreListener] = []
_codings_providers: list[CodingsProvider] = []
_code_conditions: list[CodeCondition] = []
_code_counters: list[CodeCounter] = []
_record_erasers: dict[str, RecordEraser] = {}


def register_store_listener(listener: StoreListener) -> None:
    """Call a function with the records that were stored and the actor's id, in the transaction that stores them."""
    _store_listeners.append(listener)


def store_listeners() -> Sequence[StoreListener]:
    return tuple(_store_listeners)


def register_codings(provider: CodingsProvider, condition: CodeCondition) -> None:
    """Register the codings of records by record id, and the condition on records that have one of some codes."""
    _codings_providers.append(provider)
    _code_conditions.append(condition)


def codings_of(record_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Coding]]:
    """Return the codings of records, in the scope in force."""
    codings: dict[uuid.UUID, list[Coding]] = {record_id: [] for record_id in record_ids}
    for provider in _codings_providers:
        for record_id, of_record in provider(record_ids).items():
            codings[record_id].extend(of_record)
    return codings


def has_code(code_ids: Sequence[str]) -> Q:
    """Return the condition on records that have one of these codes."""
    condition = Q(pk__in=[])
    for of_room in _code_conditions:
        condition |= of_room(code_ids)
    return condition


def register_record_eraser(name: str, eraser: RecordEraser) -> None:
    """Register a function that erases what a room stores of records, in the tenant's scope and the erasing transaction.

    name: of what it erases, for the report. It returns the number of rows or files that it erased or changed.
    """
    _record_erasers[name] = eraser


def record_erasers() -> Mapping[str, RecordEraser]:
    return dict(_record_erasers)


def register_code_counter(counter: CodeCounter) -> None:
    """Register a function that counts records by code and week. It gets the records and the beginnings of the weeks."""
    _code_counters.append(counter)


def count_codes(records: QuerySet[FeedbackRecord], starts: Sequence[datetime]) -> list[CodeCount]:
    """Count records by code and week, in the scope in force."""
    return [count for counter in _code_counters for count in counter(records, starts)]
