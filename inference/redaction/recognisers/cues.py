"""Words that say what the number after them is, in the languages that feedback comes in."""

from inference.redaction.reading import Reading
from inference.redaction.word_lists import stems_in, words_in

_FILLERS = words_in("cue_fillers")
_MOST_WORDS = 6
_LONGEST_GAP = 4
_GAP = frozenset(" \t:=#-,.(/№º°'\"")


class Cue:
    """A family of cue words; stands_before says whether one of them leads up to a position."""

    def __init__(self, name: str) -> None:
        self._words = words_in(name)
        self._stems = stems_in(name)

    def stands_before(self, reading: Reading, position: int) -> bool:
        end = position
        for word in reading.words_before(position, _MOST_WORDS):
            gap = reading.text[word.end : end]
            if len(gap) > _LONGEST_GAP or not _GAP.issuperset(gap):
                return False
            lowered = word.lowered
            if lowered in self._words or (self._stems and lowered.startswith(self._stems)):
                return True
            if lowered not in _FILLERS and len(lowered) > 1:
                return False
            end = word.start
        return False


PHONE = Cue("phone_cues")
ACCOUNT = Cue("account_cues")
IDENTIFIER = Cue("identifier_cues")
PLATE = Cue("plate_cues")
