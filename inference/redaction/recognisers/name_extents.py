"""How far a name goes: initials, hyphens, kunyas, filiations and what is joined to one span.

The name model and the cues label single words. A name goes on over its initials (J. P. Mbeki), the other half of a
hyphen (Ould-Ely), a filiation (bint X) with any word behind it, and a kunya before it (Umm X).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from inference.redaction.entities import Entity
from inference.redaction.names.name_model import Sentence
from inference.redaction.reading import Reading
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

PERSON = "PERSON"
_CERTAIN = 0.9
_KUNYAS, _FILIATIONS, _SUFFIXES = words_in("kunyas"), words_in("filiations"), words_in("name_suffixes")
_AFFIXES = _KUNYAS | _FILIATIONS | _SUFFIXES
_PARTICLES = words_in("name_particles") | _FILIATIONS
_ACRONYMS = words_in("acronyms")
_INSIDE = frozenset([" ", "-", "'", " - ", "."])
_MAX_INITIAL_LENGTH = 2
_MAX_WORDS = 6
"""A longer run of words that look like names is several names, or none: no span swallows a whole record."""
_INITIALS = re.compile(r"(?<![\w.])(?:[^\W\d_a-zа-яіїєґё]\. ?){2,3}(?:(?=[^\W\d_a-zа-яіїєґё][^\W\d_])|(?![^\W\d_]))")
_MIN_SPELLED_LETTERS = 3
_LETTER = "[A-Za-z\u00c0-\u024f\u0400-\u04ff\u0621-\u064a\u067e-\u06d3]"
_SPELLED = re.compile(rf"(?<!\w){_LETTER}(?:(?: |-|, |\. ?){_LETTER}){{3,30}}(?!\w)")


class Labelled(NamedTuple):
    """The label of a word, and how certain it is."""

    label: str
    score: float


Labels = dict[int, Labelled]
"""By the place of the word; words that are nobody's name are not in it."""


def spread(reading: Reading, sentence: Sentence, labels: Labels, letters: Sequence[str]) -> None:
    """Label what belongs to the names that are labelled, and take the label off letters that stand alone."""
    has_affixes = not reading.vocabulary.isdisjoint(_AFFIXES)
    has_hyphens = "-" in reading.gaps
    if not (letters or has_affixes or has_hyphens):
        return
    for index in sorted(index for index, label in labels.items() if label.label == PERSON):
        if has_affixes:
            _over_filiation(reading, labels, index)
            _over_affixes(reading, labels, index)
        if has_hyphens:
            _over_hyphen(reading, sentence, labels, index)
        if letters:
            _over_initials(reading, sentence, labels, index)
    for index in [index for index in labels if len(sentence.texts[index]) == 1]:
        if not _has_neighbour(reading, labels, index):
            del labels[index]


def _put(labels: Labels, index: int) -> None:
    if labels.get(index, Labelled("O", 0)).label != PERSON:
        labels[index] = Labelled(PERSON, _CERTAIN)


def _over_filiation(reading: Reading, labels: Labels, index: int) -> None:
    words = reading.words_lowered
    while index + 2 < len(words) and words[index + 1] in _FILIATIONS and _is_apart(reading, index + 1, 2):
        _put(labels, index + 1)
        _put(labels, index + 2)
        index += 2


def _is_apart(reading: Reading, first: int, count: int) -> bool:
    return all(reading.gaps[place] in {" ", "-"} for place in range(first, first + count))


def _over_hyphen(reading: Reading, sentence: Sentence, labels: Labels, index: int) -> None:
    for place, gap in ((index - 1, index), (index + 1, index + 1)):
        if 0 <= place < len(sentence.texts) and reading.gaps[gap] == "-":
            fact = sentence.facts[place]
            if fact.shape in "TUI" or not fact.is_common:
                _put(labels, place)


def _over_initials(reading: Reading, sentence: Sentence, labels: Labels, index: int) -> None:
    if len(sentence.texts[index]) == 1:
        return
    place = index - 1
    while place >= 0 and _is_initial(sentence, place) and reading.gaps[place + 1] in {". ", "."}:
        _put(labels, place)
        place -= 1
    place = index + 1
    if place < len(sentence.texts) and _is_initial(sentence, place) and reading.gaps[place] == " ":
        is_last = place + 1 == len(sentence.texts)
        if is_last or reading.gaps[place + 1][:1] in {".", ",", ";", "\n", ")"}:
            _put(labels, place)


def _is_initial(sentence: Sentence, place: int) -> bool:
    return len(sentence.texts[place]) == 1 and sentence.facts[place].shape in "Ia"


def _over_affixes(reading: Reading, labels: Labels, index: int) -> None:
    words = reading.words_lowered
    if index > 0 and words[index - 1] in _KUNYAS and reading.gaps[index] in {" ", "-"}:
        _put(labels, index - 1)
    place = index + 1
    while place < len(words) and words[place] in _SUFFIXES and reading.gaps[place] == " ":
        _put(labels, place)
        place += 1


def _has_neighbour(reading: Reading, labels: Labels, index: int) -> bool:
    """Whether a letter touches the rest of a name of its kind."""
    label = labels[index].label
    before = index - 1 in labels and labels[index - 1].label == label and _continues(reading, index)
    after = index + 1 in labels and labels[index + 1].label == label and _continues(reading, index + 1)
    return before or after


def initials(reading: Reading, letters: Sequence[str]) -> Iterator[Span]:
    """Initials with the name behind them or alone: R. K. Mostafa, A.K."""
    text = reading.text
    if "." not in text or not any(f"{letter.upper()}." in text for letter in letters):
        return
    for match in _INITIALS.finditer(text):
        if match[0].replace(" ", "").rstrip(".").lower() not in _ACRONYMS:
            end = _end_of_surname(reading, match.end())
            yield Span(match.start(), end or match.start() + len(match[0].rstrip()), Entity.PERSON, _CERTAIN * 0.7)


def _end_of_surname(reading: Reading, position: int) -> int | None:
    for index in reading.places_before(position + 1, 1):
        if reading.word_starts[index] == position and reading.word_texts[index][0].isupper():
            return reading.word_ends[index]
    return None


def single_letters(reading: Reading) -> list[str]:
    """The words of one letter of a text, in lower case."""
    return [word for word in reading.vocabulary if len(word) == 1 and not word.isdecimal()]


def spelled_names(reading: Reading, letters: Sequence[str]) -> Iterator[Span]:
    """Names spelled letter by letter: O K E L L O; letters in the order of the alphabet are a list."""
    if len(letters) < _MIN_SPELLED_LETTERS:
        return
    for match in _SPELLED.finditer(reading.text):
        spelled = [char for char in match[0].lower() if char.isalpha()]
        steps = [ord(second) - ord(first) for first, second in pairwise(spelled)]
        if set(steps) != {1} and len(set(spelled)) > 1:
            yield Span(match.start(), match.end(), Entity.PERSON, _CERTAIN * 0.7)


def joined(reading: Reading, sentence: Sentence, labels: Labels) -> Iterator[Span]:
    """Spans of neighbouring words with one label, particles between them included."""
    done = -1
    for index in sorted(labels):
        if index <= done:
            continue
        label, score, done = labels[index].label, labels[index].score, index
        for position in range(index + 1, min(index + _MAX_WORDS, len(sentence.texts))):
            if not _continues(reading, position):
                break
            if position in labels and labels[position].label == label:
                done, score = position, max(score, labels[position].score)
            elif reading.words_lowered[position] not in _PARTICLES:
                break
        yield Span(
            reading.word_starts[index],
            reading.word_ends[done] - _possessive(sentence.texts[done]),
            Entity(label),
            min(score, 0.99) * 0.65 if label != PERSON else score * 0.7,
        )


def _possessive(word: str) -> int:
    """How many characters of the word are no part of the name: Amina's tent."""
    return 2 if word.endswith(("'s", "'S")) and len(word) > 2 else 0


def _continues(reading: Reading, position: int) -> bool:
    gap = reading.gaps[position]
    if gap == ". ":
        return len(reading.word_texts[position - 1]) <= _MAX_INITIAL_LENGTH
    return gap in _INSIDE
