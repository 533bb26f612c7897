"""Choose codes from a whole framework in one go, by names, definitions and examples; judge proposed codes the same way.

The framework is written as a tree, one space a level, the codes that can be assigned numbered:
`1. Name | definition | include: ... | exclude: ... | examples: one / another`. What belongs elsewhere is not read.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from inference.offline.wording import said
from inference.text.concepts import OTHER, concepts_of
from inference.text.likeness import (
    NO_OVERLAP_SCORE,
    Features,
    RecordFeatures,
    covered_score,
    evidence,
    likeness,
    name_features,
    read_record,
)
from inference.text.reading import read_text

ABOVE_WEIGHT = 0.5
DESCRIPTION_WEIGHT = 0.4
NEAR_THE_BEST = 0.85
DOUBTED_UNDER = 0.7
KEPT_FRAMEWORKS = 16

_LINE = re.compile(r"^( *)(?:(\d+)\. )?(.+)$", re.MULTILINE)
_CANDIDATE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
_PATH_MARK = " > "


@dataclass(frozen=True)
class _Code:
    """path: the names from the top level down to the code's own. features: of the names and of what is said of them."""

    number: int
    path: tuple[str, ...]
    features: Features = field(repr=False)


def proposal_answer(framework: str, most_codes: int, record: str) -> dict[str, object]:
    """The codes most like the record with a confidence for each level, or none of these."""
    codes = _codes_of(framework)
    read = read_record(record)
    scores = likeness([code.features for code in codes], read)
    best = max(scores, default=0.0)
    near = [place for place in range(len(codes)) if scores[place] >= max(best * NEAR_THE_BEST, 1e-9)]
    chosen = sorted(near, key=lambda place: -scores[place])[: max(most_codes, 1)]
    return {
        "codes": [_proposed(codes[place], read) for place in chosen],
        "missing": "",
    }


def scores_answer(candidates: str, record: str) -> dict[str, object]:
    """A score for each candidate, written `1. Path > Name | definition`; what is said of the least likely one."""
    read = read_record(record)
    judged = []
    for _, written in _CANDIDATE.findall(candidates):
        path, _, name = written.split(" | ")[0].rpartition(_PATH_MARK)
        judged.append(_judged(name, path, read))
    least, finding = min(judged, default=(1.0, ""))
    return {"scores": [score for score, _ in judged], "doubt": finding if least < DOUBTED_UNDER else ""}


def described_features(path: Sequence[tuple[str, Sequence[str]]]) -> Features:
    """What a code is compared by: names with what is said of them, from the top level down to its own."""
    return _joined([_features(name, described) for name, described in path])


@functools.lru_cache(maxsize=KEPT_FRAMEWORKS)
def _codes_of(framework: str) -> tuple[_Code, ...]:
    codes: list[_Code] = []
    path: list[str] = []
    above: list[Features] = []
    for spaces, number, written in _LINE.findall(framework):
        level = len(spaces)
        name, *described = written.split(" | ")
        features = _features(name, described)
        del path[level:], above[level:]
        path.append(name)
        above.append(features)
        if number:
            codes.append(_Code(int(number), tuple(path), _joined(above)))
    return tuple(codes)


def _features(name: str, described: Sequence[str]) -> Features:
    """Those of the name in full, those of its definition and examples at less weight."""
    read = [read_text(text) for text in described if not text.startswith("exclude: ")]
    terms = {term for text in read for term in text.terms}
    concepts = {f"#{concept}" for text in read for concept in concepts_of(text) if concept != OTHER}
    return dict.fromkeys(terms | concepts, DESCRIPTION_WEIGHT) | dict(name_features(name))


def _joined(above: Sequence[Features]) -> Features:
    """A code's own features and, at less weight, those of the branches that it stands under."""
    joined: dict[str, float] = {}
    for distance, features in enumerate(reversed(above)):
        share = ABOVE_WEIGHT if distance else 1.0
        for feature, weight in features.items():
            if distance and feature == f"#{OTHER}":
                continue
            joined[feature] = max(joined.get(feature, 0.0), share * weight)
    return joined


def _proposed(code: _Code, record: RecordFeatures) -> dict[str, object]:
    judged = [_judged(name, _PATH_MARK.join(code.path[:level]), record) for level, name in enumerate(code.path)]
    quoted = evidence(record, [feature for feature in code.features if record.has(feature)])
    return {
        "id": code.number,
        "sure": [max(score, NO_OVERLAP_SCORE) for score, _ in judged],
        "quote": quoted,
        "why": judged[-1][1],
    }


def _judged(name: str, path: str, record: RecordFeatures) -> tuple[float, str]:
    features = name_features(name)
    language = record.text.language
    quoted = evidence(record, [feature for feature in features if record.has(feature)])
    finding = said("fits", language).format(words=quoted) if quoted else said("no_fit", language)
    return covered_score(features, name_features(path), record), f"{finding} {said('engine', language)}"
