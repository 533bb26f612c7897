"""Rank codes by meaning beside words: similarities of sentence embeddings, added to those of the offline coder.

Every similarity is standardised over the codes of the framework, because cosines of E5 differ little and those of words
have another scale. The spread is drawn towards a typical one, so that a framework of few codes is not all extremes.
The weights were chosen on the quotes of one framework and the demo's records; docs/offline.md has the figures.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coding.frameworks.tree import PlacedCode
from coding.strategies.code_vectors import CodeVectors
from coding.strategies.offline_coder import OfflineCoder
from coding.strategies.ranking import HALF_CONFIDENCE, RankedCode
from inference.embeddings.embedder import Vectors
from inference.text.reading import read_text

Scores = NDArray[np.float32]

NAME_WEIGHT, DESCRIPTION_WEIGHT, EXAMPLE_WEIGHT, BRANCH_WEIGHT = 0.5, 0.5, 0.15, 0.5
# Standard deviations over the codes of a record, means of both sets, and the number of codes that they count as.
WORDS_SPREAD, NAME_SPREAD, DESCRIPTION_SPREAD, EXAMPLE_SPREAD, BRANCH_SPREAD = 0.037, 0.0172, 0.0165, 0.02, 0.014
SPREAD_CODES = 20
NEAREST_IN_BRANCH = 8
# Of meaning beside words. The encoder knows these languages less well than the word lists do.
WEIGHT_OF_LANGUAGE: Mapping[str, float] = {"fa": 0.25, "ha": 0.5, "pt": 0.25, "so": 0.25, "sw": 0.25}
SPREAD_OF_MEANING = 0.85
# Of the softmax over all codes: with it, confidences are the shares of records whose first code is right, for 4 to 154
# codes of both sets.
STEEPNESS = 2.0
GAP = 0.5
# Below this score of the first code, times the logarithm of the number of codes, nothing fits.
MIN_SCORE = 0.43


class MeaningCoder:
    """The ranking of the offline coder, with meaning added for the texts whose vectors are given."""

    min_share_of_first = math.exp(-STEEPNESS * GAP)

    def __init__(self, coder: OfflineCoder, codes: CodeVectors, vectors: Mapping[str, Vectors]) -> None:
        self._coder = coder
        self._codes = codes
        self._vectors = vectors
        roots = [id(placed.path[0]) for placed in coder.codes]
        self._roots = np.array([roots.index(root) for root in roots])
        self._places = {id(placed): place for place, placed in enumerate(coder.codes)}

    def rank(self, text: str, *, is_example_of: PlacedCode | None = None) -> list[RankedCode]:
        """Return all leaves, the most similar first. is_example_of: as if the text were not among its examples."""
        ranked = self._coder.rank(text, is_example_of=is_example_of)
        vector = self._vectors.get(text)
        if vector is None:
            return ranked
        words = np.zeros(len(ranked), np.float32)
        for code in ranked:
            words[self._places[id(code.placed)]] = code.similarity
        weight = WEIGHT_OF_LANGUAGE.get(read_text(text).language or "", 1.0)
        left_out = None if is_example_of is None else self._places[id(is_example_of)]
        scores = _standardised(words, WORDS_SPREAD) + weight * self._meaning(vector, left_out)
        scores /= 1 + SPREAD_OF_MEANING * weight
        similarities = _similarities(scores).tolist()
        order = np.argsort(-scores, kind="stable").tolist()
        return [RankedCode(self._coder.codes[place], similarities[place]) for place in order]

    def similarity(self, text: str, placed: PlacedCode) -> float:
        """Return the similarity of a text with one code, by words."""
        return self._coder.similarity(text, placed)

    def _meaning(self, vector: Vectors, left_out: int | None) -> Scores:
        codes = self._codes
        examples, branches = self._example_scores(vector, left_out)
        return np.asarray(
            NAME_WEIGHT * _standardised(codes.names @ vector, NAME_SPREAD)
            + DESCRIPTION_WEIGHT * _standardised(codes.descriptions @ vector, DESCRIPTION_SPREAD)
            + EXAMPLE_WEIGHT * _standardised(examples, EXAMPLE_SPREAD)
            + BRANCH_WEIGHT * _standardised(branches, BRANCH_SPREAD)
        )

    def _example_scores(self, vector: Vectors, left_out: int | None) -> tuple[Scores, Scores]:
        """Return the similarity with each code's nearest example, and with the nearest examples of its branch.

        NaN without examples. left_out: a code whose examples equal to the text are not compared.
        """
        example_of = np.array(self._codes.example_of, dtype=int)
        similarities = self._codes.examples @ vector
        if left_out is not None:
            similarities = np.where((example_of == left_out) & (similarities > 0.9999), np.nan, similarities)
        nearest, around = np.full((2, len(self._roots)), np.nan, np.float32)
        compared = ~np.isnan(similarities)
        example_of, similarities = example_of[compared], similarities[compared]
        np.fmax.at(nearest, example_of, similarities)
        for root in np.unique(self._roots[example_of]):
            in_branch = np.sort(similarities[self._roots[example_of] == root])[-NEAREST_IN_BRANCH:]
            around[self._roots == root] = in_branch.mean()
        return nearest, around


def _standardised(values: Scores, spread: float) -> Scores:
    """Return values less their mean, divided by their spread, 0 where there is none."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values), np.float32)
    variance = (len(known) * known.var() + SPREAD_CODES * spread**2) / (len(known) + SPREAD_CODES)
    standardised: Scores = np.nan_to_num((values - known.mean()) / np.sqrt(variance))
    return standardised


def _similarities(scores: Scores) -> Scores:
    """Return similarities of which the first code's confidence is its softmax, 0 where no code fits."""
    if scores.max() < MIN_SCORE * math.log(len(scores)):
        return np.zeros_like(scores)
    odds = np.exp(STEEPNESS * (scores - scores.max()))
    similarities: Scores = np.minimum(1.0, HALF_CONFIDENCE * odds / (odds.sum() - 1))
    return similarities
