"""Find the phrases of a language's lists in a text.

A list file has lines `NAME: phrase, phrase`; `#` begins a comment. In a phrase `word` stands for itself, `word*` for
all words with this beginning, `*word` for all with this ending (in languages that inflect by prefixes) and `~` for up
to four words of any kind. A phrase under `EXCEPT` hides the other matches within it ("beating down"); one under `NOT`
cancels a match directly after it ("no theft").
"""

import functools
import importlib.resources
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inference.text.words import fold, words

MAX_GAP_WORDS = 4
MIN_AFFIX_LENGTH = 3
EXCEPT, NOT = "EXCEPT", "NOT"

_ARABIC_PROCLITICS = ("وال", "بال", "كال", "فال", "لل", "ال", "و", "ف", "ب", "ل", "ك")


@dataclass(frozen=True)
class Match:
    """A match of a phrase of the named list, at words start to end (exclusive)."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class _Phrase:
    name: str
    parts: tuple[str, ...]


class PhraseBook:
    """The phrase lists of one language, indexed by first word."""

    def __init__(self, lists: Iterable[tuple[str, str]]) -> None:
        self._phrases: defaultdict[str, list[_Phrase]] = defaultdict(list)
        self.vocabulary: set[str] = set()
        self.first_words: dict[str, str] = {}
        for name, written in lists:
            parts = tuple(part for word in written.split() for part in _parts(word))
            self._phrases[parts[0]].append(_Phrase(name, parts))
            self.first_words.setdefault(name, parts[0].strip("*"))
            self.vocabulary.update(part for part in parts if "*" not in part and part != "~")

    def matches(self, text_words: Sequence[str]) -> list[Match]:
        """Return the matches in these folded words, without excepted and negated ones."""
        found = list(self._all_matches(text_words))
        hidden = [match for match in found if match.name == EXCEPT]
        negated = {match.end for match in found if match.name == NOT}
        return [
            match
            for match in found
            if match.name not in (EXCEPT, NOT)
            and match.start not in negated
            and not any(other.start <= match.start and match.end <= other.end for other in hidden)
        ]

    def _all_matches(self, text_words: Sequence[str]) -> Iterator[Match]:
        forms = [word_forms(word) for word in text_words]
        for start, possible in enumerate(forms):
            for key in _keys(possible):
                for phrase in self._phrases.get(key, ()):
                    end = _end_of(phrase.parts, forms, start)
                    if end is not None:
                        yield Match(phrase.name, start, end)


def _parts(word: str) -> list[str]:
    """Fold a phrase's word like the words of a text, with its star in place."""
    if word == "~":
        return [word]
    parts = words(word)
    parts[0] = "*" * word.startswith("*") + parts[0]
    parts[-1] += "*" * word.endswith("*")
    return parts


def word_forms(word: str) -> tuple[str, ...]:
    """Return the word, and for Arabic also its forms without attached particles."""
    if not "\u0600" <= word[:1] <= "\u06ff":
        return (word,)
    shorter = [
        word[len(front) :] for front in _ARABIC_PROCLITICS if word.startswith(front) and len(word) > len(front) + 1
    ]
    return (word, *shorter)


def _keys(forms: tuple[str, ...]) -> Iterator[str]:
    """Yield the first parts of phrases that match this word."""
    for form in forms:
        yield form
        for length in range(MIN_AFFIX_LENGTH, len(form) + 1):
            yield form[:length] + "*"
            yield "*" + form[-length:]


def _end_of(parts: tuple[str, ...], forms: Sequence[tuple[str, ...]], start: int) -> int | None:
    """Return the end of a phrase whose first word matches at start, None if the others do not match."""
    position = start + 1
    may_skip = 0
    for part in parts[1:]:
        if part == "~":
            may_skip = MAX_GAP_WORDS
            continue
        last = min(position + may_skip + 1, len(forms))
        at = next((index for index in range(position, last) if _fits(part, forms[index])), None)
        if at is None:
            return None
        position, may_skip = at + 1, 0
    return position


def _fits(part: str, forms: tuple[str, ...]) -> bool:
    if part[0] == "*":
        return any(form.endswith(part[1:]) for form in forms)
    if part[-1] == "*":
        return any(form.startswith(part[:-1]) for form in forms)
    return part in forms


@functools.cache
def phrase_book(folder: str, language: str) -> PhraseBook:
    """Read `inference/text/<folder>/<language>.txt`."""
    path = importlib.resources.files("inference.text").joinpath(folder, f"{language}.txt")
    return PhraseBook(read_lists(path.read_text(encoding="utf-8")))


def read_lists(text: str) -> Iterator[tuple[str, str]]:
    """Yield pairs of list name and phrase."""
    for line in text.splitlines():
        name, _, phrases = line.partition(":")
        if not name.startswith("#"):
            yield from ((name, written.strip()) for written in phrases.split(",") if fold(written).strip())
