"""Choose codes by lexical similarity: words, near spellings and concepts that a record shares with an option's name.

An option is written `0: Name`, one a line. Shared features weigh by how few options have them; a name is covered the
better, the more of its features the record has. It reads no meaning: what is said in other words is not found.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inference.offline.concepts import ACTS, OTHER, Places, broader, concepts_of, concepts_of_name
from inference.offline.reading import ReadText, read_text
from inference.offline.wording import said
from inference.offline.words import placed_words, stem, trigrams

MOST_PICKS = 3
NEAR_THE_BEST = 0.7
NEAR_SPELLING = 0.6
CONCEPT_WEIGHT = 1.5
BROADER_WEIGHT = 0.6
STATEMENT_WEIGHT = 0.5
ACT_WEIGHTS = {"harm": 2.0, "thanks": 1.8, "rumour": 1.5, "ask": 1.2, "suggest": 1.2}
OTHER_SHARE = 0.5
LEFT_OVER_SCORE = 0.2
REPEATED_SCORE = 0.3
NO_OVERLAP_SCORE = 0.1
HIGHEST_SCORE = 0.9
LONGEST_EVIDENCE = 8

_OPTION = re.compile(r"^(\d+): (.*)$", re.MULTILINE)
Features = dict[str, float]
"""Stems as they are, concepts with a `#` before them, each with a weight."""


@dataclass(frozen=True)
class _Record:
    text: ReadText
    features: Features = field(repr=False)
    spellings: Mapping[str, frozenset[str]] = field(repr=False)
    concepts: Places = field(repr=False)

    def has(self, feature: str) -> float:
        """How far the record has a feature, from 0: a near spelling counts for less than the word itself."""
        held = self.features.get(feature, 0.0)
        if held or feature[0] == "#" or len(feature) < 4:
            return held
        wanted = trigrams(feature)
        nearest = max((_dice(wanted, has) for has in self.spellings.values()), default=0.0)
        return nearest if nearest >= NEAR_SPELLING else 0.0


def pick_answer(options: str, record: str) -> dict[str, object]:
    """The numbers of the options that are most like the record, the best first; none when nothing overlaps."""
    numbered = [(int(number), _name_features(name)) for number, name in _OPTION.findall(options)]
    scores = _scores([features for _, features in numbered], _read_record(record))
    least = max(max(scores, default=0.0) * NEAR_THE_BEST, 1e-9)
    near = [place for place in sorted(range(len(scores)), key=lambda place: -scores[place]) if scores[place] >= least]
    picked = [numbered[place][0] for place in near[:MOST_PICKS]]
    left_over = [number for number, features in numbered if f"#{OTHER}" in features and number not in picked]
    return {"selected": [*picked, *left_over[: MOST_PICKS - len(picked)][:1]]}


def judge_answer(candidate: str, path: str, record: str) -> dict[str, object]:
    """How much of the candidate's name the record covers, with the words of the record that cover it."""
    read = _read_record(record)
    name = _name_features(candidate)
    language = read.text.language
    evidence = _evidence(read, [feature for feature in name if read.has(feature)])
    finding = said("fits", language).format(words=evidence) if evidence else said("no_fit", language)
    score = _score(name, _name_features(path), read)
    return {"score": score, "explanation": f"{finding} {said('engine', language)}"}


def _score(name: Features, path: Features, record: _Record) -> float:
    """From 0.1 to 0.9, since words alone are never certain: what the name says beyond its path decides.

    A name may list alternatives ("Tents and tarpaulins"), so that one of them covered counts for more than its share.
    """
    beyond = {feature: weight for feature, weight in name.items() if feature not in path and feature != f"#{OTHER}"}
    covered = sum(weight * min(record.has(feature), 1.0) for feature, weight in beyond.items())
    repeated = any(record.has(feature) for feature in name if feature in path)
    if not covered:
        return LEFT_OVER_SCORE if f"#{OTHER}" in name else REPEATED_SCORE if repeated else NO_OVERLAP_SCORE
    share = (covered / sum(beyond.values()) + covered / (covered + CONCEPT_WEIGHT)) / 2
    return round(min(0.25 + 0.1 * repeated + 0.55 * share, HIGHEST_SCORE), 2)


def _scores(options: Sequence[Features], record: _Record) -> list[float]:
    """One score an option: its covered weight over the root of its whole weight, rare features weighing more.

    An option for the rest comes behind one that is named for what the record says.
    """
    held_by = Counter(feature for features in options for feature in features)
    rarity = {feature: math.log((len(options) + 1.3) / (count + 0.2)) for feature, count in held_by.items()}
    held = {feature: record.has(feature) for feature in held_by if feature != f"#{OTHER}"}
    scores = []
    for features in options:
        covered = sum(weight * rarity[name] * held.get(name, 0.0) for name, weight in features.items())
        whole = sum(weight * rarity[name] for name, weight in features.items())
        share = OTHER_SHARE if f"#{OTHER}" in features else 1.0
        scores.append(share * covered / math.sqrt(whole) if whole > 0 else 0.0)
    return scores


def _name_features(name: str) -> Features:
    read = read_text(name)
    features: Features = dict.fromkeys(read.terms, 1.0)
    for concept in concepts_of_name(read):
        features[f"#{concept}"] = CONCEPT_WEIGHT
    return features


def _read_record(record: str) -> _Record:
    read = read_text(record)
    concepts = concepts_of(read)
    features: Features = {term: 1 + 0.3 * math.log(count) for term, count in Counter(read.terms).items()}
    for concept, places in concepts.items():
        weight = ACT_WEIGHTS.get(concept, 1.0) if concept in ACTS else 1.0
        features[f"#{concept}"] = weight * (1 + 0.3 * math.log(len(set(places))))
    _add_broader(features, concepts)
    if not any(f"#{act}" in features for act in ACTS):
        features |= {"#observe": STATEMENT_WEIGHT, "#rumour": STATEMENT_WEIGHT}
    return _Record(read, features, {term: trigrams(term) for term in read.terms if len(term) > 3}, concepts)


def _add_broader(features: Features, concepts: Iterable[str]) -> None:
    """Give a record what its concepts are part of, two steps up, each step at less weight."""
    reached = dict.fromkeys(concepts, 1.0)
    for _ in range(2):
        for concept, strength in list(reached.items()):
            for wider in broader().get(concept, ()):
                reached[wider] = max(reached.get(wider, 0.0), strength * BROADER_WEIGHT)
    for concept, strength in reached.items():
        features[f"#{concept}"] = max(features.get(f"#{concept}", 0.0), strength)


def _dice(first: frozenset[str], second: frozenset[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second))


def _evidence(record: _Record, shared: Sequence[str]) -> str:
    """The run of the record's own words that holds most of what it shares; "" when there is nothing to quote."""
    places = placed_words(record.text.text)
    marked = _marked(record, shared, [word for word, _, _ in places])
    best: tuple[int, int, int] | None = None
    for start in sorted(marked):
        inside = [place for place in range(start, min(start + LONGEST_EVIDENCE, len(places))) if place in marked]
        span = record.text.text[places[start][1] : places[inside[-1]][2]]
        if '"' not in span and "\n" not in span and (best is None or len(inside) > best[0]):
            best = (len(inside), places[start][1], places[inside[-1]][2])
    return record.text.text[best[1] : best[2]] if best else ""


def _marked(record: _Record, shared: Sequence[str], found: Sequence[str]) -> set[int]:
    """Which of the record's words carry a shared feature."""
    marked = {place for place, word in enumerate(found) if stem(word) in shared}
    for feature in shared:
        for start, end in record.concepts.get(feature[1:], ()) if feature[0] == "#" else ():
            marked.update(range(start, end))
    return marked
