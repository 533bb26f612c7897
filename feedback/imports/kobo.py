"""The shape of KoboToolbox exports and of submissions that its REST service sends."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SOURCE = "kobo"
MARKS = frozenset({"_uuid", "_submission_time", "_index", "_id", "__version__", "formhub/uuid", "meta/instanceID"})
MIN_MARKS = 2
FIELDS: Mapping[str, str] = {"_uuid": "id", "_submission_time": "received_at"}
SYSTEM = frozenset(
    {
        *("start", "end", "today", "deviceid", "phonenumber", "simserial", "subscriberid", "username", "audit"),
        *("formhub/uuid", "meta/instanceID", "meta/deprecatedID", "meta/rootUuid", "meta/instanceName"),
    }
)
CHOICE_CELLS = frozenset({"0", "1", "TRUE", "FALSE", "0.0", "1.0"})
CHOSEN = frozenset({"1", "TRUE", "1.0"})
MIN_CHOICES = 2
_MARKUP = re.compile(r"<[^>]{1,80}>|\*\*|__")


def is_export(header: Iterable[str]) -> bool:
    return len(MARKS.intersection(header)) >= MIN_MARKS


def question_of(column: str) -> str:
    """Return the question of a group path, or of a label with markup: `intro/feedback` is `feedback`."""
    return _MARKUP.sub("", column.rpartition("/")[2]).strip()


def is_system_column(column: str) -> bool:
    return column.startswith("_") or column in SYSTEM


def is_left_out(column: str) -> bool:
    """Tell whether a column is about the submission. The moments of the interview are not: they date the feedback."""
    return is_system_column(column) and column not in ("start", "end", "today")


def choices_in(header: Sequence[str], answers: set[str]) -> dict[str, tuple[str, str]]:
    """Return the columns that are one answer of a multiple-choice question, with the question and the answer.

    answers: columns whose cells are all 0 or 1. A question has at least two of them.
    """
    by_question: dict[str, list[str]] = {}
    for column in header:
        question, slash, _ = column.rpartition("/")
        if slash and column in answers:
            by_question.setdefault(question, []).append(column)
    return {
        column: (question, column.rpartition("/")[2])
        for question, columns in by_question.items()
        if len(columns) >= MIN_CHOICES or question in header
        for column in columns
    }


def flattened(submission: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a submission by their paths as texts. Repeated groups are numbered: `people[2]/age`."""
    flat: dict[str, Any] = {}
    waiting = [("", key, value) for key, value in reversed(list(submission.items()))]
    while waiting:
        prefix, key, value = waiting.pop()
        path = f"{prefix}{key}"
        if key in ("_attachments", "_geolocation", "_tags", "_notes", "_validation_status"):
            continue
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            for number in range(len(value), 0, -1):
                parts = reversed(list(value[number - 1].items()))
                # Keys of a repeated group begin with the path of the group.
                waiting += [("", _numbered(path, number, inner), part) for inner, part in parts]
        elif isinstance(value, str):
            flat[path] = value
        elif isinstance(value, bool | int | float):
            flat[path] = str(value)
    return flat


def _numbered(path: str, number: int, inner: str) -> str:
    rest = inner.removeprefix(f"{path}/")
    return f"{path}[{number}]/{rest}"
