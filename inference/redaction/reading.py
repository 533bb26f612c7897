"""What recognisers are given: one record as it is read, and the policy that applies."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

from inference.redaction.policy import RedactionPolicy
from inference.redaction.spans import Span

_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+")


class Word(NamedTuple):
    """A run of letters, apostrophes inside included, or a run of digits."""

    start: int
    end: int
    text: str
    lowered: str


@dataclass(frozen=True)
class Reading:
    """A record's text in detection form (see detection_view.py)."""

    text: str
    policy: RedactionPolicy

    @cached_property
    def has_digit(self) -> bool:
        return _DIGIT.search(self.text) is not None

    @cached_property
    def words(self) -> list[Word]:
        """The text's words in order."""
        return [Word(match.start(), match.end(), match[0], match[0].lower()) for match in _WORD.finditer(self.text)]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words in lower case, each once."""
        return frozenset(word.lowered for word in self.words)

    @cached_property
    def _starts(self) -> list[int]:
        return [word.start for word in self.words]

    def words_before(self, position: int, most: int) -> list[Word]:
        """Up to so many words that end at or before a position, the nearest first."""
        last = bisect_left(self._starts, position)
        return self.words[max(0, last - most) : last][::-1]


class Recogniser(Protocol):
    """Finds one family of personal data; linear in the length of the text."""

    def find(self, reading: Reading) -> Iterable[Span]:
        """Spans in reading.text."""
