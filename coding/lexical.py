"""Coding by words alone: which codes a feedback record is likest to, without a model and without training.

A code is known by several views: its name with its other words, each example, its definition, the names above it, and
everything together. Texts are compared by words, word beginnings (morphology) and letter sequences (misspellings), each
weighed by how rare it is in the framework: TF-IDF with sublinear counts, cosine similarity. Sources: Salton and Buckley
(1988) for the weights; Cavnar and Trenkle (1994) for letter sequences.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from coding.tree import CodeNode, PlacedCode, Tree, leaves

WORD = re.compile(r"\w+")
LONGEST_TEXT = 20_000
BEGINNING_LENGTH = 5
SEQUENCE_LENGTHS = (4,)
SEQUENCE_WEIGHT = 0.5
BEGINNING_WEIGHT = 0.7
HALF_CONFIDENCE = 0.35


class View(Enum):
    """What of a code a text is compared with, and how much that counts."""

    NAME = 0.8
    EXAMPLE = 0.9
    DEFINITION = 0.5
    ABOVE = 0.3
    EVERYTHING = 1.0


@dataclass(frozen=True)
class RankedCode:
    """confidence: from 0 to 1, a squashed similarity: comparable between codes, not a probability."""

    placed: PlacedCode
    similarity: float

    @property
    def confidence(self) -> float:
        return self.similarity / (self.similarity + HALF_CONFIDENCE)


Vector = dict[str, float]


class LexicalCoder:
    """Ranks the leaves of one framework. Made once, used for any number of records."""

    def __init__(self, tree: Tree) -> None:
        self._leaves = leaves(tree)
        views = [(index, view, text) for index, placed in enumerate(self._leaves) for view, text in _views(placed)]
        counts = [_features(text) for _, _, text in views]
        self._rarity = _rarity(counts, [index for index, _, _ in views])
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._views = [(index, view) for index, view, _ in views]
        for number, counted in enumerate(counts):
            for feature, weight in self._weighed(counted).items():
                self._index[feature].append((number, weight))

    def rank(self, text: str) -> list[RankedCode]:
        """All leaves, the likest first, equal ones in reading order."""
        similarity = [0.0] * len(self._views)
        for feature, weight in self._weighed(_features(text[:LONGEST_TEXT])).items():
            for number, other in self._index.get(feature, ()):
                similarity[number] += weight * other
        best: dict[tuple[int, View], float] = defaultdict(float)
        for (index, view), score in zip(self._views, similarity, strict=True):
            best[index, view] = max(best[index, view], score)
        total = sum(view.value for view in View)
        ranked = [
            RankedCode(placed, sum(view.value * best[index, view] for view in View) / total)
            for index, placed in enumerate(self._leaves)
        ]
        return sorted(ranked, key=lambda each: each.similarity, reverse=True)

    def similarity(self, text: str, placed: PlacedCode) -> float:
        """How like a text is to one code."""
        return next(each.similarity for each in self.rank(text) if each.placed is placed)

    def _weighed(self, counted: Counter[str]) -> Vector:
        """Counts as a vector of length 1; what the framework never says weighs as much as its rarest word."""
        weights = {
            feature: (1 + math.log(count)) * self._rarity.get(feature, self._rarity[""]) * _kind_weight(feature)
            for feature, count in counted.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {feature: weight / length for feature, weight in weights.items()}


def _views(placed: PlacedCode) -> Iterator[tuple[View, str]]:
    code = placed.code
    above = " ".join(node.name for node in placed.path[:-1])
    name = " ".join([code.name, *code.aliases, *code.labels.values()])
    definition = " ".join([code.definition, code.include, *code.definitions.values()])
    yield View.NAME, name
    yield View.ABOVE, above
    if definition.strip():
        yield View.DEFINITION, definition
    for example in code.examples:
        yield View.EXAMPLE, example
    yield View.EVERYTHING, " ".join([name, definition, *code.examples, above, *_definitions(placed.path[:-1])])


def _definitions(nodes: Iterable[CodeNode]) -> Iterator[str]:
    return (node.definition for node in nodes)


def _features(text: str) -> Counter[str]:
    """Words, beginnings of longer words (with ^), and letter sequences (with ~)."""
    counted: Counter[str] = Counter()
    for word in WORD.findall(_plain(text)):
        counted[word] += 1
        if len(word) > BEGINNING_LENGTH:
            counted[f"^{word[:BEGINNING_LENGTH]}"] += 1
        marked = f"_{word}_"
        for length in SEQUENCE_LENGTHS:
            for start in range(len(marked) - length + 1):
                counted[f"~{marked[start : start + length]}"] += 1
    return counted


def _plain(text: str) -> str:
    """Lower case without accents and vowel marks, so that what is typed in haste still meets."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _rarity(counts: Sequence[Counter[str]], owners: Sequence[int]) -> Vector:
    """The logarithm of how many codes there are for each that a feature occurs in. Under "": of one never seen."""
    seen_in: dict[str, set[int]] = defaultdict(set)
    for counted, owner in zip(counts, owners, strict=True):
        for feature in counted:
            seen_in[feature].add(owner)
    total = len(set(owners)) + 1
    return {feature: math.log(total / len(codes)) + 0.1 for feature, codes in seen_in.items()} | {"": math.log(total)}


def _kind_weight(feature: str) -> float:
    if feature.startswith("~"):
        return SEQUENCE_WEIGHT
    return BEGINNING_WEIGHT if feature.startswith("^") else 1.0
