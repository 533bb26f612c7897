"""The labelled and the clean sets, read where they are; a set that is absent is left out of the report."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inference.redaction.evaluation.scores import LabelledText, Value


def labelled(folder: Path, name: str) -> list[LabelledText]:
    """A set with spans, its own labels as kinds."""
    return [
        LabelledText(
            row["lang"], row["text"], tuple(Value(span["start"], span["end"], span["label"]) for span in row["spans"])
        )
        for row in _rows(folder / name)
    ]


def lower_case(texts: list[LabelledText]) -> list[LabelledText]:
    """The same texts without capitals, where that changes no length."""
    return [
        LabelledText(text.language, text.text.lower(), text.values)
        for text in texts
        if len(text.text.lower()) == len(text.text)
    ]


def clean(folder: Path, name: str, field: str, language: str) -> list[LabelledText]:
    """Real feedback in which nobody has marked anything; a few names of people are left in it."""
    return [LabelledText(language, row[field], ()) for row in _rows(folder / name) if row.get(field)]


def demo_records(path: Path) -> list[LabelledText]:
    """The records that ship with the demo, with the personal values they list."""
    found = []
    for row in _rows(path):
        values = []
        for personal in row["pii"]:
            start = row["content"].index(personal)
            kind = "STRUCTURED" if any(char.isdecimal() or char == "@" for char in personal) else "PERSON"
            values.append(Value(start, start + len(personal), kind))
        found.append(LabelledText(row["language"], row["content"], tuple(values)))
    return found


def attacks(folder: Path) -> list[str]:
    """Feedback with an attack hidden in it."""
    rows = _rows(folder / "injection_in_feedback" / "items.jsonl")
    return [row["text"] for row in rows if row["label"] == 1]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)
