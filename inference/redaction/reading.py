"""The record as recognisers read it, split into words, and the policy that applies."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple, Protocol

from inference.redaction.policy import RedactionPolicy
from inference.redaction.spans import Span

# Within the first 65,536 characters a class is a table; beyond, it is a list that every character is compared with.
MARKS = "".join(chr(code) for code in range(0x0300, 0x10000) if unicodedata.category(chr(code)) in {"Mn", "Mc", "Me"})
"""Vowel signs and accents that combine with the letter before them: part of a word, although `\\w` leaves them out."""
_MARK = re.compile(f"[{MARKS}]")
_LETTERS = rf"[^\W\d_]++(?:[{MARKS}]++[^\W\d_]*+)*+"
_WORD = re.compile(r"([^\W\d_]++(?:'[^\W\d_]++)*+|[0-9]++)")
_WORD_WITH_MARKS = re.compile(rf"({_LETTERS}(?:'{_LETTERS})*+|[0-9]++)")
_ASCII_WORD = re.compile(r"([A-Za-z]++(?:'[A-Za-z]++)*+|[0-9]++)")
_AFTER_DIGITS = ":"
"""A run of digits sorts before it, a run of letters behind it."""


class Word(NamedTuple):
    """A run of letters, apostrophes inside included, or a run of digits."""

    start: int
    end: int
    text: str
    lowered: str


class Reading:
    """A record's text in detection form (see detection_view.py).

    Words are split once for all recognisers, and stored in columns: an object for every word would cost more.
    gaps[i] stands before word i, the last one after the last word. vocabulary: the set of words in lower case.
    digit_runs: start and end; numbers are searched around these.
    """

    __slots__ = (
        "digit_runs", "gaps", "policy", "text", "vocabulary", "word_ends", "word_starts", "word_texts", "words_lowered"
    )  # fmt: skip

    def __init__(self, text: str, policy: RedactionPolicy) -> None:
        self.text = text
        self.policy = policy
        parts = _pattern_of_words(text).split(text)
        self.word_texts = parts[1::2]
        self.gaps = parts[::2]
        bounds = list(accumulate(map(len, parts)))
        self.word_starts = bounds[:-1:2]
        self.word_ends = bounds[1::2]
        self.words_lowered = list(map(lowered if "İ" in text else str.lower, self.word_texts))
        self.vocabulary = frozenset(self.words_lowered)
        self.digit_runs = [
            (start, start + len(word))
            for start, word in zip(self.word_starts, self.word_texts, strict=True)
            if word < _AFTER_DIGITS
        ]

    @property
    def words(self) -> list[Word]:
        """The words with their places."""
        return [self._word(index) for index in range(len(self.word_texts))]

    @property
    def has_digit(self) -> bool:
        return bool(self.digit_runs)

    def places_before(self, position: int, limit: int) -> range:
        """The places of up to so many words that start before a position, the nearest first."""
        last = bisect_left(self.word_starts, position) - 1
        return range(last, max(-1, last - limit), -1)

    def _word(self, index: int) -> Word:
        return Word(self.word_starts[index], self.word_ends[index], self.word_texts[index], self.words_lowered[index])


def _pattern_of_words(text: str) -> re.Pattern[str]:
    """The quickest pattern that splits a text into words: few texts hold marks, and many only ASCII letters."""
    if text.isascii():
        return _ASCII_WORD
    return _WORD_WITH_MARKS if _MARK.search(text) else _WORD


def lowered(word: str) -> str:
    """A word in lower case; Turkish İ is one letter, for which str.lower gives an i and a combining dot."""
    return word.replace("İ", "i").lower()


def words_of(text: str) -> list[str]:
    """The words of a text, as a Reading has them."""
    return _pattern_of_words(text).split(text)[1::2]


class Recogniser(Protocol):
    """Finds one family of personal data, in time linear in the length of the text."""

    def find(self, reading: Reading) -> Iterable[Span]:
        """Spans in reading.text."""


class Detector(Protocol):
    """Finds all personal data in a text, under a policy."""

    def find(self, text: str, policy: RedactionPolicy, deadline: float | None) -> list[Span]:
        """Spans in order, without overlap, in the text's own positions. Raises RedactionError."""
