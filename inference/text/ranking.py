"""Compute the centrality of sentences in the graph of shared terms, and the similarity of two sentences."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

Vector = Mapping[str, float]
ROUNDS = 20
DAMPING = 0.85


def vectors(term_lists: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """Return one unit vector per text. A term weighs more the fewer texts have it."""
    held_by = Counter(term for terms in term_lists for term in set(terms))
    rarity = {term: 1 + math.log(len(term_lists) / count) for term, count in held_by.items()}
    return [_unit({term: count * rarity[term] for term, count in Counter(terms).items()}) for terms in term_lists]


def similarity(first: Vector, second: Vector) -> float:
    """Return the cosine of two unit vectors."""
    if len(second) < len(first):
        first, second = second, first
    return sum(weight * second[term] for term, weight in first.items() if term in second)


def centrality(units: Sequence[Vector]) -> list[float]:
    """Return one centrality per text, from 0 to 1. Source: LexRank (Erkan and Radev 2004)."""
    if not units:
        return []
    edges = _edges(units)
    degrees = [sum(row.values()) for row in edges]
    scores = [1 / len(units)] * len(units)
    for _ in range(ROUNDS):
        scores = [
            (1 - DAMPING) / len(units)
            + DAMPING * sum(weight * scores[other] / degrees[other] for other, weight in row.items())
            for row in edges
        ]
    highest = max(scores)
    return [score / highest for score in scores]


def _edges(units: Sequence[Vector]) -> list[dict[int, float]]:
    """Return the similarities above 0 of texts that share terms, including those of texts with themselves."""
    held_by: defaultdict[str, list[int]] = defaultdict(list)
    for place, unit in enumerate(units):
        for term in unit:
            held_by[term].append(place)
    rows: list[dict[int, float]] = []
    for place, unit in enumerate(units):
        row: defaultdict[int, float] = defaultdict(float)
        row[place] = 1.0 if not unit else 0.0
        for term, weight in unit.items():
            for other in held_by[term]:
                row[other] += weight * units[other][term]
        rows.append(dict(row))
    return rows


def _unit(weights: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items()}
