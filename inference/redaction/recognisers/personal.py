"""Dates of birth and ages, for tenants that ask for them."""

import re
from bisect import bisect_left
from collections.abc import Iterable

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers.figures import DATE
from inference.redaction.recognisers.spoken import NUMBER_WORDS
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

_BORN = re.compile(
    r"born|birth|d\.?o\.?b\.?|née?s?(?!\w)|naissance|nacid[oa]|nacimiento|nací|f\. ?nac|fec\. ?nac|"
    r"nascid[oa]|nascimento|nasci|geboren|geboortedatum|"
    r"kuzaliwa|nilizaliwa|amezaliwa|haihu|haifu|haife|dhashay|dhalash[oa]|nesans|doğum|doğdu|doğumlu|fèt|"
    r"ولد|مواليد|ميلاد|الميلاد|ولادة|متولد|تولد|پیدائش|زیږېد|родил\w*|рожден\w*|рождён\w*|народ\w*|р\.н|г\.р|д\.р",
    re.IGNORECASE,
)
_WRITTEN_DATE = re.compile(
    r"(?<!\w)(?:\d{1,2}(?:st|nd|rd|th|er|º)?[ -](?:de |of )?[^\W\d_]{3,10}\.?,?[ -](?:de |del )?(?:19|"
    r"20)\d\d|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d|(?:19|20)\d\d)(?!\d)"
)
_REACH = 40
_MONTHS = words_in("months")
_DATE_FILLERS = words_in("date_fillers")
_OF_DATES = NUMBER_WORDS | words_in("ordinals") | _DATE_FILLERS
_MAX_WORDS_TO_MONTH = 8
_MAX_WORDS_OF_YEAR = 9

_YEARS = (
    r"years?[ -]?old|yrs?[ -]?old|y/?o|years? of age|year-old|yrs|ans|años|anos|jaar(?: oud)?|yaşında|"
    r"yaş|лет|год[а]?|років|роки|рік|річн\w*|летн\w*|"
    r"سنة|سنوات|عاما|عامًا|عام|ساله|سال|سالہ|سال|کلن|کلنه|an|lane|sano|jir|shekaru"
)
_AGE = re.compile(
    rf"(?<![\w.,])(?P<before>\d{{1,3}})[ -]?(?:{_YEARS})(?!\w)"
    r"|(?<!\w)(?:aged?|âgée?s?|edad|idade|leeftijd|umri(?: wa)?(?: miaka)?|miaka|shekaru(?: na)?|"
    r"shekaruna|da'da|da'daydu(?: waa)?|yaşım|yaşı|gen|laj|возраст\w*|вік|"
    r"عمري|عمره|عمرها|العمر|سن|سنم|عمر|سني)[ :=]{1,3}(?:of |de |is |waa |ni |هو )?(?P<after>\d{1,3})(?![\d.,]?\d)",
    re.IGNORECASE,
)
_MAX_AGE = 120
_DURATION_BEFORE = re.compile(
    r"(?:for|during|since|in|past|last|hace|desde hace|depuis|pendant|il y a|há|منذ|лет назад|протягом|"
    r"після|через)[ ]$",
    re.IGNORECASE,
)


class PersonalDateRecogniser:
    """Dates with a word of birth near them, and ages."""

    def find(self, reading: Reading) -> Iterable[Span]:
        wanted = reading.policy.redacted_entities
        if Entity.DATE_OF_BIRTH in wanted:
            yield from _births(reading)
        if Entity.AGE in wanted and reading.has_digit:
            yield from _ages(reading.text)


def _births(reading: Reading) -> Iterable[Span]:
    text = reading.text
    for cue in _BORN.finditer(text):
        for pattern in (DATE, _WRITTEN_DATE):
            date = pattern.search(text, cue.end(), cue.end() + _REACH)
            if date:
                yield Span(date.start(), date.end(), Entity.DATE_OF_BIRTH, 0.9)
        yield from _written_out(reading, cue.end())


def _written_out(reading: Reading, position: int) -> Iterable[Span]:
    """A date with its month's name near a word of birth, day and year in figures or in words."""
    words = reading.word_texts
    first = bisect_left(reading.word_starts, position)
    for month in range(first, min(first + _MAX_WORDS_TO_MONTH, len(words))):
        if words[month].lower() not in _MONTHS:
            continue
        start = end = month
        while start > first and _is_of_date(words[start - 1]):
            start -= 1
        while end + 1 < min(len(words), month + _MAX_WORDS_OF_YEAR) and _is_of_date(words[end + 1]):
            end += 1
        while start < month and words[start].lower() in _DATE_FILLERS:
            start += 1
        if end > month or start < month:
            yield Span(reading.word_starts[start], reading.word_ends[end], Entity.DATE_OF_BIRTH, 0.9)
        return


def _is_of_date(word: str) -> bool:
    return word.isdecimal() or word.lower() in _OF_DATES


def _ages(text: str) -> Iterable[Span]:
    for match in _AGE.finditer(text):
        start, end = match.span("before" if match["before"] else "after")
        if int(text[start:end]) <= _MAX_AGE and not _DURATION_BEFORE.search(text, max(0, start - 12), start):
            yield Span(start, end, Entity.AGE, 0.6)
