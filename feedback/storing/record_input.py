"""Read records as callers send them: the fields of the contract, section 9, with every fault of a record named.

Read by hand and not by a serializer: an import reads a hundred thousand of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from feedback.errors import InvalidRecord
from feedback.models import DEFAULT_SOURCE, MAX_WORD_LENGTH
from feedback.record_text import CODING_LEVELS, METADATA
from tenants.local_days import start_of_day
from tenants.rest.errors import FieldIssue
from tenants.rest.issues import PLAIN_NAME
from tenants.storable import storable

MAX_CONTENT_LENGTH = 100_000
MAX_LANGUAGE_LENGTH = 35
MAX_TAGS = MAX_EXTRA_KEYS = 100
MAX_EXTRA_LENGTH = 10_000

WORDS = (
    "channel",
    "admin1",
    "admin2",
    "admin3",
    "site",
    "sex",
    "age_band",
    "community_group",
    "priority",
    "status",
)
MOMENTS = ("collected_at", "received_at", "closed_at")
FLAGS = ("consent", "is_sensitive")
CHANGEABLE = ("language", *MOMENTS, *WORDS, *FLAGS, "tags", "extra")
"""Metadata that may be changed after a record was stored."""
KNOWN_METADATA = (*METADATA, "feedback_record_id")

NOT_A_STRING, NOT_A_BOOLEAN = "Input should be a valid string", "Input should be a valid boolean"
NOT_A_MOMENT = "Input should be an ISO 8601 date or datetime"
NOT_AN_OBJECT = "Input should be a valid dictionary or object to extract fields from"


@dataclass(frozen=True)
class NewRecord:
    """A readable record. values: of the columns that were sent, None or "" where they were unset by name.

    metadata: the set ones of the contract's keys; None where none was sent.
    """

    external_id: str
    source: str
    content: str = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    metadata: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def coding_levels(self) -> tuple[str, ...]:
        """Return the three coding levels as they were sent, "" where unset."""
        return tuple((self.metadata or {}).get(name, "") for name in CODING_LEVELS)


@dataclass(frozen=True)
class Rejection:
    """A record that was not stored. index: its place in the call. id: as it was sent, if it was a string."""

    index: int
    id: str | None
    issues: tuple[FieldIssue, ...]


class _Unreadable(Exception):
    """One value cannot be read. where: the path below its field."""

    def __init__(self, issue: str, where: str = "") -> None:
        super().__init__(issue)
        self.issue, self.where = issue, where


def read_records(records: Iterable[Any]) -> tuple[list[NewRecord], list[Rejection]]:
    """Read records, and return the readable ones and the rejections. Of two with the same id the later one is used."""
    readable: dict[tuple[str, str], NewRecord] = {}
    rejected: list[Rejection] = []
    for index, data in enumerate(records):
        try:
            record = read_record(data)
        except InvalidRecord as error:
            sent_id = data.get("id") if isinstance(data, Mapping) else None
            rejected.append(Rejection(index, sent_id if isinstance(sent_id, str) else None, error.issues))
        else:
            readable[record.source, record.external_id] = record
    return list(readable.values()), rejected


def read_record(data: Any) -> NewRecord:
    """Read one record. Raises InvalidRecord with all its faults."""
    if not isinstance(data, Mapping):
        raise InvalidRecord([FieldIssue("", NOT_AN_OBJECT)])
    issues: list[FieldIssue] = []
    external_id = _read(issues, data, "id", _external_id)
    content = _read(issues, data, "content", _content)
    source = _read(issues, data, "source", _word) if "source" in data else ""
    values = _read_changeable(data, issues)
    metadata = _read(issues, data, "metadata", _metadata) if data.get("metadata") is not None else None
    if issues:
        raise InvalidRecord(issues)
    if metadata and not values.get("collected_at") and (created := _moment_or_none(metadata.get("created", ""))):
        values["collected_at"] = created
    return NewRecord(external_id, source or DEFAULT_SOURCE, content, values, metadata)


def read_changes(data: Mapping[str, Any]) -> dict[str, Any]:
    """Read changes of metadata. Unknown keys are ignored. Raises InvalidRecord."""
    issues: list[FieldIssue] = []
    changes = _read_changeable(data, issues)
    if issues:
        raise InvalidRecord(issues)
    return changes


def read_moment(text: str) -> datetime:
    """Return the moment of an ISO 8601 text; a date alone begins a local day, a time without zone is local.

    Raises ValueError.
    """
    try:
        if len(text) == len("2026-01-31"):
            return start_of_day(date.fromisoformat(text)).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else timezone.make_aware(moment, timezone.get_default_timezone())
        return aware.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def _read_changeable(data: Mapping[str, Any], issues: list[FieldIssue]) -> dict[str, Any]:
    return {name: _read(issues, data, name, reader) for name, reader in _READERS.items() if name in data}


def _read(issues: list[FieldIssue], data: Mapping[str, Any], name: str, reader: Callable[[Any], Any]) -> Any:
    """Return the value, or note its fault."""
    if name not in data:
        issues.append(FieldIssue(name, "Field required"))
        return None
    try:
        return reader(data[name])
    except _Unreadable as error:
        issues.append(FieldIssue(f"{name}{error.where}", error.issue))
        return None


def _text(value: Any, maximum: int) -> str:
    if not isinstance(value, str):
        raise _Unreadable(NOT_A_STRING)
    if len(value) > maximum:
        raise _Unreadable(f"String should have at most {maximum} characters")
    return storable(value)


def _external_id(value: Any) -> str:
    text = _text(value, MAX_WORD_LENGTH)
    if not text.strip():  # all records without an id would be one record
        raise _Unreadable("String should have at least 1 character")
    return text


def _content(value: Any) -> str:
    return _text(value, MAX_CONTENT_LENGTH)


def _word(value: Any) -> str:
    return "" if value is None else _text(value, MAX_WORD_LENGTH).strip()


def _language(value: Any) -> str:
    """Return a language tag in its usual spelling: `PT_br` becomes `pt-br`."""
    return "" if value is None else _text(value, MAX_LANGUAGE_LENGTH).strip().replace("_", "-").lower()


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    text = _text(value, MAX_WORD_LENGTH).strip()
    try:
        return read_moment(text) if text else None
    except ValueError as error:
        raise _Unreadable(NOT_A_MOMENT) from error


def _moment_or_none(text: str) -> datetime | None:
    try:
        return read_moment(text.strip())
    except ValueError:
        return None


def _flag(value: Any) -> bool | None:
    if value is None or value == "":
        return None
    if not isinstance(value, bool):
        raise _Unreadable(NOT_A_BOOLEAN)
    return value


def _tags(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise _Unreadable("Input should be a valid list")
    if len(value) > MAX_TAGS:
        raise _Unreadable(f"List should have at most {MAX_TAGS} items after validation")
    tags = (_inside(f".{index}", tag, MAX_WORD_LENGTH).strip() for index, tag in enumerate(value))
    return list(dict.fromkeys(filter(None, tags)))


def _extra(value: Any) -> dict[str, str]:
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise _Unreadable("Input should be a valid dictionary")
    if len(value) > MAX_EXTRA_KEYS:
        raise _Unreadable(f"Object should have at most {MAX_EXTRA_KEYS} keys")
    return {
        _inside("", key, MAX_WORD_LENGTH): _inside(f".{_shown(key)}", text, MAX_EXTRA_LENGTH)
        for key, text in value.items()
        if text is not None
    }


def _metadata(value: Any) -> dict[str, str]:
    """Return the set keys of the contract's metadata."""
    if not isinstance(value, Mapping):
        raise _Unreadable(NOT_AN_OBJECT)
    if unknown := [key for key in value if key not in KNOWN_METADATA]:
        raise _Unreadable("Extra inputs are not permitted", f".{_shown(unknown[0])}")
    if "created" in value and value["created"] is None:
        raise _Unreadable(NOT_A_STRING, ".created")
    texts = {
        name: _inside(f".{name}", value[name], MAX_WORD_LENGTH)
        for name in KNOWN_METADATA
        if value.get(name) is not None
    }
    return {name: text for name, text in texts.items() if text and name in METADATA}


def _inside(where: str, value: Any, maximum: int) -> str:
    try:
        return _text(value, maximum)
    except _Unreadable as error:
        raise _Unreadable(error.issue, where) from error


def _shown(key: object) -> str:
    """Return a key for a field path, or `*` if it may contain feedback text."""
    return str(key) if PLAIN_NAME.match(str(key)) else "*"


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "language": _language,
    **dict.fromkeys(MOMENTS, _moment),
    **dict.fromkeys(WORDS, _word),
    **dict.fromkeys(FLAGS, _flag),
    "tags": _tags,
    "extra": _extra,
}
REDACTED_COLUMNS: Sequence[str] = ("site", "community_group", "tags", "extra")
