"""Collect the concepts that a code stands for, from its texts and those of the branches above it.

Concepts have words in each language of the offline engine, so they bring a record together with a framework in another
language.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from coding.frameworks.tree import CodeNode, PlacedCode
from inference.text.concepts import OTHER, concepts_of
from inference.text.likeness import Features, RecordFeatures, name_features
from inference.text.reading import read_text

BRANCH_WEIGHT = 0.5
DESCRIPTION_WEIGHT = 0.4


class ConceptIndex:
    """The concepts of a framework's codes, each weighed by how few codes have it."""

    def __init__(self, codes: Sequence[PlacedCode]) -> None:
        vectors = [_concepts_of(placed) for placed in codes]
        spread = Counter(concept for vector in vectors for concept in vector)
        self._rarity = {concept: math.log((len(codes) + 1.3) / (count + 0.2)) for concept, count in spread.items()}
        self._units = [self._unit(vector) for vector in vectors]

    def similarities(self, record: RecordFeatures) -> list[float]:
        """Return the cosine similarity of a record with each code, from 0 to 1."""
        unit = self._unit(_concepts_only(record.features))
        return [_cosine(unit, code) for code in self._units]

    def similarity_without(self, record: RecordFeatures, placed: PlacedCode, example: str) -> float:
        """Return the cosine similarity with one code as if it had not this example."""
        return _cosine(self._unit(_concepts_only(record.features)), self._unit(_concepts_of(placed, without=example)))

    def _unit(self, vector: Features) -> dict[str, float]:
        weighed = {name: weight * self._rarity[name] for name, weight in vector.items() if name in self._rarity}
        length = math.sqrt(sum(weight * weight for weight in weighed.values())) or 1.0
        return {name: weight / length for name, weight in weighed.items()}


def described_features(path: Sequence[tuple[str, Sequence[str]]]) -> Features:
    """Return the words and concepts of a code.

    path: names with the texts about them, from the top level to the code.
    """
    joined: dict[str, float] = {}
    for distance, (name, texts) in enumerate(reversed(path)):
        share = BRANCH_WEIGHT if distance else 1.0
        for feature, weight in _features(name, texts).items():
            # A branch for all the rest says nothing of the codes in it.
            if distance and feature == f"#{OTHER}":
                continue
            joined[feature] = max(joined.get(feature, 0.0), share * weight)
    return joined


def _features(name: str, texts: Sequence[str]) -> Mapping[str, float]:
    """Return the features of a name in full, and those of its definition and examples at less weight."""
    read = [read_text(text) for text in texts]
    terms = {term for text in read for term in text.terms}
    concepts = {f"#{concept}" for text in read for concept in concepts_of(text) if concept != OTHER}
    return dict.fromkeys(terms | concepts, DESCRIPTION_WEIGHT) | dict(name_features(name))


def _concepts_of(placed: PlacedCode, *, without: str = "") -> Features:
    """Return the concepts of a code. without: an example that is left out."""
    return _concepts_only(described_features([(node.name, texts_of(node, without=without)) for node in placed.path]))


def texts_of(node: CodeNode, *, without: str = "") -> list[str]:
    """Return the texts about a code. without: an example that is left out."""
    return [node.definition, node.include, *(example for example in node.examples if example != without)]


def _cosine(first: Features, second: Features) -> float:
    return sum(weight * second.get(concept, 0.0) for concept, weight in first.items())


def _concepts_only(features: Features) -> Features:
    return {name: weight for name, weight in features.items() if name[0] == "#" and name != f"#{OTHER}"}
