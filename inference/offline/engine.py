"""Run the answerer that an operation declares for a prompt.

The engine reads the texts between the tags of the user message and follows no instruction in them. The same prompt
always gets the same answer. The answerers are in `feedback/offline/` and `coding/offline/`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.offline.wording import spoken_language
from inference.prompting import RenderedPrompt
from inference.text.reading import inside, records_in

_LANGUAGE_RULE = re.compile(r"^- Write in (.+), whatever language", re.MULTILINE)


@dataclass(frozen=True)
class OfflinePrompt:
    """A rendered prompt for an answerer. metadata: names that may precede a record's text, one per line."""

    system: str = field(repr=False)
    user: str = field(repr=False)
    schema: Mapping[str, Any] = field(repr=False)
    metadata: tuple[str, ...] = ()

    def inside(self, tag: str) -> str:
        """Return the text between the tags of this name in the user message, "" without the tag."""
        return inside(self.user, tag) or ""

    @property
    def records(self) -> list[str]:
        return records_in(self.user, self.metadata)

    @property
    def record(self) -> str:
        return "\n".join(self.records)

    @property
    def language(self) -> str | None:
        """Return the language that the system message asks for, None if the engine has no wording for it."""
        asked = _LANGUAGE_RULE.search(self.system)
        return spoken_language(asked[1]) if asked else None


OfflineAnswerer = Callable[[OfflinePrompt], Mapping[str, object]]
OfflineAnswers = Mapping[str, OfflineAnswerer]
"""Answerers by the name of the prompt that they answer."""


def answer_offline(
    answerer: OfflineAnswerer, prompt: RenderedPrompt, schema: Mapping[str, Any], *, metadata: tuple[str, ...] = ()
) -> str:
    """Return the answer to a prompt as JSON text, like a model's."""
    return json.dumps(answerer(OfflinePrompt(prompt.system, prompt.user, schema, metadata)), ensure_ascii=False)
