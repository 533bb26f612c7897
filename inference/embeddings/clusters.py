"""Group texts by their vectors: average linkage, with each language's mean taken off.

Without that, texts in one language are nearer to each other than texts about one matter. HDBSCAN called half of short
texts noise; docs/offline.md has the figures.
"""

from collections.abc import Sequence

import numpy as np

from inference.embeddings.embedder import Vectors, unit_length

MIN_SIMILARITY = 0.1
MIN_TEXTS_OF_LANGUAGE = 5  # the mean of fewer says more of the texts than of the language
APART = -9.0


def clusters_of(
    vectors: Vectors, languages: Sequence[str], *, min_similarity: float = MIN_SIMILARITY
) -> list[list[int]]:
    """Return the places of texts that belong together, the largest cluster first. Texts alone are clusters of one.

    The time grows with the cube of the number of texts: a second for 1,000.
    """
    unit = without_language(vectors, languages)
    similarities = unit @ unit.T
    np.fill_diagonal(similarities, APART)
    members = [[place] for place in range(len(unit))]
    while len(unit):
        first, second = divmod(int(similarities.argmax()), len(unit))
        if similarities[first, second] < min_similarity:
            break
        sizes = len(members[first]), len(members[second])
        _merge(similarities, first, second, sizes)
        members[first] += members[second]
        members[second] = []
    return sorted((sorted(places) for places in members if places), key=len, reverse=True)


def without_language(vectors: Vectors, languages: Sequence[str]) -> Vectors:
    """Take the mean of each language's vectors off, or of all for a language with few texts. Unit length."""
    centred = vectors - vectors.mean(axis=0) if len(vectors) else vectors
    spoken = np.array(languages)
    for language in set(languages):
        own = spoken == language
        if own.sum() >= MIN_TEXTS_OF_LANGUAGE:
            centred[own] = vectors[own] - vectors[own].mean(axis=0)
    return unit_length(centred)


def _merge(similarities: Vectors, first: int, second: int, sizes: tuple[int, int]) -> None:
    """Put the mean similarities of two clusters in place of the first's, and set the second apart."""
    merged = (sizes[0] * similarities[first] + sizes[1] * similarities[second]) / sum(sizes)
    merged[np.minimum(similarities[first], similarities[second]) <= APART] = APART
    similarities[first], similarities[:, first] = merged, merged
    similarities[second], similarities[:, second] = APART, APART
