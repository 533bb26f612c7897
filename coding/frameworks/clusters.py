"""Texts that tell of the same: gathered by the words they share, the rare ones weighing more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inference.text.ranking import similarity, vectors
from inference.text.reading import MIN_TERM_LENGTH, ReadText, read_text
from inference.text.words import stem

ALIKE = 0.25
MOST_WORDS = 2


@dataclass(frozen=True)
class Cluster:
    """members: places of the texts, in order. words: what most of them share, () for a text on its own."""

    members: tuple[int, ...]
    words: tuple[str, ...]


def clustered(texts: Sequence[str]) -> list[Cluster]:
    """Every text in one cluster: that whose first text it is likest to, or a new one."""
    read = [read_text(text) for text in texts]
    units = vectors([each.terms for each in read])
    gathered: dict[int, list[int]] = {}
    for place, unit in enumerate(units):
        likest = max(gathered, key=lambda first: similarity(units[first], unit), default=None)
        if likest is not None and similarity(units[likest], unit) >= ALIKE:
            gathered[likest].append(place)
        else:
            gathered[place] = [place]
    return [Cluster(tuple(members), _shared_words([read[at] for at in members])) for members in gathered.values()]


def _shared_words(texts: Sequence[ReadText]) -> tuple[str, ...]:
    """The words whose stems most of the texts have, as the first of them writes them, in alphabetical order."""
    spread = Counter(term for text in texts for term in set(text.terms))
    shared = [term for term, count in spread.most_common(MOST_WORDS) if count > 1]
    written = {stem(word): word for text in reversed(texts) for word in text.words if len(word) >= MIN_TERM_LENGTH}
    return tuple(sorted(written[term] for term in shared))
