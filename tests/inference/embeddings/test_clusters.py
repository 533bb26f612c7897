"""Groups of texts by their vectors."""

import numpy as np

from inference.embeddings.clusters import clusters_of, without_language
from inference.embeddings.embedder import unit_length


def test_texts_about_one_matter_are_together_across_languages() -> None:
    matters, languages = np.eye(8, dtype=np.float32)[:2], np.eye(8, dtype=np.float32)[2:4] * 5
    texts = [(matter, language) for matter in (0, 1) for language in (0, 1) for _ in range(5)]
    vectors = unit_length(np.array([matters[matter] + languages[language] for matter, language in texts]))
    spoken = ["en" if language else "fr" for _, language in texts]
    found = clusters_of(vectors, spoken)
    assert [sorted({texts[place][0] for place in places}) for places in found] == [[0], [1]]
    assert sorted(place for places in found for place in places) == list(range(20))


def test_texts_that_nothing_is_like_are_alone() -> None:
    assert clusters_of(np.eye(4, dtype=np.float32), ["en"] * 4) == [[0], [1], [2], [3]]


def test_no_texts_are_no_clusters() -> None:
    assert clusters_of(np.zeros((0, 384), np.float32), []) == []


def test_a_language_with_few_texts_loses_the_mean_of_all() -> None:
    vectors = unit_length(np.array([[1, 1], [1, 0], [0, 1]], dtype=np.float32))
    assert np.allclose(np.linalg.norm(without_language(vectors, ["en", "fr", "sw"]), axis=1), 1)
