"""Find and count the themes of many records. A theme is named by a few words, without quotes.

A theme is a concept or a term that several records have, with the terms that occur with it more often than by chance.
A record may raise several themes. To identify nobody, a word names a theme only when more than one record has it,
unless it belongs to a known concept.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from inference.text.concepts import ACTS, OTHER, concepts_of, first_word
from inference.text.languages import carries_nothing
from inference.text.note_taking import note_places
from inference.text.reading import ReadText, mostly_known, whole_language
from inference.text.words import fold, placed_words, stem, without_elision

MIN_THEMES, MAX_THEMES = 3, 8
MIN_NEW_SHARE = 0.02
MAX_WORDS = 3
MIN_WORD_LENGTH = 4
SAME_START = 5
BESIDE_SHARE = 0.15
MIN_TOGETHER = 3
CERTAIN_BESIDE = 2.5
PERVASIVE_SHARE = 0.6
WORD_WEIGHT = 0.5
WHO_WEIGHT = 0.6
WHO = frozenset(("#child", "#woman", "#vulnerable", "#house", "#phone"))
"""Concepts that occur with many subjects. They weigh less than the subject as a theme."""
VAGUE = frozenset((OTHER, "when", "where", "people", "services", "aid", "little", "info", *ACTS))
"""Concepts that distinguish codes but do not name a theme."""


@dataclass(frozen=True)
class Theme:
    """words: the words of its name, the leading one first. records: the places of the records that raise it."""

    words: tuple[str, ...]
    records: frozenset[int] = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.records)


@dataclass(frozen=True)
class Raised:
    """The features of a set of records. holders: records by feature. surfaces: counts of the words that name a feature.

    language: the language of the majority of records. at_home: the features of records in that language.
    """

    language: str
    holders: dict[str, set[int]] = field(repr=False)
    surfaces: dict[str, Counter[str]] = field(repr=False)
    at_home: frozenset[str]
    total: int
    is_known_language: bool

    def word_for(self, feature: str) -> str:
        """Return the word for a feature: the first word listed for a concept if it occurs, else the commonest."""
        surfaces = self.surfaces[feature]
        listed = first_word(feature[1:], self.language) if feature[0] == "#" else ""
        starts = Counter({surface[:SAME_START]: 0 for surface in surfaces})
        for surface, count in surfaces.items():
            starts[surface[:SAME_START]] += count
        named_so = [surface for surface in surfaces if listed and fold(surface).startswith(listed)]
        likeliest = starts.most_common(1)[0][0]
        possible = named_so or [surface for surface in surfaces if surface[:SAME_START] == likeliest]
        return max(possible, key=lambda surface: (surfaces[surface], surface))


def raised_in(records: Sequence[ReadText]) -> Raised:
    """Find the features that records raise: concepts by any of their words, other terms by their stem."""
    language = whole_language(list(records))
    holders: defaultdict[str, set[int]] = defaultdict(set)
    surfaces: defaultdict[str, Counter[str]] = defaultdict(Counter)
    at_home: set[str] = set()
    for place, record in enumerate(records):
        for feature, surface in _features_of(record):
            if feature not in at_home and record.language == language:
                at_home.add(feature)
                surfaces[feature].clear()
            holders[feature].add(place)
            if feature not in at_home or record.language == language:
                surfaces[feature][surface] += 1
    named = {feature for feature, places in holders.items() if feature[0] == "#" or len(places) > 1}
    return Raised(
        language,
        {name: holders[name] for name in named},
        {name: surfaces[name] for name in named},
        frozenset(at_home & named),
        len(records),
        mostly_known(records),
    )


def themes_of(raised: Raised) -> list[Theme]:
    """Return at most eight themes that together cover the majority of records, the most frequent first."""
    chosen: list[str] = []
    covered: set[int] = set()
    left = dict(raised.holders)
    while left and len(chosen) < MAX_THEMES:
        best = max(left, key=lambda feature: (_gain(feature, left[feature], covered, raised.total), feature))
        if len(chosen) >= MIN_THEMES and len(left[best] - covered) < max(1, MIN_NEW_SHARE * raised.total):
            break
        chosen.append(best)
        covered |= left.pop(best)
    named = set(chosen)
    themes = [_theme(feature, raised, named) for feature in chosen]
    return sorted(themes, key=lambda theme: (-theme.count, theme.words))


def _features_of(record: ReadText) -> Iterator[tuple[str, str]]:
    """Yield features of a record with their words: concepts, and stems of words without a concept."""
    written = placed_words(record.text)
    taken = set(note_places(record))
    for concept, places in concepts_of(record).items():
        for start, end in places:
            taken.update(range(start, end))
            if end == start + 1 and concept not in VAGUE and not concept.isupper():
                yield f"#{concept}", _surface(record, written[start])
    empty = carries_nothing(record.languages)
    for place, word in enumerate(written):
        if place not in taken and len(word[0]) >= MIN_WORD_LENGTH and word[0] not in empty:
            yield stem(word[0]), _surface(record, word)


def _surface(record: ReadText, word: tuple[str, int, int]) -> str:
    _, start, end = word
    return without_elision(record.text[start:end]).lower()


def _gain(feature: str, places: set[int], covered: set[int], total: int) -> float:
    """Return the gain of choosing a feature: new records count in full, covered ones at a fifth."""
    new = len(places - covered)
    # Subjects weigh more than the people they concern, and concepts more than words.
    weight = WORD_WEIGHT if feature[0] != "#" else WHO_WEIGHT if feature in WHO else 1.0
    pervasive = 0.5 if total > MAX_WORDS and len(places) > PERVASIVE_SHARE * total else 1.0
    return (new + 0.2 * (len(places) - new)) * weight * pervasive


def _theme(leading: str, raised: Raised, named: set[str]) -> Theme:
    """Return a theme of a feature and up to two associated ones, which are then not used for other themes."""
    places = raised.holders[leading]
    possible = raised.at_home if leading in raised.at_home else raised.holders.keys()
    beside = [(_certainty(places, raised.holders[name], raised.total), name) for name in possible if name not in named]
    certain = sorted((pair for pair in beside if pair[0] >= CERTAIN_BESIDE), reverse=True)
    companions = [name for _, name in certain[: MAX_WORDS - 1]]
    named.update(companions)
    words = tuple(dict.fromkeys(raised.word_for(name) for name in [leading, *companions]))
    return Theme(words, frozenset(places))


def _certainty(places: set[int], others: set[int], total: int) -> float:
    """Return by how many standard deviations two features co-occur beyond chance; 0 when they rarely co-occur."""
    together = len(places & others)
    if together < max(MIN_TOGETHER, BESIDE_SHARE * len(places)):
        return 0.0
    expected = len(places) * len(others) / total
    return (together - expected) / math.sqrt(expected)
