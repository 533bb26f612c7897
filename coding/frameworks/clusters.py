"""Group texts by meaning where their vectors are known, or by shared words, of which rare ones weigh more."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.embeddings.clusters import clusters_of
from inference.embeddings.embedder import Vectors
from inference.text.ranking import similarity, vectors
from inference.text.reading import MIN_TERM_LENGTH, ReadText, read_text
from inference.text.words import stem

MIN_SIMILARITY = 0.25
MAX_WORDS = 2


@dataclass(frozen=True)
class Cluster:
    """A group of texts. members: their indices, in order. words: the most widely shared ones, () for a single text."""

    members: tuple[int, ...]
    words: tuple[str, ...]


def clustered_by_meaning(texts: Sequence[str], vectors: Mapping[str, Vectors]) -> list[Cluster]:
    """Group the texts with vectors by meaning, and the other texts by shared words."""
    known = [place for place, text in enumerate(texts) if text in vectors]
    unknown = [place for place, text in enumerate(texts) if text not in vectors]
    read = [read_text(texts[place]) for place in known]
    rows = np.array([vectors[texts[place]] for place in known], np.float32)
    by_meaning = clusters_of(rows, [text.language for text in read]) if known else []
    by_words = clustered([texts[place] for place in unknown])
    return [
        *(
            Cluster(tuple(known[at] for at in places), _shared_words([read[at] for at in places]))
            for places in by_meaning
        ),
        *(Cluster(tuple(unknown[at] for at in cluster.members), cluster.words) for cluster in by_words),
    ]


def clustered(texts: Sequence[str]) -> list[Cluster]:
    """Put every text into the cluster whose first text is the most similar, or into a new cluster."""
    read = [read_text(text) for text in texts]
    units = vectors([text.terms for text in read])
    gathered: dict[int, list[int]] = {}
    for place, unit in enumerate(units):
        most_similar = max(gathered, key=lambda first: similarity(units[first], unit), default=None)
        if most_similar is not None and similarity(units[most_similar], unit) >= MIN_SIMILARITY:
            gathered[most_similar].append(place)
        else:
            gathered[place] = [place]
    return [Cluster(tuple(members), _shared_words([read[at] for at in members])) for members in gathered.values()]


def _shared_words(texts: Sequence[ReadText]) -> tuple[str, ...]:
    """Return the words whose stems occur in the most texts, in alphabetical order, spelled as in the first text."""
    spread = Counter(term for text in texts for term in set(text.terms))
    shared = [term for term, count in spread.most_common(MAX_WORDS) if count > 1]
    written = {stem(word): word for text in reversed(texts) for word in text.words if len(word) >= MIN_TERM_LENGTH}
    return tuple(sorted(written[term] for term in shared))
