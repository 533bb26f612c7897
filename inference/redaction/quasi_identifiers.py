"""Warn of records that could name a person without a name: a place, a role and an event together."""

from dataclasses import dataclass

from inference.redaction.detection_view import view_of
from inference.redaction.entities import Entity
from inference.redaction.policy import RedactionPolicy
from inference.redaction.reading import Detector, Reading
from inference.redaction.word_lists import stems_in, words_in

_PLACES = RedactionPolicy(extra_entities=frozenset({Entity.LOCATION}))


@dataclass(frozen=True)
class QuasiIdentifiers:
    """Words of a record that narrow down who is meant. places: how many, 0 as well where nobody looked."""

    roles: tuple[str, ...]
    events: tuple[str, ...]
    places: int

    @property
    def could_identify(self) -> bool:
        """Whether the three together point at one person more likely than not."""
        return bool(self.roles and self.events and self.places)


def quasi_identifiers(text: str, detector: Detector, deadline: float | None = None) -> QuasiIdentifiers:
    """Roles, events and, where there are both, places in a text; detector finds the places. Raises RedactionError."""
    words = Reading(view_of(text).text, _PLACES).vocabulary
    roles, events = _found("roles", words), _found("events", words)
    if not (roles and events):
        return QuasiIdentifiers(roles, events, places=0)
    places = sum(span.entity == Entity.LOCATION for span in detector.find(text, _PLACES, deadline))
    return QuasiIdentifiers(roles, events, places)


def _found(name: str, words: frozenset[str]) -> tuple[str, ...]:
    whole, stems = words_in(name), stems_in(name)
    return tuple(sorted(word for word in words if word in whole or (stems and word.startswith(stems))))
