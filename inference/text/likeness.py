"""Compute the similarity of a record and a name by shared words, similar spellings and concepts.

A shared feature weighs more the fewer names have it, and a name scores higher the more of its features the record has.
Meaning is not considered, so paraphrases are not matched.
"""

import functools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inference.text.concepts import ACTS, OTHER, Places, broader, concepts_of, concepts_of_name
from inference.text.reading import ReadText, read_text
from inference.text.words import placed_words, stem, trigrams

NEAR_SPELLING, MIN_SPELLING_LENGTH = 0.6, 4
CONCEPT_WEIGHT = 1.5
BROADER_WEIGHT = 0.6
STATEMENT_WEIGHT = 0.5
ACT_WEIGHTS = {"harm": 2.0, "thanks": 1.8, "rumour": 1.5, "ask": 1.2, "suggest": 1.2}
OTHER_SHARE = 0.5
LEFT_OVER_SCORE = 0.2
REPEATED_SCORE = 0.3
NO_OVERLAP_SCORE = 0.1
HIGHEST_SCORE = 0.9
MAX_EVIDENCE_WORDS = 8
CACHED_NAMES = 4096

Features = Mapping[str, float]
"""Weights of features: stems, and concepts prefixed with `#`."""


@dataclass(frozen=True)
class RecordFeatures:
    """The features of a record. spellings: stems by the trigrams that they contain."""

    text: ReadText
    features: Features = field(repr=False)
    spellings: Mapping[str, tuple[str, ...]] = field(repr=False)
    concepts: Places = field(repr=False)

    def has(self, feature: str) -> float:
        """Return how strongly the record has a feature, from 0. A similar spelling counts less than the word."""
        held = self.features.get(feature, 0.0)
        if held or feature[0] == "#" or len(feature) < MIN_SPELLING_LENGTH:
            return held
        shared = Counter(near for run in trigrams(feature) for near in self.spellings.get(run, ()))
        nearest = max((2 * count / (len(feature) + len(near)) for near, count in shared.items()), default=0.0)
        return nearest if nearest >= NEAR_SPELLING else 0.0


def covered_score(name: Features, path: Features, record: RecordFeatures) -> float:
    """Return a score from 0.1 to 0.9 by the features of a name that are not in its path."""
    beyond = {feature: weight for feature, weight in name.items() if feature not in path and feature != f"#{OTHER}"}
    covered = sum(weight * min(record.has(feature), 1.0) for feature, weight in beyond.items())
    repeated = any(record.has(feature) for feature in name if feature in path)
    if not covered:
        return LEFT_OVER_SCORE if f"#{OTHER}" in name else REPEATED_SCORE if repeated else NO_OVERLAP_SCORE
    # A name may list alternatives ("Tents and tarpaulins"): a record with one of them gets more than its share.
    share = (covered / sum(beyond.values()) + covered / (covered + CONCEPT_WEIGHT)) / 2
    return round(min(0.25 + 0.1 * repeated + 0.55 * share, HIGHEST_SCORE), 2)


def likeness(names: Sequence[Features], record: RecordFeatures) -> list[float]:
    """Return one score per name: its covered weight over the root of its weight. Rare features weigh more.

    The names of catch-all codes ("Other") score lower.
    """
    held_by = Counter(feature for features in names for feature in features)
    rarity = {feature: math.log((len(names) + 1.3) / (count + 0.2)) for feature, count in held_by.items()}
    held = {feature: record.has(feature) for feature in held_by if feature != f"#{OTHER}"}
    scores = []
    for features in names:
        covered = sum(weight * rarity[name] * held.get(name, 0.0) for name, weight in features.items())
        whole = sum(weight * rarity[name] for name, weight in features.items())
        share = OTHER_SHARE if f"#{OTHER}" in features else 1.0
        scores.append(share * covered / math.sqrt(whole) if whole > 0 else 0.0)
    return scores


@functools.lru_cache(maxsize=CACHED_NAMES)
def name_features(name: str) -> Features:
    read = read_text(name)
    features = dict.fromkeys(read.terms, 1.0)
    for concept in concepts_of_name(read):
        features[f"#{concept}"] = CONCEPT_WEIGHT
    return features


def read_record(record: str) -> RecordFeatures:
    read = read_text(record)
    concepts = concepts_of(read)
    features = {term: 1 + 0.3 * math.log(count) for term, count in Counter(read.terms).items()}
    for concept, places in concepts.items():
        weight = ACT_WEIGHTS.get(concept, 1.0) if concept in ACTS else 1.0
        features[f"#{concept}"] = weight * (1 + 0.3 * math.log(len(set(places))))
    _add_broader(features, concepts)
    if not any(f"#{act}" in features for act in ACTS):
        features |= {"#observe": STATEMENT_WEIGHT, "#rumour": STATEMENT_WEIGHT}
    return RecordFeatures(read, features, _spellings(set(read.terms)), concepts)


def _add_broader(features: dict[str, float], concepts: Iterable[str]) -> None:
    """Add the wider concepts of a record's concepts, two levels up, with less weight per level."""
    reached = dict.fromkeys(concepts, 1.0)
    for _ in range(2):
        for concept, strength in list(reached.items()):
            for wider in broader().get(concept, ()):
                reached[wider] = max(reached.get(wider, 0.0), strength * BROADER_WEIGHT)
    for concept, strength in reached.items():
        features[f"#{concept}"] = max(features.get(f"#{concept}", 0.0), strength)


def _spellings(stems: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    by_run: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for word in stems:
        if len(word) >= MIN_SPELLING_LENGTH:
            for run in trigrams(word):
                by_run[run] += (word,)
    return dict(by_run)


def evidence(record: RecordFeatures, shared: Sequence[str]) -> str:
    """Return the passage of the record with the highest number of shared features, "" without one."""
    places = placed_words(record.text.text)
    marked = _marked(record, shared, [word for word, _, _ in places])
    best: tuple[int, int, int] | None = None
    for start in sorted(marked):
        inside = [place for place in range(start, min(start + MAX_EVIDENCE_WORDS, len(places))) if place in marked]
        span = record.text.text[places[start][1] : places[inside[-1]][2]]
        if '"' not in span and "\n" not in span and (best is None or len(inside) > best[0]):
            best = (len(inside), places[start][1], places[inside[-1]][2])
    return record.text.text[best[1] : best[2]] if best else ""


def _marked(record: RecordFeatures, shared: Sequence[str], record_words: Sequence[str]) -> set[int]:
    """Return the places of the record's words that have a shared feature."""
    marked = {place for place, word in enumerate(record_words) if stem(word) in shared}
    for feature in shared:
        for start, end in record.concepts.get(feature[1:], ()) if feature[0] == "#" else ():
            marked.update(range(start, end))
    return marked
