"""A small linear model that says of a word in its sentence whether it belongs to a person, a place or an organisation.

Each word is described by what is known of it and of its neighbours (see lexicon.py), never by its own spelling unless
it
is an everyday word, so that a name it has never met is judged by its place in the sentence and by how it sounds.
`manage.py train_name_model` makes the weights.
"""

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from inference.redaction.lexicon import Facts, Lexicon
from inference.redaction.reading import Word

LABELS = ("O", "PERSON", "LOCATION", "ORGANISATION")
_EDGE = Facts("", "", "", "^", is_name=False, is_common=False)
_FEW_WORDS = 3
_SHORT_WORD = 4
_UNKNOWN_SHARE = 0.4
_STYLE_SHARE = 0.75


class Sentence(NamedTuple):
    """Words with what is known of them, what stands between them, and how the text uses capitals."""

    words: Sequence[Word]
    facts: Sequence[Facts]
    gaps: Sequence[str]
    style: str


def sentence_of(text: str, words: Sequence[Word], lexicon: Lexicon) -> Sentence:
    """Look every word up; gaps[i] stands before word i, gaps[-1] after the last."""
    facts = [lexicon.facts(word.text) for word in words]
    ends = [0, *(word.end for word in words)]
    starts = [*(word.start for word in words), len(text)]
    gaps = [_gap(text, end, start) for end, start in zip(ends, starts, strict=True)]
    gaps[0] = "."
    return Sentence(words, facts, gaps, _style(facts))


def _gap(text: str, start: int, end: int) -> str:
    """One sign for what stands between two words."""
    if end - start == 1:
        char = text[start]
        return char if char in " -'.,:/@\n" else ";"
    gap = text[start:end]
    if not gap:
        return "_"
    if "\n" in gap:
        return "\n"
    for sign in '.!?:,;()"«»،؛؟۔-':
        if sign in gap:
            return "." if sign in "!?؟۔" else "," if sign in "،؛;" else sign
    return " " if gap.isspace() else ";"


def _style(facts: Sequence[Facts]) -> str:
    """How the text uses capitals: n(ormal), l(ower), u(pper), t(itle case), a (none to use).

    Written in capitals itself when the lexicon knows little of the text's language: a word it does not know says
    less then.
    """
    plain = unknown = titles = capitals = 0
    for fact in facts:
        shape = fact.shape
        if shape == "T":
            titles += 1
        elif shape == "U":
            capitals += 1
        elif shape in {"l", "a"}:
            plain += 1
            unknown += not fact.is_common
    cased = sum(fact.shape == "l" for fact in facts)
    style = "n"
    if titles + capitals + cased == 0:
        style = "a"
    elif titles + capitals == 0:
        style = "l"
    elif titles + capitals + cased > _FEW_WORDS:
        total = titles + capitals + cased
        style = "u" if capitals >= _STYLE_SHARE * total else "t" if titles >= _STYLE_SHARE * total else "n"
    return style.upper() if unknown > _FEW_WORDS and unknown > _UNKNOWN_SHARE * plain else style


def _touches_digits(sentence: Sentence, index: int) -> bool:
    return "_" in (sentence.gaps[index], sentence.gaps[index + 1])


def is_candidate(sentence: Sentence, index: int) -> bool:
    """Whether the word could be a name at all: most words are plainly everyday words and are passed over."""
    fact = sentence.facts[index]
    shape = fact.shape
    if shape[0] == "d" or (len(sentence.words[index].text) <= _SHORT_WORD and _touches_digits(sentence, index)):
        return False
    if shape == "l" and sentence.style in "nN":
        return not fact.is_common and (fact.is_name or fact.sound > "4")
    if shape in {"l", "a"}:
        return not fact.is_common or fact.is_name
    if shape == "U" and sentence.style in "uU":
        return not fact.is_common or fact.is_name
    return True


def features(sentence: Sentence, index: int, previous: str) -> list[str]:
    """The names of what is true of the word at index; previous is the label of the word before it."""
    facts, gaps = sentence.facts, sentence.gaps
    last = len(facts) - 1
    here = facts[index]
    before = facts[index - 1] if index else _EDGE
    earlier = facts[index - 2] if index > 1 else _EDGE
    after = facts[index + 1] if index < last else _EDGE
    later = facts[index + 2] if index + 1 < last else _EDGE
    left, right = gaps[index], gaps[index + 1]
    form = here.shape + here.known
    left_form, right_form = before.shape + before.known, after.shape + after.known
    left_word = before.identity + left
    start = "^" if left in ".\n" else "-"
    return [
        "bias",
        "k" + here.known,
        "s" + here.shape + start + sentence.style,
        "n" + here.sound + here.shape,
        "f" + form + here.sound,
        "g" + form + start + sentence.style,
        "i" + here.identity + here.shape,
        "p" + left_word,
        "P" + left_form + left,
        "q" + earlier.identity + gaps[index - 1] + left_word if index else "q^",
        "a" + right + after.identity,
        "A" + right + right_form,
        "m" + left_form + left + form,
        "M" + form + right + right_form,
        "t" + previous + here.shape + left,
        "T" + previous + left + form,
        "x" + after.identity + gaps[index + 2] + later.identity if index < last else "x^",
        "c" + left_word + form,
        "C" + form + right + after.identity,
        "d" + left + right + form,
        "e" + before.identity + "|" + after.identity,
    ]


class NameModel:
    """Weights of features for each label but O, whose weights are zero, in whole steps."""

    def __init__(self, weights: Mapping[str, tuple[int, ...]], step: float) -> None:
        self._weights = weights
        self._step = step

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what the training command wrote; equal weights are kept once."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            content = json.load(file)
        once: dict[tuple[int, ...], tuple[int, ...]] = {}
        weights = {name: once.setdefault(tuple(row), tuple(row)) for name, row in content["weights"].items()}
        return cls(weights, content["scale"])

    def probabilities(self, names: Sequence[str]) -> tuple[float, float, float]:
        """How probable person, place and organisation are."""
        person = place = organisation = 0
        get = self._weights.get
        for name in names:
            row = get(name)
            if row is not None:
                person += row[0]
                place += row[1]
                organisation += row[2]
        top = max(person, place, organisation, 0)
        step = self._step
        odds = math.exp((person - top) * step), math.exp((place - top) * step), math.exp((organisation - top) * step)
        total = sum(odds) + math.exp(-top * step)
        return odds[0] / total, odds[1] / total, odds[2] / total
