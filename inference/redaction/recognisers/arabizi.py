"""Names in Arabic chat spelling, with figures for the letters that Latin script lacks: mo7ammad, 3ali, 5aled.

A word with such a figure is a name if one of its spellings in letters is a listed name, or if a particle of names
stands before it ("abu 3omar"). After the article ("al 3ali") a listed given name is enough, even one that is an
everyday word of another language.
"""

import re
from collections.abc import Iterator
from itertools import product

from inference.redaction.entities import Entity
from inference.redaction.names.lexicon import COMMON_SHIFT, FAMILY, GIVEN, Lexicon
from inference.redaction.reading import Reading
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

_SPELLINGS = {
    "2": ("", "a"),
    "3": ("a", "", "e", "i", "o", "u"),
    "5": ("kh",),
    "6": ("t",),
    "7": ("h",),
    "8": ("gh", "q"),
    "9": ("s", "q"),
}
_WORD = re.compile(
    r"(?<![\w@./'-])(?=[a-z]*[2356789])(?=[2356789]*[a-z])[a-z2356789]{3,14}(?![\w@/]|\.\w)", re.IGNORECASE
)
_PARTICLE = re.compile(r"(?<!\w)(?:abu|abou|abo|um|om|umm|bin|ibn|ben|bint|bent|abd|abdel)[ -]$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?<!\w)([a-z2-9]{3,14}) (?:al|el)[ -]$", re.IGNORECASE)
"""Before any noun; behind a name it begins the second name."""
_BARE_ARTICLE = re.compile(r"(?<!\w)(?:al|el)[ -]$", re.IGNORECASE)
_MAX_FIGURES = 2
_MAX_BEFORE = 20
_EVERYDAY = words_in("arabizi_words")
_ORDINARY = re.compile(r"[0-9]+[a-z]{1,2}|[a-z][0-9]+|[a-z]+[0-9]+", re.IGNORECASE)
"""Figures with a unit, a block with its number: 7am, 5kg, B7, zone3."""
_PERSON_SCORE = 0.63


def arabizi_names(reading: Reading, lexicon: Lexicon) -> Iterator[Span]:
    """Names whose spelling has figures for letters, with the particle before them."""
    if not reading.has_digit or "" not in reading.gaps[1:-1]:  # no digit touches a letter
        return
    for match in _WORD.finditer(reading.text):
        word = match[0].lower()
        if sum(map(str.isdecimal, word)) > _MAX_FIGURES or _ORDINARY.fullmatch(word) or word in _EVERYDAY:
            continue
        start = _start_with_particle(reading.text, match.start(), lexicon)
        follows_article = _BARE_ARTICLE.search(reading.text, max(0, match.start() - 4), match.start()) is not None
        if start < match.start() or _may_be_name(lexicon, word) or (follows_article and _is_given(lexicon, word)):
            yield Span(start, match.end(), Entity.PERSON, _PERSON_SCORE)


def _start_with_particle(text: str, start: int, lexicon: Lexicon) -> int:
    """Where a name starts with the particle before it, or with the article between it and another name."""
    before = text[max(0, start - _MAX_BEFORE) : start]
    article = _ARTICLE.search(before)
    particle = _PARTICLE.search(before)
    if article and article[1].lower() not in _EVERYDAY and _may_be_name(lexicon, article[1].lower()):
        return start - len(before) + article.start()
    return start - len(before) + particle.start() if particle else start


def _may_be_name(lexicon: Lexicon, word: str) -> bool:
    return any(_is_name(lexicon, spelling) for spelling in _spellings(word))


def _is_given(lexicon: Lexicon, word: str) -> bool:
    return any(spelling and lexicon.flags(spelling) & GIVEN for spelling in _spellings(word))


def _spellings(word: str) -> Iterator[str]:
    """The word in letters; a figure stands for one of several."""
    for letters in product(*(_SPELLINGS.get(char, (char,)) for char in word)):
        yield "".join(letters)


def _is_name(lexicon: Lexicon, word: str) -> bool:
    flags = lexicon.flags(word) if word else 0
    return bool(flags & (GIVEN | FAMILY)) and not flags >> COMMON_SHIFT
