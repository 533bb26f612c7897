"""Find evidence: words of a feedback record that support a code, never words that a model invented."""

import re
from dataclasses import dataclass, field

from inference.orchestrator import OperationRun

QUOTED = re.compile(r'"([^"\n]{3,300})"|“([^”\n]{3,300})”|«\s?([^»\n]{3,300}?)\s?»|„([^“”\n]{3,300})[“”]')


@dataclass(frozen=True)
class Evidence:
    """A quotation. span: word for word as in the record. stored: the same with placeholders, "" if it is not stored."""

    span: str = field(repr=False)
    stored: str = field(repr=False)


def evidence_in(run: OperationRun, answer: str, content: str) -> Evidence | None:
    """Return the longest quotation in a model's answer that occurs in the record, or None."""
    for quotation in sorted(quotations_in(answer), key=len, reverse=True):
        if evidence := checked_evidence(run, quotation, content):
            return evidence
    return None


def quotations_in(answer: str) -> list[str]:
    """Return the texts between quotation marks in a model's answer."""
    return ["".join(groups) for groups in QUOTED.findall(answer)]


def checked_evidence(run: OperationRun, quotation: str, content: str) -> Evidence | None:
    """Return a model's quotation as it is written in the record, or None if it does not occur there."""
    span = find_span(content, run.redaction.restore(quotation).strip())
    if span is None:
        return None
    return Evidence(span, run.storable(quotation.strip()))


def find_span(content: str, quotation: str) -> str | None:
    """Return the part of content that a quotation repeats, apart from case and white space, or None."""
    words = quotation.split()
    if not words:
        return None
    pattern = r"\s+".join(re.escape(word) for word in words)
    match = re.search(pattern, content, re.IGNORECASE)
    return match.group() if match else None
