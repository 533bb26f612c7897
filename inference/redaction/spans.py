"""Spans of personal data in a text, and how overlapping ones are united."""

from collections.abc import Iterable
from typing import NamedTuple

CUED_ONLY = 0.65
"""The score of a short number that is personal by nothing but the word before it."""


class Span(NamedTuple):
    """Characters [start, end) hold a value of this type."""

    start: int
    end: int
    entity: str
    score: float = 1.0


def unite(spans: Iterable[Span]) -> list[Span]:
    """Spans in order and without overlap; every character that was covered still is.

    Where spans overlap, the strongest gives its type to their union; of equally strong ones the longer one.
    """
    united: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if united and span.start < united[-1].end:
            united[-1] = _union(united[-1], span)
        else:
            united.append(span)
    return united


def _union(first: Span, second: Span) -> Span:
    stronger = max(first, second, key=lambda span: (span.score, span.end - span.start))
    return Span(first.start, max(first.end, second.end), stronger.entity, stronger.score)
