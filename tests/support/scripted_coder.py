"""A model that codes as a test tells it: which names it picks, and what it scores each with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.provider import RecordedRequest, Reply

OPTION = re.compile(r"^(\d+): (.*)$", re.MULTILINE)


def tag(request: RecordedRequest, name: str) -> str:
    """Return the text between the tags of this name in the user message."""
    found = re.search(rf"<{name}(?: [^>]*)?>\n(.*?)\n?</{name}>", request.user, re.DOTALL)
    assert found is not None, f"no <{name}> in the prompt"
    return found.group(1)


def options_of(request: RecordedRequest) -> dict[str, int]:
    return {name: int(number) for number, name in OPTION.findall(tag(request, "options"))}


@dataclass
class ScriptedCoder:
    """picks: names in the order they are picked. scores: by name; what has none is scored 0.9.

    replies: whole replies to the judge of a name, in place of a score.
    """

    picks: list[str]
    scores: Mapping[str, float] = field(default_factory=dict)
    explanations: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[str, Reply] = field(default_factory=dict)

    def __call__(self, request: RecordedRequest) -> Reply | dict[str, Any] | None:
        if "selected" in request.asked_properties:
            options = options_of(request)
            return {"selected": [options[name] for name in self.picks if name in options]}
        candidate = tag(request, "candidate")
        if candidate in self.replies:
            return self.replies[candidate]
        return {
            "score": self.scores.get(candidate, 0.9),
            "explanation": self.explanations.get(candidate, "Fits."),
        }


def proposal(*codes: dict[str, Any], missing: str = "") -> dict[str, Any]:
    return {"codes": list(codes), "missing": missing}


def proposed(number: int, *sure: float, quote: str = "", why: str = "Fits.") -> dict[str, Any]:
    return {"id": number, "sure": list(sure), "quote": quote, "why": why}
