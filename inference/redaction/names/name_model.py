"""A linear model that labels the words of a sentence: person, place, organisation or none.

Each word is described by what is known of it and of its neighbours (see lexicon.py), never by its own spelling unless
it is an everyday word, so that a name it has never met is judged by its place in the sentence and by how it sounds.
`manage.py train_name_model` makes the weights.
"""

import gzip
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Self

from inference.redaction.names.lexicon import Facts, Lexicon, Neighbour
from inference.redaction.names.word_cache import WordCache
from inference.redaction.reading import Reading

LABELS = ("O", "PERSON", "LOCATION", "ORGANISATION")
_EDGE = Facts("", "", "", "^", Neighbour("^", ""), is_name=False, is_common=False)
_FEW_WORDS = 3
_SHORT_WORD = 4
_UNKNOWN_SHARE = 0.4
_STYLE_SHARE = 0.75
_CACHED_GAPS = 2_000
_CACHED_SUMS = 20_000

_tally = attrgetter("tally")

Weights = tuple[int, int, int]
"""Of person, place and organisation, in whole steps."""


class Sentence(NamedTuple):
    """Words with what is known of them, signs for what stands between them, and how the text uses capitals.

    surroundings, signs: facts and gaps with two edges, and one empty sign, put before and behind them.
    """

    texts: Sequence[str]
    facts: Sequence[Facts]
    gaps: Sequence[str]
    style: str
    surroundings: Sequence[Facts]
    signs: Sequence[str]


def sentence_of(reading: Reading, lexicon: Lexicon) -> Sentence:
    """Look every word up; gaps[i] is a sign for what stands before word i, gaps[-1] after the last."""
    facts = list(map(lexicon.facts.__getitem__, reading.word_texts))
    gaps = list(map(_signs.__getitem__, reading.gaps))
    gaps[0] = "."
    around = [_EDGE, _EDGE, *facts, _EDGE, _EDGE]
    return Sentence(reading.word_texts, facts, gaps, style_of(facts), around, ["", *gaps, ""])


def _sign(gap: str) -> str:
    """One sign for what stands between two words."""
    if len(gap) == 1:
        return gap if gap in " -'.,:/@\n" else ";"
    if not gap:
        return "_"
    if "\n" in gap:
        return "\n"
    for sign in '.!?:,;()"«»،؛؟۔-':
        if sign in gap:
            return "." if sign in "!?؟۔" else "," if sign in "،؛;" else sign
    return " " if gap.isspace() else ";"


_signs = WordCache(_sign, max_entries=_CACHED_GAPS)


def style_of(facts: Sequence[Facts]) -> str:
    """How the text uses capitals: n(ormal), l(ower), u(pper), t(itle case), a (none to use).

    The letter is a capital when the lexicon knows few words of the text: an unknown word is weaker evidence then.
    """
    tallies = Counter(map(_tally, facts))
    unknown = tallies["l?"] + tallies["a?"]
    plain = unknown + tallies["l"] + tallies["a"]
    titles, capitals = tallies["T"] + tallies["T?"], tallies["U"] + tallies["U?"]
    cased = tallies["l"] + tallies["l?"]
    total = titles + capitals + cased
    style = "n"
    if total == 0:
        style = "a"
    elif titles + capitals == 0:
        style = "l"
    elif total > _FEW_WORDS:
        style = "u" if capitals >= _STYLE_SHARE * total else "t" if titles >= _STYLE_SHARE * total else "n"
    return style.upper() if unknown > _FEW_WORDS and unknown > _UNKNOWN_SHARE * plain else style


def candidates(sentence: Sentence) -> list[int]:
    """Places of the words that could be names at all."""
    style = sentence.style.lower()
    return [
        index
        for index, fact in enumerate(sentence.facts)
        if style in fact.styles and not (len(sentence.texts[index]) <= _SHORT_WORD and _touches_digits(sentence, index))
    ]


def _touches_digits(sentence: Sentence, index: int) -> bool:
    is_last = index + 1 == len(sentence.texts)
    return sentence.gaps[index] == "_" or (not is_last and sentence.gaps[index + 1] == "_")


def features(sentence: Sentence, index: int, previous: str) -> list[str]:
    """The names of what is true of the word at index; previous is the label of the word before it."""
    earlier, before, here, after, later = sentence.surroundings[index : index + 5]
    far_left, left, right, far_right = sentence.signs[index : index + 4]
    return [
        *_of_word(here, left, sentence.style),
        *_of_left(before.neighbour, left, here.form, previous),
        *_of_right(after.neighbour, right, here.form),
        *_of_both_sides(
            earlier.identity,
            far_left,
            before.identity,
            left,
            here.form,
            right,
            after.identity,
            far_right,
            later.identity,
        ),
    ]


def _of_word(here: Facts, left: str, style: str) -> tuple[str, ...]:
    known, shape, sound = here.known, here.shape, here.sound
    start = "^" if left in ".\n" else "-"
    return (
        "bias",
        "k" + known,
        "s" + shape + start + style,
        "n" + sound + shape,
        "f" + shape + known + sound,
        "g" + shape + known + start + style,
        "i" + here.identity + shape,
    )


def _of_left(before: Neighbour, left: str, form: str, previous: str) -> tuple[str, ...]:
    return (
        "p" + before.identity + left,
        "P" + before.form + left,
        "m" + before.form + left + form,
        "c" + before.identity + left + form,
        "t" + previous + form[0] + left,
        "T" + previous + left + form,
    )


def _of_right(after: Neighbour, right: str, form: str) -> tuple[str, ...]:
    return (
        "a" + right + after.identity,
        "A" + right + after.form,
        "M" + form + right + after.form,
        "C" + form + right + after.identity,
    )


def _of_both_sides(
    earlier: str,
    far_left: str,
    before: str,
    left: str,
    form: str,
    right: str,
    after: str,
    far_right: str,
    later: str,
) -> tuple[str, ...]:
    return (
        "q" + earlier + far_left + before + left if far_left else "q^",
        "x" + after + far_right + later if far_right else "x^",
        "d" + left + right + form,
        "e" + before + "|" + after,
    )


class NameModel:
    """Weights of features for the labels other than O, whose weights are zero, in whole steps.

    The same words stand beside the same neighbours again and again: the sums of their features are cached.
    """

    def __init__(self, weights: Mapping[str, Weights], step: float) -> None:
        self._weights = weights
        self._step = step
        self._word, self._left, self._right, self._both_sides = (
            self._cached_sums(describe) for describe in (_of_word, _of_left, _of_right, _of_both_sides)
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what the training command wrote; equal weights are stored once."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            content = json.load(file)
        once: dict[Weights, Weights] = {}
        weights = {
            name: once.setdefault((row[0], row[1], row[2]), tuple(row)) for name, row in content["weights"].items()
        }
        return cls(weights, content["scale"])

    def weights(self, sentence: Sentence, index: int, previous: str) -> Weights:
        """The weights of person, place and organisation at the word at index; previous as in features."""
        earlier, before, here, after, later = sentence.surroundings[index : index + 5]
        far_left, left_sign, right_sign, far_right = sentence.signs[index : index + 4]
        word = self._word(here, left_sign, sentence.style)
        form = here.neighbour.form
        left = self._left(before.neighbour, left_sign, form, previous)
        right = self._right(after.neighbour, right_sign, form)
        both = self._both_sides(
            earlier.identity,
            far_left,
            before.identity,
            left_sign,
            form,
            right_sign,
            after.identity,
            far_right,
            later.identity,
        )
        return (
            word[0] + left[0] + right[0] + both[0],
            word[1] + left[1] + right[1] + both[1],
            word[2] + left[2] + right[2] + both[2],
        )

    def probabilities(self, weights: Weights) -> tuple[float, float, float]:
        """How probable person, place and organisation are."""
        person, place, organisation = weights
        top = max(person, place, organisation, 0)
        step = self._step
        odds = math.exp((person - top) * step), math.exp((place - top) * step), math.exp((organisation - top) * step)
        total = sum(odds) + math.exp(-top * step)
        return odds[0] / total, odds[1] / total, odds[2] / total

    def weight_of(self, probability: float) -> float:
        """The weight under which no label can be this probable."""
        return math.log(probability / (1 - probability)) / self._step

    def _cached_sums(self, describe: Callable[..., tuple[str, ...]]) -> Callable[..., Weights]:
        return lru_cache(maxsize=_CACHED_SUMS)(lambda *known: self._sum(describe(*known)))

    def _sum(self, names: Iterable[str]) -> Weights:
        person = place = organisation = 0
        get = self._weights.get
        for name in names:
            row = get(name)
            if row is not None:
                person += row[0]
                place += row[1]
                organisation += row[2]
        return person, place, organisation
