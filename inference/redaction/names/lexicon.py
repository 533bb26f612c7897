"""Facts about single words: names, places, everyday words, and how much an unknown word sounds like a name."""

import gzip
import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from sys import intern
from typing import Self
from zlib import adler32, crc32

import numpy as np
from numpy.typing import NDArray

from inference.redaction.folding import fold
from inference.redaction.names.word_cache import WordCache
from inference.redaction.names.word_forms import stems_of

GIVEN, FAMILY, PLACE, CAPITAL_ONLY = 1, 2, 4, 8
"""Flags of a word: a given name, a family name, part of a place's name, seen in running text with a capital only."""
COMMON_SHIFT = 4
"""From this bit on: how common the word is, 1 (very) to 3, 0 when it is in no list of everyday words."""
RAREST = 3
_COMMON_RANKS = (1, 2)

_NAME = GIVEN | FAMILY
_ARABIC_PREFIXES = ("وال", "بال", "لل", "و", "ب", "ل", "ف", "ک")
_SCRIPTS_WITH_EVIDENCE = re.compile(
    "[A-Za-z\u00aa-\u02af\u0400-\u052f\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u1e00-\u1eff\ufb50-\ufdff\ufe70-\ufefc]"
)
"""Latin, Cyrillic and Arabic: the model has seen sentences and everyday words of no other script."""
NO_EVIDENCE = "x"
"""The shape of words in other scripts."""
_CACHED_WORDS = 50_000
_MIN_STEM_LENGTH = 3
_BUCKETS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """A word as its neighbours see it; there is one object of each kind, so that it is compared by identity."""

    identity: str
    form: str


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A word as the name model sees it, one object for all words of a kind; the texts are parts of feature names.

    styles: the styles of text (name_model.style_of, in lower case) in which the word could be a name at all; plain
    everyday words are passed over.
    """

    known: str
    shape: str
    sound: str
    identity: str
    neighbour: Neighbour
    is_name: bool
    is_common: bool
    styles: str = ""
    tally: str = ""

    @property
    def form(self) -> str:
        """Shape and what is known."""
        return self.neighbour.form


class WordTable:
    """Flags by word in 9 bytes each, stored under 64 bits of checksums: half a million words are 4.5 MB, not 80."""

    def __init__(self, words: Sequence[bytes], flags: Iterable[int]) -> None:
        """words: in UTF-8, each of them once. flags: in the same order."""
        keys = _checksums(crc32, words) << np.uint64(32) | _checksums(adler32, words)
        order = np.argsort(keys)
        self._keys = array("Q", keys[order].tobytes())
        self._flags = np.fromiter(flags, np.uint8, len(words))[order].tobytes()

    @classmethod
    def of(cls, words: Mapping[str, int]) -> Self:
        """Make the table of flags by word."""
        return cls([word.encode() for word in words], words.values())

    def get(self, word: str) -> int:
        """Flags of a word, 0 when it is not there."""
        wanted = _key(word)
        place = bisect_left(self._keys, wanted)
        return self._flags[place] if place < len(self._keys) and self._keys[place] == wanted else 0


def _key(word: str) -> int:
    """Two checksums side by side: either alone takes some of half a million words for one another."""
    encoded = word.encode()
    return crc32(encoded) << 32 | adler32(encoded)


def _checksums(checksum: Callable[[bytes], int], words: Sequence[bytes]) -> NDArray[np.uint64]:
    return np.fromiter(map(checksum, words), np.uint64, len(words))


class Lexicon:
    """Words and letter groups, read-only once loaded."""

    def __init__(self, words: WordTable, sounds: Mapping[str, float], cue_words: Iterable[str]) -> None:
        self._words = words
        self._sounds = sounds
        self._cue_words = frozenset(cue_words)
        self.facts = WordCache(self._facts, max_entries=_CACHED_WORDS)
        self._kinds: dict[tuple[str, ...], Facts] = {}
        self._neighbours: dict[tuple[str, str], Neighbour] = {}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what the training command wrote."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            content = json.load(file)
        groups = [(int(flags), group.encode().split()) for flags, group in content["words"].items()]
        words = [word for _, group in groups for word in group]
        table = WordTable(words, chain.from_iterable(repeat(flags, len(group)) for flags, group in groups))
        once: dict[float, float] = {}
        sounds = {group: once.setdefault(weight, weight) for group, weight in content["sounds"].items()}
        return cls(table, sounds, content["cue_words"])

    def flags(self, word: str) -> int:
        """Flags and commonness of a word, with the prefixes that Arabic writes on to words taken off."""
        folded = fold(word)
        flags = self._words.get(folded)
        if not flags and "'" in folded:
            flags = self._words.get(folded.partition("'")[0])
        if not flags & _NAME and folded[0] in "وبلفک" and flags >> COMMON_SHIFT not in _COMMON_RANKS:
            flags |= self._without_prefix(folded)
        return flags or self._everyday_form(folded)

    def sound(self, word: str) -> float:
        """How much more the word's letters look like a name than like an everyday word: log odds per letter group."""
        groups = letter_groups(fold(word))
        return sum(self._sounds.get(group, 0.0) for group in groups) / len(groups)

    def _without_prefix(self, folded: str) -> int:
        for prefix in _ARABIC_PREFIXES:
            if folded.startswith(prefix) and len(folded) - len(prefix) >= _MIN_STEM_LENGTH:
                flags = self._words.get(folded[len(prefix) :])
                if flags:
                    return flags
        return 0

    def _everyday_form(self, folded: str) -> int:
        """How common the everyday word is that an unknown word is a form of, 0 when it is of none."""
        for stem in stems_of(folded):
            flags = self._words.get(stem)
            if flags >> COMMON_SHIFT and not flags & _NAME:
                return RAREST << COMMON_SHIFT
        return 0

    def _facts(self, word: str) -> Facts:
        if word[0].isdecimal():
            shape, identity = f"d{min(len(word), 5)}", word if len(word) == 1 else "#"
            return self._kind("0", shape, "", identity, is_name=False, is_common=True, tally="d")
        flags = self.flags(word)
        common = flags >> COMMON_SHIFT
        lowered = word.lower()
        bucket = max(0, min(_BUCKETS - 1, round(self.sound(word) * 1.5 + _BUCKETS / 2)))
        known, shape, is_name = f"{flags & 15:x}{common}", _shape(word), bool(flags & _NAME)
        return self._kind(
            known,
            shape,
            str(bucket),
            lowered if lowered in self._cue_words else "?",
            is_name=is_name,
            is_common=common > 0,
            styles=_styles(shape, is_name=is_name, is_common=common > 0, sounds_like_name=bucket > _BUCKETS // 2),
            tally=shape if common else f"{shape}?",
        )

    def _kind(
        self,
        known: str,
        shape: str,
        sound: str,
        identity: str,
        *,
        is_name: bool,
        is_common: bool,
        styles: str = "",
        tally: str = "",
    ) -> Facts:
        """The one object for words of this kind; the rest follows from the first four."""
        key = known, shape, sound, identity
        kind = self._kinds.get(key)
        if kind is None:
            side = intern(identity), intern(shape + known)
            neighbour = self._neighbours.setdefault(side, Neighbour(*side))
            new = Facts(
                intern(known), intern(shape), intern(sound), side[0], neighbour, is_name, is_common, styles, tally
            )
            kind = self._kinds.setdefault(key, new)
        return kind


def _styles(shape: str, *, is_name: bool, is_common: bool, sounds_like_name: bool) -> str:
    """The styles of text in which a word of this kind could be a name: see name_model.style_of."""
    if shape == NO_EVIDENCE:
        return ""
    styles = "".join(
        style for style in "lutna" if is_name or not is_common or (shape in "TUI" and (shape, style) != ("U", "u"))
    )
    if shape == "l" and (is_common or not (is_name or sounds_like_name)):
        styles = styles.replace("n", "")
    return styles


def letter_groups(folded: str) -> list[str]:
    """The two to four letters at a time that a word's sound is judged by, its ends marked."""
    marked = f"^{folded}$"
    return [marked[start : start + size] for size in (2, 3, 4) for start in range(max(1, len(marked) - size + 1))]


def _shape(word: str) -> str:
    if not _SCRIPTS_WITH_EVIDENCE.match(word):
        return NO_EVIDENCE
    if not word[0].isupper():
        return "l" if word[0].islower() else "a"
    if len(word) == 1:
        return "I"
    return "U" if word.isupper() else "T"
