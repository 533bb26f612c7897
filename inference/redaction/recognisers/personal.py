"""Dates of birth and ages, for tenants that ask for them."""

import re
from collections.abc import Iterable

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers.figures import DATE
from inference.redaction.spans import Span

_BORN = re.compile(
    r"born|birth|d\.?o\.?b\.?|née?s?(?!\w)|naissance|nacid[oa]|nacimiento|nací|nascid[oa]|nascimento|"
    r"nasci|geboren|geboortedatum|"
    r"kuzaliwa|nilizaliwa|amezaliwa|haihu|haifu|haife|dhashay|dhalasho|doğum|doğdu|doğumlu|fèt|"
    r"ولد|مواليد|ميلاد|الميلاد|ولادة|متولد|تولد|پیدائش|زیږېد|родил\w*|рожден\w*|народ\w*|р\.н|г\.р",
    re.IGNORECASE,
)
_WRITTEN_DATE = re.compile(
    r"(?<!\w)(?:\d{1,2}(?:st|nd|rd|th|er|º)?[ -](?:de |of )?[^\W\d_]{3,10}\.?,?[ -](?:de |del )?(?:19|"
    r"20)\d\d|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d|(?:19|20)\d\d)(?!\d)"
)
_REACH = 40

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
_OLDEST = 120
_DURATION_BEFORE = re.compile(
    r"(?:for|during|since|in|past|last|hace|desde hace|depuis|pendant|il y a|há|منذ|лет назад|протягом|"
    r"після|через)[ ]$",
    re.IGNORECASE,
)


class PersonalDateRecogniser:
    """Dates with a word of birth near them, and ages."""

    def find(self, reading: Reading) -> Iterable[Span]:
        if not reading.has_digit:
            return
        wanted = reading.policy.redacted_entities
        if Entity.DATE_OF_BIRTH in wanted:
            yield from _births(reading.text)
        if Entity.AGE in wanted:
            yield from _ages(reading.text)


def _births(text: str) -> Iterable[Span]:
    for cue in _BORN.finditer(text):
        for pattern in (DATE, _WRITTEN_DATE):
            date = pattern.search(text, cue.end(), cue.end() + _REACH)
            if date:
                yield Span(date.start(), date.end(), Entity.DATE_OF_BIRTH, 0.9)


def _ages(text: str) -> Iterable[Span]:
    for match in _AGE.finditer(text):
        start, end = match.span("before" if match["before"] else "after")
        if int(text[start:end]) <= _OLDEST and not _DURATION_BEFORE.search(text, max(0, start - 12), start):
            yield Span(start, end, Entity.AGE, 0.6)
