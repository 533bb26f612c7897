"""Choose codes level by level, by the likeness of a record and the names of the options.

An option is written `0: Name`, one a line.
"""

import re

from inference.offline.wording import said
from inference.text.concepts import OTHER
from inference.text.likeness import covered_score, evidence, likeness, name_features, read_record

MOST_PICKS = 3
NEAR_THE_BEST = 0.7

_OPTION = re.compile(r"^(\d+): (.*)$", re.MULTILINE)


def pick_answer(options: str, record: str) -> dict[str, object]:
    """The numbers of the options that are most like the record, the best first; none when nothing overlaps."""
    numbered = [(int(number), name_features(name)) for number, name in _OPTION.findall(options)]
    scores = likeness([features for _, features in numbered], read_record(record))
    least = max(max(scores, default=0.0) * NEAR_THE_BEST, 1e-9)
    near = [place for place in sorted(range(len(scores)), key=lambda place: -scores[place]) if scores[place] >= least]
    picked = [numbered[place][0] for place in near[:MOST_PICKS]]
    left_over = [number for number, features in numbered if f"#{OTHER}" in features and number not in picked]
    return {"selected": [*picked, *left_over[: MOST_PICKS - len(picked)][:1]]}


def judge_answer(candidate: str, path: str, record: str) -> dict[str, object]:
    """How much of the candidate's name the record covers, with the words of the record that cover it.

    Who says so is told at the first level, which every code has, and not again further down.
    """
    read = read_record(record)
    name = name_features(candidate)
    language = read.text.language
    quoted = evidence(read, [feature for feature in name if read.has(feature)])
    finding = said("fits", language).format(words=quoted) if quoted else said("no_fit", language)
    score = covered_score(name, name_features(path), read)
    by_engine = "" if path else f" {said('engine', language)}"
    return {"score": score, "explanation": finding + by_engine}
