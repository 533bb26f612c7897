"""Places of people: coordinates, plus codes, street addresses, vehicle plates."""

import re
from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers import cues
from inference.redaction.recognisers.addresses import addresses
from inference.redaction.recognisers.figures import has_unit_after
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

_DEGREE_SIGN = r"(?:[°º]|deg(?:rees)?\.?|degrés|degre|grados|graus|درجة|درجه|градус\w*)"
_MINUTES = r"(?:\d{1,2}(?:[.,]\d+)?[ ]?(?:['′]|min\.?)?[ ]?)?"
_SECONDS = r"(?:\d{1,2}(?:[.,]\d+)?[ ]?(?:\"|″|''|sec\.?)[ ]?)?"
_DEGREES = (
    rf"[NSEWOnsewoСсПпЗзВв]?[ ]?\d{{1,3}}(?:[.,]\d+)?[ ]?{_DEGREE_SIGN}[ ]?{_MINUTES}{_SECONDS}"
    r"(?:[NSEWOСПЗВ](?![^\W\d_]))?"
)
_PAIR_JOINT = r"(?:[ ]?[,،;/|\n ][ \n]?(?:(?:lon|lng|long|longitude|longitud)[ :=]{0,3})?)"
_NORTH, _EAST = r"[ ]?°?[ ]?[NSns]?", r"[ ]?°?[ ]?[EWOewo]?(?!\w)"
_COORDINATES = re.compile(
    rf"(?<![\w.])[-+]?[0-8]?\d\.\d{{3,10}}{_NORTH}{_PAIR_JOINT}[-+]?1?\d{{1,2}}\.\d{{3,10}}{_EAST}"
    rf"|(?<![\w.,])[-+]?[0-8]?\d,\d{{4,10}}{_NORTH}[ ]?[;/|\n ][ ]?[-+]?1?\d{{1,2}},\d{{4,10}}{_EAST}"
    rf"|(?<![\w.]){_DEGREES}[ ]?[,،;/]?[ ]?{_DEGREES}"
    r"|(?<!\w)(?:lat|latitude|long|lon|lng|longitude|latitud|longitud|широта|довгота|долгота|خط العرض|خط الطول|"
    r"عرض|طول)[ :=]{0,3}[-+]?\d{1,3}[.,]\d{2,10}"
    r"|(?<![\w.])[NSns][ ]?\d{1,2}[.,]\d{3,10}°?[ ,;،]{1,3}[EWew][ ]?\d{1,3}[.,]\d{3,10}",
    re.IGNORECASE,
)
_PLUS_CODE = re.compile(r"(?<![\w+])[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,4}(?![\w+])", re.IGNORECASE)
_PLUS_INSIDE = re.compile(r"\+(?<=[0-9A-Za-z]\+)[0-9A-Za-z]")
_GRID = re.compile(r"[0-9](?<!\w.)[0-9]?[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?(?:\d{4,5} ?\d{4,5}|\d{8,10})(?!\w)")
_THREE_WORDS = re.compile(r"///[^\W\d_]{2,20}\.[^\W\d_]{2,20}\.[^\W\d_]{2,20}")

_FINE_DECIMAL = re.compile(r"\.(?<=[0-9]\.)[0-9]{3}|,(?<=[0-9],)[0-9]{4}")
_COORDINATE_WORDS = words_in("coordinate_words")
_PLATE = re.compile(
    r"[A-ZА-ЯІЇЄ](?<![\w-].)(?:[A-Z]{2}[ -]?[0-9]{3}[ -]?[A-Z]{1,2}|[A-Z][ -][0-9]{3}[ -][A-Z]{2}|[A-ZА-ЯІЇЄ][ "
    r"-]?[0-9]{4}[ -]?[A-ZА-ЯІЇЄ]{2}|[A-Z]{2}[ -][0-9]{4}|[A-Z][0-9]{2} ?[A-Z]{3}"
    r"|[A-Z][ -][0-9]{2}[ -][A-Z]{2}[ -][0-9]{4}| [0-9]{3} [A-Z]{3}"
    r"| ?[0-9]{3} ?[АВЕКМНОРСТУХABEKMHOPCTYX]{2} ?[0-9]{2,3})(?![\w-])"
)
_CAPITAL_AFTER_NUMBER = re.compile(r"[0-9] ?[A-Z]")
_PLATE_OF_DIGITS_FIRST = re.compile(r"[0-9](?<![\w-].)[0-9] [A-Z]{1,3} [0-9]{3,4}(?![\w-])")
_SMALL_CYRILLIC_PLATE = re.compile(r"(?<![\w-])[авекмнорстух] ?[0-9]{3} ?[авекмнорстух]{2} ?[0-9]{2,3}(?![\w-])")
_CUED_PLATE = re.compile(
    r"(?<![\w-])(?=[A-ZА-ЯІЇЄ0-9 -]{0,8}\d)(?=[\d -]{0,6}[A-ZА-ЯІЇЄ])"
    r"[A-ZА-ЯІЇЄ0-9]{1,4}(?:[ -]?[A-ZА-ЯІЇЄ0-9]{1,6}){1,3}(?![\w-])"
    r"|(?<![\w-])[a-zа-яіїє]{2,3}[ -]?[0-9]{3,4}[ -]?[a-zа-яіїє]{1,3}(?![\w-])"
)
_CUED_ARABIC_PLATE = re.compile(
    r"(?:ایران |العراق )?(?:[0-9]{2,6}(?:[ -]{1,3}[0-9]{1,3})?"
    r"(?:[ -]{1,3}[\u0621-\u06cc]{1,6})?(?:[ -]{1,3}[0-9]{1,3})?"
    r"|(?:[\u0621-\u06cc] ?){1,3}[ -]{0,2}[0-9]{2,6}|[\u0621-\u06d3]{3,8} [0-9]{4,6}"
    r"|(?:[\u0621-\u06d3]{2,3} ){2,3}[0-9]{2,4})(?!\w)"
)
_ARABIC_FILLERS = frozenset(
    ["رقم", "رقمها", "رقمه", "نمبر", "شماره", "پلیت", "پلیٹ", "نمره", "نمرة", "تحمل", "لوحة", "پلاک"]
)
_MAX_FILLERS = 3
_MIN_PLAIN_DIGITS = 4


class PlaceRecogniser:
    """Coordinates, plus codes, map grids, street addresses, vehicle plates; all but three words hold digits."""

    def find(self, reading: Reading) -> Iterable[Span]:
        text = reading.text
        if "///" in text:
            yield from _matches(_THREE_WORDS, text, Entity.COORDINATES, 0.9)
        if not reading.has_digit:
            return
        if _may_hold_coordinates(reading):
            yield from _matches(_COORDINATES, text, Entity.COORDINATES, 1.0)
        if _PLUS_INSIDE.search(text):
            yield from _matches(_PLUS_CODE, text, Entity.COORDINATES, 1.0)
        yield from addresses(reading)
        has_capital = _CAPITAL_AFTER_NUMBER.search(text) is not None
        if has_capital:
            yield from _matches(_GRID, text, Entity.COORDINATES, 0.9)
        yield from _plates(reading, has_capital=has_capital)


def _plates(reading: Reading, *, has_capital: bool) -> Iterator[Span]:
    """Plates by the form of a country, and behind a word for a plate or a vehicle.

    has_capital: whether a capital stands behind a number.
    """
    text = reading.text
    yield from _matches(_PLATE, text, Entity.VEHICLE_PLATE, 0.72)
    if not text.isascii():
        yield from _matches(_SMALL_CYRILLIC_PLATE, text, Entity.VEHICLE_PLATE, 0.72)
    if has_capital:
        yield from _matches(_PLATE_OF_DIGITS_FIRST, text, Entity.VEHICLE_PLATE, 0.72)
    if not cues.PLATES.occur_in(reading):
        return
    for match in _CUED_PLATE.finditer(text):
        if cues.PLATES.kind_before(reading, match.start()) and not has_unit_after(text, match.end()):
            yield Span(match.start(), match.end(), Entity.VEHICLE_PLATE, 0.72)
    if not text.isascii():
        yield from _arabic_plates(reading)


def _arabic_plates(reading: Reading) -> Iterator[Span]:
    """Digits with letters or a province's name, right behind a word of plates."""
    words = reading.words_lowered
    for place, word in enumerate(words[:-1]):
        if word[0] >= "\u0600" and cues.PLATES.is_cue(word):
            following = place + 1
            while following < min(place + 1 + _MAX_FILLERS, len(words) - 1) and words[following] in _ARABIC_FILLERS:
                following += 1
            match = _CUED_ARABIC_PLATE.match(reading.text, reading.word_starts[following])
            is_plate = match is not None and any(map(str.isdecimal, match[0])) and not _is_count(match[0])
            if match and is_plate and not has_unit_after(reading.text, match.end()):
                yield Span(match.start(), match.end(), Entity.VEHICLE_PLATE, 0.72)


def _is_count(written: str) -> bool:
    return written.isdecimal() and len(written) < _MIN_PLAIN_DIGITS


def _may_hold_coordinates(reading: Reading) -> bool:
    text = reading.text
    return (
        "°" in text
        or "º" in text
        or _FINE_DECIMAL.search(text) is not None
        or not reading.vocabulary.isdisjoint(_COORDINATE_WORDS)
    )


def _matches(pattern: re.Pattern[str], text: str, entity: str, score: float) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(match.start(), match.end(), entity, score)
