"""Evidence: the words of a feedback record that a code rests on, never words that a model made up."""

import re
from dataclasses import dataclass, field

from inference.orchestrator import OperationRun

QUOTED = re.compile(r'"([^"\n]{3,300})"|“([^”\n]{3,300})”|«\s?([^»\n]{3,300}?)\s?»|„([^“”\n]{3,300})[“”]')


@dataclass(frozen=True)
class Evidence:
    """span: word for word as in the record. stored: the same with placeholders, "" where none is stored."""

    span: str = field(repr=False)
    stored: str = field(repr=False)


def evidence_in(run: OperationRun, answer: str, content: str) -> Evidence | None:
    """The longest quotation in a model's answer that stands in the record; None without one."""
    for quotation in sorted(quotations_in(answer), key=len, reverse=True):
        if evidence := checked_evidence(run, quotation, content):
            return evidence
    return None


def quotations_in(answer: str) -> list[str]:
    """What a model's answer has between quotation marks."""
    return ["".join(groups) for groups in QUOTED.findall(answer)]


def checked_evidence(run: OperationRun, quotation: str, content: str) -> Evidence | None:
    """What a model says it quoted, as it stands in the record; None when it does not occur there."""
    span = find_span(content, run.redaction.restore(quotation).strip())
    if span is None:
        return None
    return Evidence(span, run.storable(quotation.strip()))


def find_span(content: str, quotation: str) -> str | None:
    """The part of content that a quotation repeats, but for case and white space; None when there is none."""
    words = quotation.split()
    if not words:
        return None
    pattern = r"\s+".join(re.escape(word) for word in words)
    found = re.search(pattern, content, re.IGNORECASE)
    return found.group() if found else None
