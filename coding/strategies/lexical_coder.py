"""Rank codes by their similarity to a feedback record, by words alone, without a model and without training.

A code has several views: its name with its synonyms, its definition, the name above it, all of these together, and
each of its examples. Texts are compared by words, word pairs, word beginnings (morphology) and letter sequences
(misspellings), weighed by rarity in the framework: TF-IDF with sublinear counts, cosine similarity. Small words show
the kind of statement, for example a question or thanks, so a branch is also scored by its nearest examples, by naive
Bayes over the words of its codes, and by whether its name names the act of the speaker.
Sources: Salton and Buckley (1988) for the weights; Cavnar and Trenkle (1994) for letter sequences. The weights were
chosen on the quotes of one framework; docs/coding.md has the figures.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from coding.errors import TooManyCodes
from coding.frameworks.tree import PlacedCode, Tree, leaves
from coding.strategies.ranking import RankedCode
from coding.strategies.text_features import SEQUENCE, features_of, rarity_of, weighed
from inference.text.acts import acts_in, acts_named

MAX_TEXT_LENGTH = 20_000
MAX_CODES = 3_000

NEAREST_IN_PARENT, NEAREST_IN_ROOT = 4, 8
PARENT_WEIGHT, ROOT_WEIGHT, WORDS_OF_ROOT_WEIGHT, ACT_WEIGHT = 0.3, 0.7, 0.3, 0.2
SMOOTHING, WEIGHT_OF_DESCRIPTIONS = 0.3, 0.3


class View(Enum):
    """Parts of a code that a text is compared with, and their weights."""

    NAME = 0.5
    DEFINITION = 0.7
    ABOVE = 0.4
    TOGETHER = 1.0
    EXAMPLE = 0.3


TOTAL_WEIGHT = sum(view.value for view in View) + PARENT_WEIGHT + ROOT_WEIGHT + WORDS_OF_ROOT_WEIGHT + ACT_WEIGHT


@dataclass(frozen=True)
class _Text:
    """A view of a code. code: index among the leaves."""

    code: int
    view: View
    text: str


class LexicalCoder:
    """Ranks the leaves of a framework for any number of records. Raises TooManyCodes."""

    def __init__(self, tree: Tree) -> None:
        self.codes = leaves(tree)
        if len(self.codes) > MAX_CODES:
            raise TooManyCodes
        self._texts = [
            _Text(code, view, text) for code, placed in enumerate(self.codes) for view, text in _views(placed)
        ]
        counts = [features_of(view.text) for view in self._texts]
        self._rarity = rarity_of(counts, [view.code for view in self._texts])
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, counted in enumerate(counts):
            for feature, weight in weighed(counted, self._rarity).items():
                self._index[feature].append((number, weight))
        self._roots = [id(placed.path[0]) for placed in self.codes]
        self._parents = [tuple(map(id, placed.path[:-1])) for placed in self.codes]
        self._acts = {id(placed.path[0]): acts_named(placed.path[0].name) for placed in self.codes}
        self._words_of_root = self._count_words_of_roots(counts)

    def rank(self, text: str, *, is_example_of: PlacedCode | None = None) -> list[RankedCode]:
        """Return all leaves, the most similar first, equal ones in reading order.

        is_example_of: rank the text as if it were not among the examples of this code.
        """
        text = text[:MAX_TEXT_LENGTH]
        counted = features_of(text)
        similarities = self._similarities(counted)
        if is_example_of is not None:
            for number, compared in enumerate(self._texts):
                if compared.view is View.EXAMPLE and compared.text == text:
                    similarities[number] = 0.0
        own_root = id(is_example_of.path[0]) if is_example_of else None
        scores = self._scores(similarities, self._root_likelihoods(counted, own_root), acts_in(text))
        ranked = [RankedCode(placed, score) for placed, score in zip(self.codes, scores, strict=True)]
        return sorted(ranked, key=lambda code: code.similarity, reverse=True)

    def _similarities(self, counted: Counter[str]) -> list[float]:
        """Return the cosine similarities with all views."""
        similarities = [0.0] * len(self._texts)
        for feature, weight in weighed(counted, self._rarity).items():
            for number, other in self._index.get(feature, ()):
                similarities[number] += weight * other
        return similarities

    def _scores(
        self, similarities: Sequence[float], likelihoods: dict[int, float], acts: frozenset[str]
    ) -> list[float]:
        best: dict[tuple[int, View], float] = defaultdict(float)
        in_parent: dict[tuple[int, ...], list[float]] = defaultdict(list)
        in_root: dict[int, list[float]] = defaultdict(list)
        for compared, similarity in zip(self._texts, similarities, strict=True):
            best[compared.code, compared.view] = max(best[compared.code, compared.view], similarity)
            if compared.view is View.EXAMPLE:
                in_parent[self._parents[compared.code]].append(similarity)
                in_root[self._roots[compared.code]].append(similarity)
        near_parent = {key: _mean_of_best(near, NEAREST_IN_PARENT) for key, near in in_parent.items()}
        near_root = {key: _mean_of_best(near, NEAREST_IN_ROOT) for key, near in in_root.items()}
        scores = []
        for code in range(len(self.codes)):
            own = sum(view.value * best[code, view] for view in View)
            parent, root = self._parents[code], self._roots[code]
            around = PARENT_WEIGHT * near_parent.get(parent, 0.0) + ROOT_WEIGHT * near_root.get(root, 0.0)
            kind = WORDS_OF_ROOT_WEIGHT * likelihoods[root] + ACT_WEIGHT * (not acts.isdisjoint(self._acts[root]))
            scores.append((own + around + (kind if own else 0.0)) / TOTAL_WEIGHT)
        return scores

    def _count_words_of_roots(self, counts: Sequence[Counter[str]]) -> dict[int, Counter[str]]:
        """Count the words of each branch; those of names and definitions weigh less than those of examples."""
        words: dict[int, Counter[str]] = {root: Counter() for root in self._roots}
        for compared, counted in zip(self._texts, counts, strict=True):
            if compared.view in (View.ABOVE, View.TOGETHER):
                continue
            weight = 1.0 if compared.view is View.EXAMPLE else WEIGHT_OF_DESCRIPTIONS
            for feature, count in counted.items():
                if feature[0] != SEQUENCE:
                    words[self._roots[compared.code]][feature] += weight * count  # type: ignore[assignment]
        return words

    def _root_likelihoods(self, counted: Counter[str], own_root: int | None) -> dict[int, float]:
        """Return the likelihoods of the branches of the first level, which add up to 1.

        Naive Bayes, tempered by the square root of the number of words. own_root: branch whose counts leave the text
        out.
        """
        said = {feature: count for feature, count in counted.items() if feature[0] != SEQUENCE}
        vocabulary = SMOOTHING * SMOOTHING * len(self._rarity)
        logs: dict[int, float] = {}
        for root, words in self._words_of_root.items():
            left_out = 1 if root == own_root else 0
            total = sum(words.values()) - left_out * sum(said.values()) + vocabulary
            chances = (
                (max(0.0, words[feature] - left_out * count) + SMOOTHING, count) for feature, count in said.items()
            )
            summed = sum(count * math.log(chance / total) for chance, count in chances)
            logs[root] = summed / math.sqrt(max(1, len(said)))
        highest = max(logs.values(), default=0.0)
        shares = {root: math.exp(value - highest) for root, value in logs.items()}
        return {root: share / sum(shares.values()) for root, share in shares.items()}


def _views(placed: PlacedCode) -> Iterator[tuple[View, str]]:
    code = placed.code
    above = [node.name for node in placed.path[:-1]]
    name = " ".join([code.name, *code.aliases, *code.labels.values()])
    definition = " ".join([code.definition, code.include, *code.definitions.values()])
    yield View.NAME, name
    yield View.DEFINITION, definition
    yield View.ABOVE, above[-1] if above else ""
    yield View.TOGETHER, " ".join([name, definition, *above])
    for example in code.examples:
        yield View.EXAMPLE, example


def _mean_of_best(similarities: Sequence[float], count: int) -> float:
    return sum(sorted(similarities, reverse=True)[:count]) / count
