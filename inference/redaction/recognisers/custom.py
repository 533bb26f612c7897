"""A tenant's own patterns."""

from collections.abc import Iterable

from inference.redaction.reading import Reading
from inference.redaction.spans import Span


class CustomPatternRecogniser:
    """Runs the policy's patterns; what they find outranks every other recogniser."""

    def find(self, reading: Reading) -> Iterable[Span]:
        for custom in reading.policy.custom_patterns:
            for match in custom.compiled.finditer(reading.text):
                if match.end() > match.start():
                    yield Span(match.start(), match.end(), custom.entity, 2.0)
