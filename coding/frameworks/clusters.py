"""Group texts by shared words; rare words weigh more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
