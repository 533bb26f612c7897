"""Recall with its interval, per kind of value and language, and the share of clean words taken out."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from inference.redaction.engine import Engine
from inference.redaction.policy import RedactionPolicy

_WORD = re.compile(r"\S+")
_Z_95 = 1.959964


class Value(NamedTuple):
    """Characters [start, end) of a text are personal, of this kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class LabelledText:
    """A text in which every personal value is known."""

    language: str
    text: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Share:
    """hits out of n."""

    hits: int = 0
    n: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.hits + other.hits, self.n + other.n)

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else math.nan

    def interval(self) -> tuple[float, float]:
        """95 % interval after Wilson (1927)."""
        if not self.n:
            return math.nan, math.nan
        squared = _Z_95**2
        centre = (self.value + squared / (2 * self.n)) / (1 + squared / self.n)
        spread = math.sqrt(self.value * (1 - self.value) / self.n + squared / (4 * self.n**2))
        half = _Z_95 / (1 + squared / self.n) * spread
        return max(0.0, centre - half), min(1.0, centre + half)


def macro_mean(shares: Iterable[Share]) -> float:
    """The mean of shares, not weighted by their number of values; NaN without any."""
    values = [share.value for share in shares if share.n]
    return sum(values) / len(values) if values else math.nan


def recall(engine: Engine, policy: RedactionPolicy, texts: Iterable[LabelledText]) -> dict[tuple[str, str], Share]:
    """(kind, language) -> values of which every letter and digit was taken out, under any type."""
    shares: dict[tuple[str, str], Share] = {}
    for labelled in texts:
        missed = missed_values(engine, policy, labelled)
        for value in labelled.values:
            key = value.kind, labelled.language
            shares[key] = shares.get(key, Share()) + Share(int(value not in missed), 1)
    return shares


def missed_values(engine: Engine, policy: RedactionPolicy, labelled: LabelledText) -> list[Value]:
    """Values of which a letter or a digit is left."""
    covered = covered_characters(engine, policy, labelled.text)
    return [
        value
        for value in labelled.values
        if not all(place in covered for place in range(value.start, value.end) if labelled.text[place].isalnum())
    ]


def covered_characters(engine: Engine, policy: RedactionPolicy, text: str) -> set[int]:
    """Positions that redaction takes out."""
    return {place for span in engine.find(text, policy) for place in range(span.start, span.end)}


def clean_words(engine: Engine, policy: RedactionPolicy, texts: Iterable[LabelledText]) -> dict[str, Share]:
    """Language -> words without anything personal in them that were touched all the same."""
    shares: dict[str, Share] = {}
    for labelled in texts:
        share = Share(len(lost_words(engine, policy, labelled)), sum(1 for _ in _words_without_values(labelled)))
        shares[labelled.language] = shares.get(labelled.language, Share()) + share
    return {language: share for language, share in shares.items() if share.n}


def lost_words(engine: Engine, policy: RedactionPolicy, labelled: LabelledText) -> list[str]:
    """Words without anything personal in them of which redaction took something."""
    covered = covered_characters(engine, policy, labelled.text)
    return [word[0] for word in _words_without_values(labelled) if not covered.isdisjoint(range(*word.span()))]


def _words_without_values(labelled: LabelledText) -> Iterator[re.Match[str]]:
    personal = {place for value in labelled.values for place in range(value.start, value.end)}
    return (word for word in _WORD.finditer(labelled.text) if personal.isdisjoint(range(*word.span())))


@dataclass(frozen=True)
class WordScore:
    """Precision, recall and F2 over words: personal or not, of any type."""

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float:
        return self.true_positives / max(1, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        return self.true_positives / max(1, self.true_positives + self.false_negatives)

    @property
    def f2(self) -> float:
        weighted = 4 * self.precision + self.recall
        return 5 * self.precision * self.recall / weighted if weighted else 0.0


def word_score(texts: Iterable[tuple[LabelledText, set[int]]], ignored: frozenset[str]) -> WordScore:
    """Score words of texts against the positions that redaction takes out; words of ignored kinds count neither way."""
    hits = extra = missed = 0
    for labelled, covered in texts:
        personal = {
            place for value in labelled.values if value.kind not in ignored for place in range(value.start, value.end)
        }
        skipped = {
            place for value in labelled.values if value.kind in ignored for place in range(value.start, value.end)
        }
        for word in re.finditer(r"\w+", labelled.text):
            places = range(*word.span())
            if not skipped.isdisjoint(places):
                continue
            is_personal, is_found = not personal.isdisjoint(places), not covered.isdisjoint(places)
            hits += is_personal and is_found
            extra += is_found and not is_personal
            missed += is_personal and not is_found
    return WordScore(hits, extra, missed)
