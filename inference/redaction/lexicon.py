"""What is known of single words: names, places, everyday words, and how much an unknown word sounds like a name."""

import gzip
import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Self

from inference.redaction.folding import fold

GIVEN, FAMILY, PLACE, CAPITAL_ONLY = 1, 2, 4, 8
"""Flags of a word: a given name, a family name, part of a place's name, seen in running text with a capital only."""
COMMON_SHIFT = 4
"""From this bit on: how common the word is, 1 (very) to 3, 0 when it is in no list of everyday words."""

_NAME = GIVEN | FAMILY
_ARABIC_PREFIXES = ("وال", "بال", "لل", "و", "ب", "ل", "ف", "ک")
_CACHED_WORDS = 50_000
_SHORTEST_STEM = 3
_BUCKETS = 8


@dataclass(frozen=True, slots=True)
class Facts:
    """A word as the name model sees it; the texts are parts of feature names."""

    known: str
    shape: str
    sound: str
    identity: str
    is_name: bool
    is_common: bool


class WordTable:
    """Flags by word in 9 bytes each, kept under 64 bits of the word's hash: 200,000 words are 2 MB, not 40."""

    def __init__(self, words: Mapping[str, int]) -> None:
        rows = sorted((_hash(word), flags) for word, flags in words.items())
        self._hashes = array("Q", [row[0] for row in rows])
        self._flags = bytes(row[1] for row in rows)

    def get(self, word: str) -> int:
        """Flags of a word, 0 when it is not there."""
        wanted = _hash(word)
        place = bisect_left(self._hashes, wanted)
        return self._flags[place] if place < len(self._hashes) and self._hashes[place] == wanted else 0


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")


class Lexicon:
    """Words and letter groups, read-only once loaded."""

    def __init__(self, words: WordTable, sounds: Mapping[str, float], cue_words: Iterable[str]) -> None:
        self._words = words
        self._sounds = sounds
        self._cue_words = frozenset(cue_words)
        self.facts = lru_cache(maxsize=_CACHED_WORDS)(self._facts)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what the training command wrote."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            content = json.load(file)
        words = {word: int(bits) for bits, group in content["words"].items() for word in group.split()}
        once: dict[float, float] = {}
        sounds = {group: once.setdefault(weight, weight) for group, weight in content["sounds"].items()}
        return cls(WordTable(words), sounds, content["cue_words"])

    def flags(self, word: str) -> int:
        """Flags and commonness of a word, with the prefixes that Arabic writes on to words taken off."""
        folded = fold(word)
        flags = self._words.get(folded)
        if not flags and "'" in folded:
            flags = self._words.get(folded.partition("'")[0])
        if not flags & _NAME and folded[0] in "وبلفکا":
            flags |= self._without_prefix(folded)
        return flags

    def sound(self, word: str) -> float:
        """How much more the word's letters look like a name than like an everyday word: log odds per letter group."""
        groups = letter_groups(fold(word))
        return sum(self._sounds.get(group, 0.0) for group in groups) / len(groups)

    def _without_prefix(self, folded: str) -> int:
        for prefix in _ARABIC_PREFIXES:
            if folded.startswith(prefix) and len(folded) - len(prefix) >= _SHORTEST_STEM:
                found = self._words.get(folded[len(prefix) :])
                if found:
                    return found
        return 0

    def _facts(self, word: str) -> Facts:
        if word[0].isdecimal():
            return Facts(
                "0", f"d{min(len(word), 5)}", "", word if len(word) == 1 else "#", is_name=False, is_common=True
            )
        flags = self.flags(word)
        common = flags >> COMMON_SHIFT
        lowered = word.lower()
        bucket = max(0, min(_BUCKETS - 1, round(self.sound(word) * 1.5 + _BUCKETS / 2)))
        return Facts(
            known=f"{flags & 15:x}{common}",
            shape=_shape(word),
            sound=str(bucket),
            identity=lowered if lowered in self._cue_words else "?",
            is_name=bool(flags & _NAME),
            is_common=common > 0,
        )


def letter_groups(folded: str) -> list[str]:
    """The two to four letters at a time that a word's sound is judged by, its ends marked."""
    marked = f"^{folded}$"
    return [marked[start : start + size] for size in (2, 3, 4) for start in range(max(1, len(marked) - size + 1))]


def _shape(word: str) -> str:
    if not word[0].isupper():
        return "l" if word[0].islower() else "a"
    if len(word) == 1:
        return "I"
    return "U" if word.isupper() else "T"
