"""Patterns that a tenant writes for its own numbers: linear in time, and tested before they are saved.

RE2 runs them: it has no backtracking, so no pattern can hang the service; in exchange it has neither look-around
nor back-references, which is said when such a pattern is refused.
"""

import re
from dataclasses import dataclass

import re2
from django.utils.functional import cached_property

from inference.redaction.entities import Entity
from inference.redaction.errors import InvalidPattern

MAX_PATTERN_LENGTH = 500
_MEMORY_BYTES = 4 * 1024 * 1024
_ENTITY_NAME = re.compile(r"[A-Z](?:[A-Z_]{0,28}[A-Z])")
MAX_PATTERNS = 100
_INNOCENT = (
    "We waited 3 hours for 20 litres of water and nobody came to the camp on day 2.\nThe quick brown fox jumps over",
    "THE LAZY DOG. Page 14 of 30: 5,000 shillings, 12/03/2026, 10:30. Sphinx of black quartz, judge my vow!",
    "Nous avons attendu trois heures et personne ne venait au centre.",
    "انتظرنا ثلاث ساعات للحصول على الماء ولم يأت أحد.",
    "Ми чекали три години на воду, і ніхто не прийшов.",
    "ውሃ ለማግኘት ሦስት ሰዓት ጠበቅን።",
    "हमने पानी के लिए तीन घंटे इंतज़ार किया।",
    "আমরা পানির জন্য তিন ঘণ্টা অপেক্ষা করেছি।",
    "ကျွန်ုပ်တို့ ရေအတွက် သုံးနာရီ စောင့်ခဲ့သည်။",
    "我们等了三个小时的水。",
)
"""Nobody's numbers are in these: a pattern that is found in one would redact everyday words, figures or dates."""
_INNOCENT_AND_LONG = ("\n".join(_INNOCENT) * 10, "nobody came to the camp on that day " * 100)


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem = _MEMORY_BYTES
    options.log_errors = False
    return options


@dataclass(frozen=True)
class CustomPattern:
    """A tenant's own pattern; entity names the placeholders. Raises InvalidPattern."""

    entity: str
    pattern: str

    def __post_init__(self) -> None:
        if not _ENTITY_NAME.fullmatch(self.entity):
            raise InvalidPattern(
                f"{self.entity!r}: a name of 2 to 30 capital letters and underscores, like RATION_CARD"
            )
        if self.entity in set(Entity) - {Entity.ID_NUMBER}:
            raise InvalidPattern(f"{self.entity} is a type of its own; choose another name")
        validate_custom_pattern(self.pattern)

    @cached_property
    def compiled(self) -> "re.Pattern[str]":
        """The pattern, ready to run."""
        compiled: re.Pattern[str] = re2.compile(self.pattern, _options())
        return compiled


def validate_custom_pattern(pattern: str) -> None:
    """Refuse a pattern that does not compile or matches everyday words. Raises InvalidPattern."""
    if not pattern or len(pattern) > MAX_PATTERN_LENGTH:
        raise InvalidPattern(f"a pattern has 1 to {MAX_PATTERN_LENGTH} characters")
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        reason = str(error.args[0] if error.args else error)
        raise InvalidPattern(
            f"not a pattern that RE2 can run (no look-around, no back-references): {reason}"
        ) from error
    if compiled.search("") is not None:
        raise InvalidPattern("the pattern matches an empty text")
    if any(compiled.search(text) for text in (*_INNOCENT, *_INNOCENT_AND_LONG)):
        raise InvalidPattern("the pattern matches everyday sentences: it would redact everything")
