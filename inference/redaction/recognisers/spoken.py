"""Phone numbers said aloud and written down: "zero seven double two ...", "vingt-deux quarante et un", "0712 then 334".

A number word stands for one digit, two or three. Words that make one number in grammar are counted once ("two hundred
and ten" is three digits), and a number with a thousand in it is an amount. The rest is a phone number when it has
enough digits in enough numbers, all in words of one language.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers import cues
from inference.redaction.spans import Span
from inference.redaction.word_lists import lines_in

MIN_DIGITS_IN_WORDS = 6
MIN_DIGITS_IN_NUMBERS = 7
MIN_NUMBERS = 3
MIN_MIXED_WORDS = 7
"""So many number words in a row are a phone number even if they are of several languages."""
_SHARED = "*"
_SEPARATORS = " ,.-\n\t،;:/…۔"
_MAX_GAP = 4
_MAX_FIGURE = 5
_MAX_JOINTS = 2
_FIGURE_DIGITS = range(7, 14)
_WIDTHS = {"ones": 1, "twos": 2, "hundreds": 3}
_HAITIAN_TENS = ("ven", "vent", "venn", "trant", "trann", "karant", "karann", "senkant", "senkann", "swasant",
    "swasann", "katreven")  # fmt: skip


@dataclass
class _Language:
    """kinds: what a number word is; joints: what may stand between number words, sequences between figures as well."""

    kinds: dict[str, str] = field(default_factory=dict)
    joints: set[str] = field(default_factory=set)
    sequences: set[str] = field(default_factory=set)

    def of_kind(self, kind: str) -> list[str]:
        return [word for word, known in self.kinds.items() if known == kind]

    def add_compounds(self, firsts: Iterable[str], joint: str, lasts: Iterable[str], *, kind: str) -> None:
        """Learn every pair written as one word."""
        pairs = [f"{first}{joint}{last}" for first in firsts for last in lasts]
        self.kinds |= dict.fromkeys(pairs, kind) | self.kinds


def _read_languages() -> dict[str, _Language]:
    languages: dict[str, _Language] = {}
    for language, kind, *words in lines_in("number_words"):
        known = languages.setdefault(language, _Language())
        if kind in {"joints", "sequences"}:
            known.joints.update(words)
            known.sequences.update(words if kind == "sequences" else ())
        else:
            known.kinds.update(dict.fromkeys(words, kind))
    _add_compounds(languages)
    shared = languages.pop(_SHARED)
    for known in languages.values():
        known.kinds = shared.kinds | known.kinds
        known.joints |= shared.joints | shared.sequences
        known.sequences |= shared.sequences
    return languages


def _add_compounds(languages: dict[str, _Language]) -> None:
    """Numbers written as one word in Turkish, Dutch and Haitian, and those behind the Arabic "and"."""
    turkish, dutch, haitian, arabic = (languages[code] for code in ("tr", "nl", "ht", "ar"))
    turkish.add_compounds(turkish.of_kind("twos"), "", turkish.of_kind("ones"), kind="twos")
    turkish.add_compounds(turkish.of_kind("ones"), "", ["yüz"], kind="hundreds")
    for joint in ("en", "ën"):
        dutch.add_compounds(dutch.of_kind("ones"), joint, dutch.of_kind("twos"), kind="twos")
    haitian.add_compounds(_HAITIAN_TENS, "", haitian.of_kind("ones"), kind="twos")
    arabic.kinds |= {f"و{word}": kind for word, kind in arabic.kinds.items()}


_LANGUAGES = _read_languages()
_SPOKEN_IN: dict[str, frozenset[str]] = {
    word: frozenset(code for code, language in _LANGUAGES.items() if word in language.kinds)
    for word in {word for language in _LANGUAGES.values() for word in language.kinds}
}
NUMBER_WORDS = frozenset(_SPOKEN_IN)
_JOINTS = frozenset(word for language in _LANGUAGES.values() for word in language.joints)
_SEQUENCES = frozenset(word for language in _LANGUAGES.values() for word in language.sequences)
_OF_NUMBERS = NUMBER_WORDS | _JOINTS
_ALL_LANGUAGES = frozenset(_LANGUAGES)


class _Token(NamedTuple):
    """A word of a run: its place, its text in lower case, whether a hyphen ties it to the word before."""

    place: int
    text: str
    is_tied: bool


@dataclass
class _Run:
    """Number words in a row, in words of the same languages. goes_on: it follows a run in words of others."""

    tokens: list[_Token]
    languages: frozenset[str]
    goes_on: bool


class SpokenNumberRecogniser:
    """Runs of number words, figures and joints between them included."""

    def find(self, reading: Reading) -> Iterable[Span]:
        has_words = not reading.vocabulary.isdisjoint(NUMBER_WORDS)
        if not has_words and (not reading.has_digit or reading.vocabulary.isdisjoint(_SEQUENCES)):
            return
        mixed: list[_Token] = []
        for run in _runs(reading):
            if not run.goes_on:
                yield from _mixed_number(reading, mixed)
                mixed = []
            parts = _phone_numbers(reading, run)
            mixed = [] if parts else [*mixed, *run.tokens]
            for part in parts:
                yield _span(reading, part)
        yield from _mixed_number(reading, mixed)


def _mixed_number(reading: Reading, tokens: Sequence[_Token]) -> Iterator[Span]:
    if sum(token.text in _SPOKEN_IN for token in tokens) >= MIN_MIXED_WORDS:
        yield _span(reading, tokens)


def _span(reading: Reading, tokens: Sequence[_Token]) -> Span:
    start, end = reading.word_starts[tokens[0].place], reading.word_ends[tokens[-1].place]
    return Span(start, end, Entity.PHONE_NUMBER, 0.8)


def _runs(reading: Reading) -> Iterator[_Run]:
    """Number words and figures in a row, up to two joints between them; a run ends in a number."""
    run: _Run | None = None
    waiting: list[_Token] = []
    for token in _tokens(reading):
        is_next = run is not None and token.place == (waiting or run.tokens)[-1].place + 1
        if run and not (is_next and len(waiting) <= _MAX_JOINTS and _goes_on(reading, token.place)):
            yield run
            run, waiting = None, []
        spoken = _ALL_LANGUAGES if _is_figure(token.text) else _SPOKEN_IN.get(token.text)
        if spoken is None:
            if run:
                waiting.append(token)
        elif run and run.languages & spoken:
            run.tokens += (*waiting, token)
            run.languages &= spoken
            waiting = []
        else:
            if run:
                yield run
            run, waiting = _Run([token], spoken, goes_on=run is not None), []
    if run:
        yield run


def _tokens(reading: Reading) -> Iterator[_Token]:
    """Number words and joints with the figures beside them; none where too few stand together to make a number."""
    words = reading.words_lowered
    done = 0
    for place in [place for place, word in enumerate(words) if word in _OF_NUMBERS]:
        if place < done:
            continue
        first = place
        while first > done and _is_figure(words[first - 1]):
            first -= 1
        done = place + 1
        while done < len(words) and (words[done] in _OF_NUMBERS or _is_figure(words[done])):
            done += 1
        if done - first >= MIN_NUMBERS:
            for position in range(first, done):
                yield _Token(position, words[position], is_tied=reading.gaps[position] == "-")


def _goes_on(reading: Reading, place: int) -> bool:
    """Whether a run goes on over the gap before a word: a little punctuation, no end of a sentence."""
    gap = reading.gaps[place]
    if len(gap) > _MAX_GAP or gap.strip(_SEPARATORS):
        return False
    return "." not in gap or not reading.word_texts[place][0].isupper()


def _is_figure(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MAX_FIGURE


def _phone_numbers(reading: Reading, run: _Run) -> list[list[_Token]]:
    """The parts of a run that are phone numbers, in the first language in which there are any."""
    numbers = [token for token in run.tokens if token.text in _SPOKEN_IN or _is_figure(token.text)]
    if len(numbers) < MIN_NUMBERS:
        return []
    if run.languages == _ALL_LANGUAGES:
        joints = {token.text for token in run.tokens} - {token.text for token in numbers}
        is_one = not joints.isdisjoint(_SEQUENCES) and _are_figures_of_one_number(reading, numbers)
        return [run.tokens] if is_one else []
    return next(filter(None, (list(_parts(run.tokens, _LANGUAGES[code])) for code in sorted(run.languages))), [])


def _are_figures_of_one_number(reading: Reading, figures: Sequence[_Token]) -> bool:
    """Whether figures with words of sequence between them are one number: 0712 then 334 then 455."""
    digits = sum(len(figure.text) for figure in figures)
    start = reading.word_starts[figures[0].place]
    starts_like_a_phone = figures[0].text[0] == "0" or reading.text[start - 1 : start] == "+"
    has_cue = starts_like_a_phone or cues.NUMBERS.kind_before(reading, start) == Entity.PHONE_NUMBER
    return has_cue and digits in _FIGURE_DIGITS and all(len(figure.text) > 1 for figure in figures)


def _parts(run: list[_Token], language: _Language) -> Iterator[list[_Token]]:
    """A run cut where an amount stands in it; only what has the digits of a phone number."""
    part: list[_Token] = []
    widths: list[int] = []
    for tokens, width in _numbers(run, language):
        if width is None:
            if _is_phone_number(part, widths):
                yield part
            part, widths = [], []
        else:
            part, widths = [*part, *tokens], [*widths, width]
    if _is_phone_number(part, widths):
        yield part


def _numbers(run: list[_Token], language: _Language) -> Iterator[tuple[list[_Token], int | None]]:
    """Each number of a run with how many digits it has; None for an amount, with a thousand in it."""
    tokens: list[_Token] = []
    kinds: list[str] = []
    repeats = 1
    for token in run:
        kind = "figure" if _is_figure(token.text) else language.kinds.get(token.text)
        if kind is None or kind == "repeats":
            repeats = 2 if kind == "repeats" else repeats
            continue
        if tokens and not (token.is_tied or _joins(kinds, kind)):
            yield tokens, _width(tokens, kinds)
            tokens, kinds = [], []
        tokens, kinds = [*tokens, token], [*kinds, *[kind] * repeats]
        repeats = 1
    if tokens:
        yield tokens, _width(tokens, kinds)


def _joins(kinds: Sequence[str], kind: str) -> bool:
    """Whether a word goes on with the number before it: twenty five, two hundred, hundred and ten, two thousand."""
    last = kinds[-1]
    if kind == "scales" or last == "scales":
        return True
    if "scales" in kinds:
        return kind != "figure"
    if kind == "hundreds":
        return last == "ones" and kinds.count("hundreds") == 0
    if last == "hundreds":
        return kind in {"ones", "twos"}
    return last == "twos" and kind == "ones"


def _width(tokens: Sequence[_Token], kinds: Sequence[str]) -> int | None:
    if "scales" in kinds:
        return None
    if kinds[0] == "figure":
        return len(tokens[0].text)
    if "hundreds" in kinds or "twos" in kinds:
        return max(_WIDTHS[kind] for kind in kinds)
    return len(kinds)


def _is_phone_number(part: Sequence[_Token], widths: Sequence[int]) -> bool:
    words = sum(not _is_figure(token.text) for token in part)
    if len(widths) < MIN_NUMBERS or words < 2:
        return False
    is_digit_by_digit = all(width == 1 for width in widths)
    return sum(widths) >= (MIN_DIGITS_IN_WORDS if is_digit_by_digit else MIN_DIGITS_IN_NUMBERS)
