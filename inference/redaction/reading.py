"""What recognisers are given: one record as it is read, and the policy that applies."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, Protocol

from inference.redaction.policy import RedactionPolicy
from inference.redaction.spans import Span

_DIGITS = re.compile(r"[0-9]+")
_WORD = re.compile(r"([^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+)")
_ASCII_WORD = re.compile(r"([A-Za-z]+(?:'[A-Za-z]+)*|[0-9]+)")


class Word(NamedTuple):
    """A run of letters, apostrophes inside included, or a run of digits."""

    start: int
    end: int
    text: str
    lowered: str


@dataclass(frozen=True)
class Reading:
    """A record's text in detection form (see detection_view.py).

    What several recognisers need is worked out once, for all words at a time: calls for each word are what costs.
    """

    text: str
    policy: RedactionPolicy

    @cached_property
    def _parts(self) -> list[str]:
        """Gaps and words in turns, beginning and ending with a gap."""
        return (_ASCII_WORD if self.text.isascii() else _WORD).split(self.text)

    @cached_property
    def word_texts(self) -> list[str]:
        """The words in order."""
        return self._parts[1::2]

    @cached_property
    def gaps(self) -> list[str]:
        """What stands before each word, and after the last."""
        return self._parts[::2]

    @cached_property
    def _bounds(self) -> list[int]:
        return list(accumulate(map(len, self._parts)))

    @cached_property
    def word_starts(self) -> list[int]:
        return self._bounds[:-1:2]

    @cached_property
    def word_ends(self) -> list[int]:
        return self._bounds[1::2]

    @cached_property
    def words(self) -> list[Word]:
        """The words with their places."""
        return [self._word(index) for index in range(len(self.word_texts))]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words in lower case, each once."""
        return frozenset(map(str.lower, set(self.word_texts)))

    @cached_property
    def digit_runs(self) -> list[tuple[int, int]]:
        """Start and end of each run of digits: whatever holds numbers is looked for around these."""
        return [match.span() for match in _DIGITS.finditer(self.text)]

    @property
    def has_digit(self) -> bool:
        return bool(self.digit_runs)

    def words_before(self, position: int, most: int) -> Iterable[Word]:
        """Up to so many words that end at or before a position, the nearest first."""
        last = bisect_left(self.word_starts, position)
        return map(self._word, range(last - 1, max(-1, last - 1 - most), -1))

    def _word(self, index: int) -> Word:
        text = self.word_texts[index]
        return Word(self.word_starts[index], self.word_ends[index], text, text.lower())


class Recogniser(Protocol):
    """Finds one family of personal data; linear in the length of the text."""

    def find(self, reading: Reading) -> Iterable[Span]:
        """Spans in reading.text."""
