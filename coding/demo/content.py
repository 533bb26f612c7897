"""The shipped demo content: a coding framework, and feedback records of invented people in eleven languages."""

import importlib.resources
import json
from dataclasses import dataclass
from typing import Any

from feedback.record_text import RecordText


@dataclass(frozen=True)
class DemoRecord:
    """A record with its labels. code: the expected one or None. pii: substrings that are personal data."""

    record: RecordText
    language: str
    code: str | None
    is_sensitive: bool
    pii: tuple[str, ...]


def demo_framework() -> str:
    """Return the framework as JSON text."""
    return importlib.resources.files("coding").joinpath("demo", "framework.json").read_text(encoding="utf-8")


def demo_records() -> list[DemoRecord]:
    lines = importlib.resources.files("feedback").joinpath("demo", "records.jsonl").read_text(encoding="utf-8")
    return [_as_record(json.loads(line)) for line in lines.splitlines() if line]


def _as_record(row: dict[str, Any]) -> DemoRecord:
    return DemoRecord(
        record=RecordText(id=row["id"], content=row["content"], metadata={"created": row["created"]}),
        language=row["language"],
        code=row["code"],
        is_sensitive=row["sensitive"],
        pii=tuple(row["pii"]),
    )
