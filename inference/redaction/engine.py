"""The engine: every recogniser over one record, in every language, within a deadline."""

import time
from collections.abc import Sequence

from inference.redaction.detection_view import view_of
from inference.redaction.errors import RedactionTimeout
from inference.redaction.policy import RedactionPolicy
from inference.redaction.reading import Reading, Recogniser
from inference.redaction.spans import Span, unite

_TRIMMED = " \t\n\r,;:.!?'\"()[]{}<>«»“”،؛؟"


class Engine:
    """Recognisers over one record at a time; holds no state between records, so threads may share it."""

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        self.recognisers = tuple(recognisers)

    def find(self, text: str, policy: RedactionPolicy, deadline: float | None = None) -> list[Span]:
        """Spans of personal data that the policy wants out, in order and without overlap. Raises RedactionTimeout."""
        if not text or text.isspace():
            return []
        view = view_of(text)
        reading = Reading(view.text, policy)
        spans: list[Span] = []
        for recogniser in self.recognisers:
            spans += recogniser.find(reading)
            if deadline is not None and time.monotonic() >= deadline:
                raise RedactionTimeout
        if not spans:
            return []
        wanted = policy.redacted_entities
        united = unite([span for span in spans if span.entity in wanted])
        if policy.allowed_values:
            united = [span for span in united if not _is_allowed(view.text[span.start : span.end], policy)]
        return [view.original(span) for span in united]


def _is_allowed(value: str, policy: RedactionPolicy) -> bool:
    return " ".join(value.casefold().split()).strip(_TRIMMED) in policy.allowed_values
