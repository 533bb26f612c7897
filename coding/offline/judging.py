"""Judge codes by the words and concepts that a record shares with their names.

A model codes and the offline engine judges, where JUDGE_LLM_MODEL says so. The offline engine itself codes without
prompts, see coding/strategies/lexical.py.
"""

import re

from inference.offline.wording import said, signed
from inference.text.likeness import RecordFeatures, covered_score, evidence, name_features, read_record

DOUBTED_UNDER = 0.7

_CANDIDATE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
_PATH_MARK = " > "


def judge_answer(candidate: str, path: str, record: str) -> dict[str, object]:
    """Score how much of the candidate's name the record covers, and quote the words of the record that cover it."""
    read = read_record(record)
    score, finding = _judged(candidate, path, read)
    # Every path has a first level: the engine is named there, and not again further down.
    explanation = finding if path else f"{finding} {signed(read.text)}"
    return {"score": score, "explanation": explanation}


def scores_answer(candidates: str, record: str) -> dict[str, object]:
    """Score each candidate, written `1. Path > Name | definition`, and explain the lowest score."""
    read = read_record(record)
    judged = []
    for _, written in _CANDIDATE.findall(candidates):
        path, _, name = written.split(" | ")[0].rpartition(_PATH_MARK)
        judged.append(_judged(name, path, read))
    lowest, finding = min(judged, default=(1.0, ""))
    doubt = f"{finding} {signed(read.text)}" if lowest < DOUBTED_UNDER else ""
    return {"scores": [score for score, _ in judged], "doubt": doubt}


def _judged(name: str, path: str, record: RecordFeatures) -> tuple[float, str]:
    features = name_features(name)
    language = record.text.language
    quoted = evidence(record, [feature for feature in features if record.has(feature)])
    finding = said("fits", language).format(words=quoted) if quoted else said("no_fit", language)
    return covered_score(features, name_features(path), record), finding
