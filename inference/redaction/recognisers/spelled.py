"""Phone numbers spelled out digit by digit ("zero seven double two ..."), in the languages that feedback comes in."""

from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading, Word
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

FEWEST_DIGITS = 6
FEWEST_WORDS = 3
_SEPARATORS = " ,.-\n\t"
_LONGEST_GAP = 3
_LONGEST_FIGURE = 4

_DIGIT_WORDS = words_in("digit_words")
_REPEATS = {"double": 2, "triple": 3, "doble": 2, "duplo": 2, "двічі": 2, "дважды": 2}


class SpelledNumberRecogniser:
    """Runs of digit words, plain digits between them included."""

    def find(self, reading: Reading) -> Iterable[Span]:
        run: list[Word] = []
        for word in reading.words:
            if not _is_digit(word):
                yield from _number(run)
                run = []
            elif run and not _is_near(reading.text, run[-1], word):
                yield from _number(run)
                run = [word]
            else:
                run.append(word)
        yield from _number(run)


def _is_digit(word: Word) -> bool:
    lowered = word.lowered
    if lowered in _DIGIT_WORDS or lowered in _REPEATS:
        return True
    if lowered.isdecimal():
        return len(lowered) <= _LONGEST_FIGURE
    return lowered[0] == "و" and lowered[1:] in _DIGIT_WORDS


def _is_near(text: str, first: Word, second: Word) -> bool:
    gap = text[first.end : second.start]
    return len(gap) <= _LONGEST_GAP and not gap.strip(_SEPARATORS)


def _number(run: list[Word]) -> Iterator[Span]:
    if len(run) < FEWEST_WORDS:
        return
    figures = [word.lowered for word in run if word.lowered.isdecimal()]
    words = len(run) - len(figures)
    digits = words + sum(map(len, figures)) + sum(_REPEATS.get(word.lowered, 1) - 1 for word in run)
    if words >= FEWEST_WORDS and digits >= FEWEST_DIGITS:
        yield Span(run[0].start, run[-1].end, Entity.PHONE_NUMBER, 0.8)
