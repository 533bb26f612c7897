"""Write text so that it can stand inside tags of a prompt, and read it back.

Angle brackets, square brackets and role prefixes that imitate a prompt are written as character references, ampersands
only where they would otherwise be read as one of ours. A text that looks like a placeholder of ours gets `_TYPED`
behind it, in any brackets, so that no answer can have it filled with a value.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache

from inference.redaction.placeholders import Spellings

_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "colon": ":", "lsqb": "[", "num": "#"}
_BLANK = "\ufffc"
_NAMES = {char: name for name, char in _REFERENCES.items()}
_ROLES = (
    r"system|assistant|user|human|developer|tool|function|instructions?|ai|bot|model|prompt"
    r"|système|assistante?|utilisateur|sistema|asistente|assistente|usuario|usuário"
    r"|система|системний|системный|асистент|ассистент|помощник|النظام|نظام|المساعد|مساعد|سیستم|"
    r"دستیار|mfumo|msaidizi|sistem|asistan"
)
_UNSAFE = re.compile(
    r"[<>]|&(?=(?:" + "|".join(_REFERENCES) + r");)"
    rf"|(?P<role>^[ \t>*_-]{{0,8}}(?:{_ROLES})[ \t]{{0,4}}(?:prompt|message)?[ \t*_]{{0,4}})(?P<colon>:)"
    r"|(?P<hash>^[ \t]{0,8}#)(?=#{0,5}[ \t]*(?:" + _ROLES + r")\b)"
    r"|\[(?=/?(?:INST|SYS|SYSTEM|ASSISTANT|USER)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_MAY_BE_UNSAFE = re.compile(r"[<>&:#\[]")


class Writing:
    """How text stands in a prompt beside placeholders of a set of entity types."""

    def __init__(self, entities: Iterable[str]) -> None:
        self.spellings = Spellings(entities)
        references = "|".join(_REFERENCES)
        self._written = re.compile(
            rf"{self.spellings.ours.pattern}|&(?P<reference>{references});|{self.spellings.typed.pattern}"
        )

    def write(self, text: str, counts: Counter[str], typed: set[str] | None = None) -> str:
        """The text with nothing in it that ends or opens a tag, speaks as another role or passes for a placeholder.

        Adds the replacements to counts, and the placeholders that the text itself contains to typed, if given.
        """
        text, look_alikes = self.spellings.marked_as_typed(text)
        if look_alikes:
            counts["placeholder_look_alike"] += len(look_alikes)
            if typed is not None:
                typed.update(look_alikes)
        return _escape(text, counts) if _MAY_BE_UNSAFE.search(text) else text

    def read(self, text: str, value_of: Callable[[str], str]) -> str:
        """Undo write and fill the placeholders, in one pass: what comes in is not read again."""

        def replace(match: re.Match[str]) -> str:
            if match["reference"] is not None:
                return _REFERENCES[match["reference"]]
            return match["typed"] if match["typed"] is not None else value_of(match[0])

        return self._written.sub(replace, text)

    def without_placeholders(self, text: str) -> str:
        """The text of the same length with placeholders blanked out."""
        return self.spellings.ours.sub(lambda match: _BLANK * len(match[0]), text)


@lru_cache(maxsize=256)
def writing_for(entities: frozenset[str]) -> Writing:
    """The one Writing for a set of entity types."""
    return Writing(entities)


def _escape(text: str, counts: Counter[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        if match["role"] is not None:
            counts["role_prefix"] += 1
            return match["role"] + "&colon;"
        unsafe = match[0]
        if unsafe[-1] in "#[":
            counts["role_prefix"] += 1
        return f"{unsafe[:-1]}&{_NAMES[unsafe[-1]]};"

    return _UNSAFE.sub(replace, text)
