"""The labelled and the clean sets, read where they are; a set that is absent is left out of the report."""

import gettext
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import rest_framework

from mlops.redaction_report.scores import LabelledText, Value

_VARIABLE = re.compile(r"%\(?\w*\)?[a-z]?|\{\w*\}")


def labelled(folder: Path, name: str) -> list[LabelledText]:
    """A set with spans, its own labels as kinds."""
    return [
        LabelledText(
            row["lang"], row["text"], tuple(Value(span["start"], span["end"], span["label"]) for span in row["spans"])
        )
        for row in _rows(folder / name)
    ]


def without_described_ids(text: LabelledText) -> LabelledText:
    """The same text with ids that hold no digit ("widowed", "of four brothers") called what they are: descriptions."""
    values = (
        value._replace(kind=f"{value.kind}, in words")
        if value.kind.startswith("ID_") and not any(map(str.isdecimal, text.text[value.start : value.end]))
        else value
        for value in text.values
    )
    return LabelledText(text.language, text.text, tuple(values))


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
    texts = []
    for row in _rows(path):
        values = []
        for personal in row["pii"]:
            start = row["content"].index(personal)
            kind = "STRUCTURED" if any(char.isdecimal() or char == "@" for char in personal) else "PERSON"
            values.append(Value(start, start + len(personal), kind))
        texts.append(LabelledText(row["language"], row["content"], tuple(values)))
    return texts


def interface_sentences(languages: Iterable[str]) -> list[LabelledText]:
    """Translated sentences of Django REST framework: nobody is named in them, and none was read while building this."""
    root = Path(rest_framework.__file__).parent / "locale"
    labelled_texts = []
    for language in languages:
        with (root / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        texts = catalogue._catalog.values()  # type: ignore[attr-defined] # noqa: SLF001 -- no public way
        sentences = (text for text in texts if "\n" not in text and len(text.split()) > 2)
        labelled_texts += [LabelledText(language, _VARIABLE.sub("", sentence), ()) for sentence in sentences]
    return labelled_texts


def attacks(folder: Path) -> list[str]:
    """Feedback with an attack hidden in it."""
    rows = _rows(folder / "injection_in_feedback" / "items.jsonl")
    return [row["text"] for row in rows if row["label"] == 1]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)
