"""Coding by words, taught by what people decided: the more reviewed records a code has, the more they count."""

from collections.abc import Sequence
from typing import Protocol

from coding.frameworks.tree import PlacedCode
from coding.strategies.learned import LearnedCodes
from coding.strategies.lexical_coder import HALF_CONFIDENCE, LexicalCoder, RankedCode

HALF_TAUGHT = 10
"""With so many reviewed records, they count as much for a code as its own words."""


class Coder(Protocol):
    """What ranks the codes of one framework."""

    def rank(self, text: str) -> list[RankedCode]: ...

    def similarity(self, text: str, placed: PlacedCode) -> float: ...


class TaughtCoder:
    """A lexical coder's ranking, shifted by what was learnt, by stable id."""

    def __init__(self, lexical: LexicalCoder, learned: LearnedCodes) -> None:
        self._lexical = lexical
        self._learned = learned

    def rank(self, text: str) -> list[RankedCode]:
        """All leaves, the likest first: a score at its threshold is worth half confidence."""
        scores = self._learned.scores(text)
        ranked = [self._shifted(each, scores.get(each.placed.code.stable_id, 0.0)) for each in self._lexical.rank(text)]
        return sorted(ranked, key=lambda each: each.similarity, reverse=True)

    def similarity(self, text: str, placed: PlacedCode) -> float:
        """How like a text is to one code, by words alone."""
        return self._lexical.similarity(text, placed)

    def _shifted(self, ranked: RankedCode, score: float) -> RankedCode:
        examples = self._learned.codes.get(ranked.placed.code.stable_id, 0)
        share = examples / (examples + HALF_TAUGHT)
        similarity = (1 - share) * ranked.similarity + share * min(HALF_CONFIDENCE * score, 1.0)
        return RankedCode(ranked.placed, similarity, is_reviewed=score >= 1)


def chosen_by_words(ranked: Sequence[RankedCode], nearby: float) -> list[RankedCode]:
    """The codes that reviewed records speak for; without any, those at least this share as like as the likest."""
    spoken_for = [each for each in ranked if each.is_reviewed]
    near = (each for each in ranked if each.similarity > 0 and each.similarity >= nearby * ranked[0].similarity)
    return spoken_for or list(near)
