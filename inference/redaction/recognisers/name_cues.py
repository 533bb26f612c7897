"""Names that a phrase announces, everyday words among them: "they call him Water", "Name: ...", "doña X".

A form's field holds a name to its end. A phrase of calling ("le dicen", "lakabu yake") has a name beside it unless a
very common word in lower case stands there, a phrase of naming ("my name is") unless an everyday word does. A title or
a word of kin has one if the next word is no everyday word. The name model judges everything else.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from inference.redaction.detection_view import view_of
from inference.redaction.names.lexicon import NO_EVIDENCE as _NO_EVIDENCE
from inference.redaction.names.name_model import Sentence
from inference.redaction.reading import Reading, words_of
from inference.redaction.word_lists import phrases_in, words_in

_SCORE = 0.95
_MAX_FIELD_WORDS = 6
_MAX_NAME_WORDS = 3
_FIELD_SIGN = re.compile(r" ?[:=] ?| - |\t|\|")
_INSIDE_FIELD = frozenset([" ", "-", "'", ". ", ".", ", ", ".-", " - "])
_INSIDE_NAME = frozenset([" ", "-", "'", ". "])
_AFTER_CUE = frozenset([" ", ' "', " '", " «", " “", ": ", ' ("', " (", ': "', " : "])
_ABBREVIATION_LENGTH = 4
_ARTICLES = frozenset(["el", "la", "o", "a", "le", "l'", "the", "al", "ال", "de"])
_NEVER = (
    words_in("calendar")
    | words_in("name_particles")
    | words_in("cue_fillers")
    | words_in("gods")
    | words_in("not_names")
)
_VERY_COMMON = "1"
_NEUTRAL_SOUND = 4


Phrases = list[tuple[str, ...]]
ByEdge = dict[str, Phrases]
"""Phrases by the word next to the name: the last one where the name follows, the first one where it precedes."""


def _phrases(name: str, edge: int) -> ByEdge:
    by_edge: ByEdge = {}
    for phrase in chain.from_iterable(phrases_in(name).values()):
        words = tuple(words_of(view_of(" ".join(phrase)).text))
        by_edge.setdefault(words[edge], []).append(words)
    return by_edge


def _titles(name: str) -> ByEdge:
    return {word: [(word,)] for phrase in chain.from_iterable(phrases_in(name).values()) for word in phrase}


_FIELDS, _NAMING = _phrases("name_fields", -1), _phrases("naming_cues", -1)
_BEFORE, _BEHIND = _phrases("nickname_cues", -1), _phrases("nickname_tails", 0)
_TITLES_BEFORE, _TITLES_AFTER = _titles("titles_before"), _titles("titles_after")
_FAMILIES = (_FIELDS, _NAMING, _BEFORE, _TITLES_BEFORE, _BEHIND, _TITLES_AFTER)


class _Edges:
    """The phrases of some families by their edges."""

    def __init__(self, families: Iterable[ByEdge]) -> None:
        self.phrases: ByEdge = {}
        for family in families:
            for edge, phrases in family.items():
                self.phrases.setdefault(edge, []).extend(phrases)
        self.words = frozenset(self.phrases)

    def in_vocabulary(self, vocabulary: frozenset[str]) -> list[str]:
        """The edges of which a whole phrase is in a vocabulary."""
        return [
            edge
            for edge in vocabulary & self.words
            if any(vocabulary.issuperset(phrase) for phrase in self.phrases[edge])
        ]


_ALL, _WITHOUT_FIELDS = _Edges(_FAMILIES), _Edges(_FAMILIES[1:])
_ALL_TITLES = frozenset(_TITLES_BEFORE) | frozenset(_TITLES_AFTER)


class _Possible(NamedTuple):
    """The phrases of each family that a text may hold, by edge."""

    fields: Phrases
    naming: Phrases
    before: Phrases
    titles_before: Phrases
    behind: Phrases
    titles_after: Phrases


def cued_names(reading: Reading, sentence: Sentence) -> dict[int, float]:
    """Return the places of words that a phrase announces as a name, with a score."""
    vocabulary = reading.vocabulary
    edges = (_ALL if _may_hold_fields(reading.text) else _WITHOUT_FIELDS).in_vocabulary(vocabulary)
    if not edges:
        return {}
    possible = {edge: _possible(edge, vocabulary) for edge in edges}
    return {
        cued: _SCORE
        for place, word in enumerate(reading.words_lowered)
        if word in possible
        for cued in _cued_by(reading, sentence, place, possible[word])
    }


def _may_hold_fields(text: str) -> bool:
    return ":" in text or "=" in text or "|" in text or "\t" in text or " - " in text


def _possible(edge: str, vocabulary: frozenset[str]) -> _Possible:
    return _Possible(
        *([phrase for phrase in family.get(edge, ()) if vocabulary.issuperset(phrase)] for family in _FAMILIES)
    )


def _cued_by(reading: Reading, sentence: Sentence, place: int, phrases: _Possible) -> Iterator[int]:
    if phrases.fields and _stands_before(reading, place, phrases.fields):
        yield from _field(reading, sentence, place)
    if phrases.naming and _stands_before(reading, place, phrases.naming):
        yield from _name_after(reading, sentence, place, _could_be_own_name)
    if phrases.before and _stands_before(reading, place, phrases.before):
        yield from _name_after(reading, sentence, place, _could_be_nickname)
    if phrases.titles_before:
        yield from _name_after(reading, sentence, place, _could_be_name)
    if phrases.behind and _stands_behind(reading, place, phrases.behind):
        yield from _name_before(reading, sentence, place, _could_be_nickname)
    if phrases.titles_after:
        yield from _name_before(reading, sentence, place, _could_be_titled)


def _stands_before(reading: Reading, last: int, phrases: Phrases) -> bool:
    """Whether one of the phrases ends with the word at last."""
    words = reading.words_lowered
    return any(
        len(phrase) <= last + 1 and all(words[last - back] == phrase[-1 - back] for back in range(1, len(phrase)))
        for phrase in phrases
    )


def _stands_behind(reading: Reading, first: int, phrases: Phrases) -> bool:
    words = reading.words_lowered
    return any(
        first + len(phrase) <= len(words) and all(words[first + on] == phrase[on] for on in range(1, len(phrase)))
        for phrase in phrases
    )


def _field(reading: Reading, sentence: Sentence, label: int) -> Iterator[int]:
    """The words of a field's value, to its end."""
    first = label + 1
    if first >= len(reading.word_texts) or not _FIELD_SIGN.fullmatch(reading.gaps[first]):
        return
    if _is_plain(sentence, first) and not _has_capital(sentence, first):
        return
    for place in range(first, min(first + _MAX_FIELD_WORDS, len(reading.word_texts))):
        gap, word = reading.gaps[place], reading.word_texts[place]
        if word[0].isdecimal() or (place > first and gap not in _INSIDE_FIELD):
            return
        if place > first and gap == ", " and sentence.facts[place].shape not in "TU":
            return
        if place + 1 < len(reading.gaps) and reading.gaps[place + 1].lstrip()[:1] in {":", "="}:
            return
        yield place


def _name_after(
    reading: Reading, sentence: Sentence, cue: int, could_be: Callable[[Sentence, int], bool]
) -> Iterator[int]:
    first = cue + 1
    if first + 1 < len(reading.word_texts) and reading.word_texts[first].lower() in _ARTICLES:
        first += reading.gaps[first] == " " and could_be is _could_be_nickname
    if first >= len(reading.word_texts) or not _follows(reading, first) or not could_be(sentence, first):
        return
    yield first
    for place in range(first + 1, min(first + _MAX_NAME_WORDS, len(reading.word_texts))):
        if reading.gaps[place] not in _INSIDE_NAME or not _goes_on(sentence, place):
            return
        yield place


def _follows(reading: Reading, place: int) -> bool:
    """Whether a word follows a cue: a space or a quotation mark between, or the full stop of an abbreviation."""
    gap = reading.gaps[place]
    return gap in _AFTER_CUE or (gap == ". " and len(reading.word_texts[place - 1]) <= _ABBREVIATION_LENGTH)


def _name_before(
    reading: Reading, sentence: Sentence, cue: int, could_be: Callable[[Sentence, int], bool]
) -> Iterator[int]:
    last = cue - 1
    if last < 0 or reading.gaps[cue] not in _AFTER_CUE or not could_be(sentence, last):
        return
    yield last
    if last > 0 and reading.gaps[last] in _INSIDE_NAME and _goes_on(sentence, last - 1):
        yield last - 1


def _could_be_nickname(sentence: Sentence, place: int) -> bool:
    """Any word but figures and, without a capital, very common ones."""
    text, fact = sentence.texts[place], sentence.facts[place]
    if text[0].isdecimal() or len(text) == 1 or text.lower() in _NEVER:
        return False
    return _has_capital(sentence, place) or fact.known[-1] != _VERY_COMMON or fact.is_name


def _could_be_own_name(sentence: Sentence, place: int) -> bool:
    """A word with a capital, a known name, or one that is no everyday word: not "my name is missing"."""
    text, fact = sentence.texts[place], sentence.facts[place]
    if text[0].isdecimal() or len(text) == 1 or text.lower() in _NEVER:
        return False
    return _has_capital(sentence, place) or fact.is_name or not fact.is_common


def _could_be_name(sentence: Sentence, place: int) -> bool:
    """Whether a word has a capital that is evidence, or is no everyday word."""
    text, fact = sentence.texts[place], sentence.facts[place]
    if text[0].isdecimal() or len(text) == 1 or text.lower() in _NEVER or text.lower() in _ALL_TITLES:
        return False
    if _has_capital(sentence, place):
        return not _is_plain(sentence, place)
    return not fact.is_common and (fact.is_name or (sentence.style.lower() == "l" and int(fact.sound) > _NEUTRAL_SOUND))


def _could_be_titled(sentence: Sentence, place: int) -> bool:
    """As before a title; in scripts without capitals only a name that is known."""
    return _could_be_name(sentence, place) and (sentence.facts[place].is_name or _has_capital(sentence, place))


def _goes_on(sentence: Sentence, place: int) -> bool:
    """Whether a word goes on with a name: a known name, an unknown word with a capital."""
    text, fact = sentence.texts[place], sentence.facts[place]
    if text[0].isdecimal() or text.lower() in _NEVER or text.lower() in _ALL_TITLES:
        return False
    if fact.shape == _NO_EVIDENCE:
        return False
    return (fact.is_name and not fact.is_common) or (_has_capital(sentence, place) and not _is_plain(sentence, place))


def _has_capital(sentence: Sentence, place: int) -> bool:
    """Whether a word has a capital in a text in which only some words have one."""
    return sentence.facts[place].shape in "TUI" and sentence.style.lower() == "n"


def _is_plain(sentence: Sentence, place: int) -> bool:
    fact = sentence.facts[place]
    return fact.is_common and not fact.is_name
