"""Coding learnt from reviewed feedback records: which words of theirs stand for which codes.

One output a code, fitted by regularised least squares over TF-IDF of words and word beginnings, all codes in one
solution. The same solution tells what each example would have been given without itself, and a code's threshold is the
one that serves best there (F1), so that rare codes are neither never given nor always. Sources: Rifkin and Lippert
(2007) for regularised least squares and its leave-one-out values; Lipton and others (2014) for thresholds by F1.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from coding.strategies.text_features import rarity_of, weighed, words_of

MOST_EXAMPLES = 2_500
MOST_FEATURES = 8_000
LEAST_SEEN = 2
REGULARISATION = 1.0
LOWEST_THRESHOLD = 0.1

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """A text and the codes that a person gave it, by whatever names them."""

    text: str = field(repr=False)
    codes: frozenset[Hashable]


@dataclass(frozen=True)
class LearnedCodes:
    """codes: those learnt, with how many examples each had. thresholds: scores from which a code is given, above 0."""

    codes: Mapping[Hashable, int]
    _vocabulary: Mapping[str, int] = field(repr=False)
    _rarity: Mapping[str, float] = field(repr=False)
    _weights: Matrix = field(repr=False)
    _bias: Matrix = field(repr=False)
    _thresholds: Matrix = field(repr=False)

    @classmethod
    def of(cls, examples: Iterable[Example]) -> Self | None:
        """Learn from the first 2,500 examples; None when no code has two of them."""
        used = list(examples)[:MOST_EXAMPLES]
        counts = Counter(code for example in used for code in example.codes)
        codes = {code: count for code, count in counts.items() if count >= LEAST_SEEN}
        if not codes:
            return None
        counted = [words_of(example.text) for example in used]
        rarity = rarity_of(counted, range(len(counted)))
        vocabulary = _vocabulary(counted)
        texts = _matrix([weighed(each, rarity) for each in counted], vocabulary)
        given = np.array([[code in example.codes for code in codes] for example in used], dtype=np.float32)
        bias = given.mean(axis=0)
        likeness = texts @ texts.T
        np.fill_diagonal(likeness, likeness.diagonal() + REGULARISATION)
        inverse = np.linalg.inv(likeness)
        duals = inverse @ (given - bias)
        without_itself = given - duals / np.diag(inverse)[:, None]
        thresholds = [_best_threshold(without_itself[:, at], given[:, at]) for at in range(len(codes))]
        return cls(codes, vocabulary, rarity, texts.T @ duals, bias, np.array(thresholds, dtype=np.float32))

    def scores(self, text: str) -> dict[Hashable, float]:
        """For each code, from 0; 1 is its threshold."""
        vector = weighed(words_of(text), self._rarity)
        known = [feature for feature in vector if feature in self._vocabulary]
        places = [self._vocabulary[feature] for feature in known]
        shares = np.array([vector[feature] for feature in known], dtype=np.float32)
        raw = self._bias + shares @ self._weights[places]
        return dict(zip(self.codes, np.maximum(raw / self._thresholds, 0.0).tolist(), strict=True))


def _vocabulary(counted: Sequence[Counter[str]]) -> dict[str, int]:
    """The features that several examples have, the most frequent 8,000."""
    spread = Counter(feature for each in counted for feature in each)
    frequent = (feature for feature, count in spread.most_common(MOST_FEATURES) if count >= LEAST_SEEN)
    return {feature: place for place, feature in enumerate(frequent)}


def _matrix(vectors: Sequence[Mapping[str, float]], vocabulary: Mapping[str, int]) -> Matrix:
    matrix = np.zeros((len(vectors), len(vocabulary)), dtype=np.float32)
    for row, vector in zip(matrix, vectors, strict=True):
        for feature, weight in vector.items():
            if feature in vocabulary:
                row[vocabulary[feature]] = weight
    return matrix


def _best_threshold(scores: Matrix, given: Matrix) -> float:
    """Half way between the last score that is taken and the next, where F1 over the examples is highest."""
    order = np.argsort(-scores)
    hits = np.cumsum(given[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + given.sum())
    last = int(f1.argmax())
    following = min(last + 1, len(order) - 1)
    return max(float(scores[order[last]] + scores[order[following]]) / 2, LOWEST_THRESHOLD)
