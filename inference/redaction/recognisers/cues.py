"""Words that say what the number after them is, in the languages that feedback comes in."""

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.word_lists import stems_in, words_in

_FILLERS = words_in("cue_fillers")
_MAX_WORDS = 6
_MAX_GAP = 4
_GAP = frozenset(" \t\n:;=|#-,./№º°'\"()[]")


class Cues:
    """Families of cue words; a word in several belongs to the first."""

    def __init__(self, families: dict[str, Entity]) -> None:
        self._kinds: dict[str, Entity] = {}
        self._stems: dict[str, Entity] = {}
        for name, kind in families.items():
            for word in words_in(name):
                self._kinds.setdefault(word, kind)
            for stem in stems_in(name):
                self._stems.setdefault(stem, kind)
        self._all_stems = tuple(self._stems)

    def occur_in(self, reading: Reading) -> bool:
        """Whether any cue word is in the text at all."""
        if not reading.vocabulary.isdisjoint(self._kinds):
            return True
        return not reading.text.isascii() and any(word.startswith(self._all_stems) for word in reading.vocabulary)

    def kind_before(self, reading: Reading, position: int) -> Entity | None:
        """The kind of the cue word that leads up to a position, over filling words; None without one."""
        end = position
        for index in reading.places_before(position, _MAX_WORDS):
            gap = reading.text[reading.word_ends[index] : end]
            if len(gap) > _MAX_GAP or not _GAP.issuperset(gap):
                return None
            lowered = reading.words_lowered[index]
            kind = self._kind(lowered)
            if kind is not None:
                return kind
            if lowered not in _FILLERS and len(lowered) > 1:
                return None
            end = reading.word_starts[index]
        return None

    def is_cue(self, lowered: str) -> bool:
        """Whether a word in lower case is one of the families'."""
        return self._kind(lowered) is not None

    def _kind(self, lowered: str) -> Entity | None:
        kind = self._kinds.get(lowered)
        if kind is None and not lowered.isascii() and lowered.startswith(self._all_stems):
            return next(kind for stem, kind in self._stems.items() if lowered.startswith(stem))
        return kind


NUMBERS = Cues(
    {
        "phone_cues": Entity.PHONE_NUMBER,
        "account_cues": Entity.BANK_ACCOUNT,
        "identifier_cues": Entity.ID_NUMBER,
    }
)
PLATES = Cues({"plate_cues": Entity.VEHICLE_PLATE})
