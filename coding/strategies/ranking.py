"""Rank codes by how well they fit a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coding.frameworks.tree import PlacedCode

HALF_CONFIDENCE = 0.15


@dataclass(frozen=True)
class RankedCode:
    """similarity: from 0 to 1. confidence: the same, stretched; comparable between codes, not a probability.

    is_reviewed: records that people coded say that the code fits.
    """

    placed: PlacedCode
    similarity: float
    is_reviewed: bool = False

    @property
    def confidence(self) -> float:
        return round(self.similarity / (self.similarity + HALF_CONFIDENCE), 4)


class Coder(Protocol):
    """Ranks the codes of one framework, the most similar first.

    min_share_of_first: of the first code's similarity; codes above it are assigned as well.
    """

    min_share_of_first: float

    def rank(self, text: str) -> list[RankedCode]: ...

    def similarity(self, text: str, placed: PlacedCode) -> float: ...


def fitting_codes(ranked: Sequence[RankedCode], *, min_share: float) -> list[RankedCode]:
    """Return the codes that reviewed records speak for; without any, the first code and those close to it.

    min_share: of the first code's similarity.
    """
    reviewed = [code for code in ranked if code.is_reviewed]
    close = (code for code in ranked if code.similarity > 0 and code.similarity >= min_share * ranked[0].similarity)
    return reviewed or list(close)
