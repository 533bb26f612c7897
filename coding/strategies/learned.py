"""Learn from reviewed feedback records which of their words stand for which codes.

One output per code, fitted by regularised least squares over TF-IDF of words and word beginnings, all codes in one
solution. The same solution gives the score that each example would have without itself. A code's threshold is the one
with the highest F1 over these scores, so that a rare code is neither never assigned nor always. Sources: Rifkin and
Lippert (2007) for regularised least squares and its leave-one-out values; Lipton and others (2014) for thresholds by
F1.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from coding.frameworks.tree import PlacedCode
from coding.strategies.ranking import HALF_CONFIDENCE, Coder, RankedCode
from coding.strategies.text_features import rarity_of, weighed, words_of

MAX_EXAMPLES = 2_500
MAX_FEATURES = 8_000
MIN_COUNT = 2
REGULARISATION = 1.0
MIN_THRESHOLD = 0.1
HALF_WEIGHT_EXAMPLES = 10

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """A text and the names of the codes that a person assigned to it."""

    text: str = field(repr=False)
    codes: frozenset[Hashable]


@dataclass(frozen=True)
class LearnedCodes:
    """Codes learned from examples. codes: number of examples by code. _thresholds: minimum scores, above 0."""

    codes: Mapping[Hashable, int]
    _vocabulary: Mapping[str, int] = field(repr=False)
    _rarity: Mapping[str, float] = field(repr=False)
    _weights: Matrix = field(repr=False)
    _bias: Matrix = field(repr=False)
    _thresholds: Matrix = field(repr=False)

    @classmethod
    def of(cls, examples: Iterable[Example]) -> Self | None:
        """Learn from the first MAX_EXAMPLES examples; None when no code has MIN_COUNT of them."""
        used = list(examples)[:MAX_EXAMPLES]
        counts = Counter(code for example in used for code in example.codes)
        codes = {code: count for code, count in counts.items() if count >= MIN_COUNT}
        if not codes:
            return None
        counted = [words_of(example.text) for example in used]
        rarity = rarity_of(counted, range(len(counted)))
        vocabulary = _vocabulary(counted)
        texts = _matrix([weighed(words, rarity) for words in counted], vocabulary)
        assigned = np.array([[code in example.codes for code in codes] for example in used], dtype=np.float32)
        bias = assigned.mean(axis=0)
        gram = texts @ texts.T
        np.fill_diagonal(gram, gram.diagonal() + REGULARISATION)
        inverse = np.linalg.inv(gram)
        duals = inverse @ (assigned - bias)
        leave_one_out = assigned - duals / np.diag(inverse)[:, None]
        thresholds = [_best_threshold(leave_one_out[:, code], assigned[:, code]) for code in range(len(codes))]
        return cls(codes, vocabulary, rarity, texts.T @ duals, bias, np.array(thresholds, dtype=np.float32))

    def scores(self, text: str) -> dict[Hashable, float]:
        """Score each code, from 0; 1 is its threshold."""
        vector = weighed(words_of(text), self._rarity)
        known = [feature for feature in vector if feature in self._vocabulary]
        rows = [self._vocabulary[feature] for feature in known]
        weights = np.array([vector[feature] for feature in known], dtype=np.float32)
        raw = self._bias + weights @ self._weights[rows]
        return dict(zip(self.codes, np.maximum(raw / self._thresholds, 0.0).tolist(), strict=True))


class LearnedCoder:
    """The ranking of another coder, shifted by reviewed records. The more of them a code has, the more they count."""

    def __init__(self, coder: Coder, learned: LearnedCodes) -> None:
        self._coder = coder
        self._learned = learned
        self.min_share_of_first = coder.min_share_of_first

    def rank(self, text: str) -> list[RankedCode]:
        """Return all leaves, the most similar first. A score at its threshold counts as half confidence."""
        scores = self._learned.scores(text)
        ranked = [self._shifted(code, scores.get(code.placed.code.stable_id, 0.0)) for code in self._coder.rank(text)]
        return sorted(ranked, key=lambda code: code.similarity, reverse=True)

    def similarity(self, text: str, placed: PlacedCode) -> float:
        """Return the similarity of a text with one code, without what was learned."""
        return self._coder.similarity(text, placed)

    def _shifted(self, ranked: RankedCode, score: float) -> RankedCode:
        examples = self._learned.codes.get(ranked.placed.code.stable_id, 0)
        share = examples / (examples + HALF_WEIGHT_EXAMPLES)
        similarity = (1 - share) * ranked.similarity + share * min(HALF_CONFIDENCE * score, 1.0)
        return RankedCode(ranked.placed, similarity, is_reviewed=score >= 1)


def _vocabulary(counted: Sequence[Counter[str]]) -> dict[str, int]:
    """Return the features that several examples have, the most frequent MAX_FEATURES."""
    spread = Counter(feature for words in counted for feature in words)
    frequent = (feature for feature, count in spread.most_common(MAX_FEATURES) if count >= MIN_COUNT)
    return {feature: place for place, feature in enumerate(frequent)}


def _matrix(vectors: Sequence[Mapping[str, float]], vocabulary: Mapping[str, int]) -> Matrix:
    matrix = np.zeros((len(vectors), len(vocabulary)), dtype=np.float32)
    for row, vector in zip(matrix, vectors, strict=True):
        for feature, weight in vector.items():
            if feature in vocabulary:
                row[vocabulary[feature]] = weight
    return matrix


def _best_threshold(scores: Matrix, assigned: Matrix) -> float:
    """Return the threshold with the highest F1: half way between the last score above it and the next."""
    order = np.argsort(-scores)
    hits = np.cumsum(assigned[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + assigned.sum())
    last = int(f1.argmax())
    following = min(last + 1, len(order) - 1)
    return max(float(scores[order[last]] + scores[order[following]]) / 2, MIN_THRESHOLD)
