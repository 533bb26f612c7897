"""Phone numbers spelled out digit by digit ("zero seven double two ..."), in the languages that feedback comes in."""

from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

FEWEST_DIGITS = 6
FEWEST_WORDS = 3
_SEPARATORS = " ,.-\n\t"
_LONGEST_GAP = 3
_LONGEST_FIGURE = 4

_DIGIT_WORDS = words_in("digit_words")
_REPEATS = {"double": 2, "triple": 3, "doble": 2, "duplo": 2, "двічі": 2, "дважды": 2}
_ALL_DIGIT_WORDS = _DIGIT_WORDS | set(_REPEATS) | {f"و{word}" for word in _DIGIT_WORDS}


class SpelledNumberRecogniser:
    """Runs of digit words, plain digits between them included."""

    def find(self, reading: Reading) -> Iterable[Span]:
        if reading.vocabulary.isdisjoint(_ALL_DIGIT_WORDS):
            return
        run: list[int] = []
        for index, text in enumerate(reading.word_texts):
            if not _is_digit(text.lower()):
                continue
            if run and (index != run[-1] + 1 or not _is_near(reading.gaps[index])):
                yield from _number(reading, run)
                run = []
            run.append(index)
        yield from _number(reading, run)


def _is_digit(lowered: str) -> bool:
    return lowered in _ALL_DIGIT_WORDS or (lowered.isdecimal() and len(lowered) <= _LONGEST_FIGURE)


def _is_near(gap: str) -> bool:
    return len(gap) <= _LONGEST_GAP and not gap.strip(_SEPARATORS)


def _number(reading: Reading, run: list[int]) -> Iterator[Span]:
    if len(run) < FEWEST_WORDS:
        return
    digits = [reading.word_texts[index].lower() for index in run]
    words = sum(not digit.isdecimal() for digit in digits)
    spelled = sum(len(digit) if digit.isdecimal() else _REPEATS.get(digit, 1) for digit in digits)
    if words >= FEWEST_WORDS and spelled >= FEWEST_DIGITS:
        yield Span(reading.word_starts[run[0]], reading.word_ends[run[-1]], Entity.PHONE_NUMBER, 0.8)
