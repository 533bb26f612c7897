"""Street addresses by their form: a number and a street, to the postcode."""

import re
from collections.abc import Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers.addresses.parts import addresses_of_parts
from inference.redaction.recognisers.figures import has_unit_after
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

_NAME = r"(?:[^\W\d_a-zа-яіїєґ][\w'’.-]{0,30}|[\d]{1,3}(?:st|nd|rd|th)?)"
_STREET_AFTER = (
    r"Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Close|Crescent|Cres|Court|"
    r"Ct|Way|Place|Pl|Terrace|Square|Sq|"
    r"Strasse|Straße|Gasse|Gata|Gade|Vei|Vej|vei|vej|gate|út|útja|utca|ulica|ulice|Highway|Hwy|Circle|Trail|Parkway|Pkwy|Row|Mews|Grove|Estate|straat|laan|weg|plein|Sokak|Sokağı|"
    r"Sok|Caddesi|Cad|Mahallesi|Mah|Bulvarı"
)
_STREET_BEFORE = (
    r"rue|avenue|av\.?|boulevard|bd|bld|allée|chemin|impasse|quai|calle|c/|c\.|avenida|avda\.?|"
    r"carrera|cra\.?|plaza|paseo|camino|ronda|travesía|"
    r"rua|travessa|praça|estrada|largo|вул\.?|вулиця|вулиці|ул\.?|улица|улице|просп\.?|проспект|"
    r"ul\.?|пров\.?|провулок|пер\.?|переулок|бульвар|площа|площадь|"
    r"شارع|حارة|زقاق|خیابان|کوچه|سرک|گلی|سڑک|mtaa wa|barabara ya|jidka|waddada|titin|layin|ri|via|"
    r"strada|straße|strasse"
)
_STREET_BETWEEN = "rue|avenue|boulevard|allée|chemin|impasse|quai|cours|bd"
_STREET_ENDINGS = (
    "straat", "strasse", "straße", "gasse", "weg", "laan", "plein", "platz", "allee", "gade", "vej", "vænget", "gata",
    "gatan", "vägen", "veien", "vegen", "stigen", "plads", "katu", "kuja", "utca", "gränd",
)  # fmt: skip
"""Languages of one word for a street and its name: Kalverstraat 12."""
_MIN_STREET_LENGTH = 7
_NUMBER_BEFORE = re.compile(r"(?<![\w.,:/-])[0-9]{1,5} $")
_MAX_NUMBER_BEFORE = 7
_AFTER_WORDS = frozenset(word.lower() for word in _STREET_AFTER.split("|"))
_NUMBER_FIRST_WORDS = _AFTER_WORDS | frozenset(_STREET_BETWEEN.split("|"))
_STREET_WORDS = words_in("street_words")
_BOX_WORDS = frozenset(["box", "b", "bp", "boîte", "apartado", "caixa", "slp", "а", "ص"])
_UNIT_WORDS = frozenset(
    ["apt", "apartment", "flat", "suite", "ste", "unit", "plot", "house", "door", "apto", "piso", "кв"]
)
_SMALL = r"(?:(?:d[eoa]s?|del|de l[ao]s?|du|des|la|le|les|las|los|al|el|y|e|d'|l'|von|van|der)[ ]?)"
_ANY_NAME = r"[^\W\d_][\w'.´-]{1,30}"
_NUMBER = (
    r",? {0,2}(?:(?:n[°ºo]\.?|№|no\.?|num\.?|número|numéro|nr\.?|буд\.?|будинок|д\.|дом|رقم|پلاک|"
    r"#) ?)?\d{1,5}[a-zA-Zа-яА-Я]?(?!\w)"
    r"(?:[,-]? ?(?:кв\.?|apt\.?|apto\.?|piso|appt\.?|квартира|شقة|suite|\d{1,3}[ºª°]?|[A-Z]\d?)[ "
    r"]?[\dA-Za-zºª]{0,4}(?!\w)){0,2}"
)
_NUMBER_NAME_NUMBER = (
    r"[0-9]{1,4} (?:[^\W\d_a-z][^\W\d_]{3,24} ){1,3}(?!(?:19|20)[0-9]{2}(?![0-9]))"
    r"[0-9]{1,4}(?![\w.,:%])(?! (?:[^\W\d_a-z]|people|families))"
)
_NUMBER_FIRST = re.compile(
    rf"[0-9](?<![\w.,].)(?:"
    rf"[0-9]{{0,4}}[a-zA-Z]?(?:[-/][0-9]{{1,4}})?,? (?:(?:{_NAME}) ){{1,4}}(?:{_STREET_AFTER})\b\.?"
    rf"|[0-9]{{0,4}},? (?i:{_STREET_BETWEEN}) {_SMALL}{{0,2}}{_ANY_NAME}(?: "
    rf"[^\W\d_a-z]{_ANY_NAME}){{0,3}}"
    rf"|{_NUMBER_NAME_NUMBER})"
)
_NUMBER_FIRST_WITHOUT_STREET = re.compile(rf"[0-9](?<![\w.,].){_NUMBER_NAME_NUMBER}")
_NAME_AFTER_NUMBER = re.compile(r"[0-9] [^\W\d_a-z]")
_NAME_FIRST = re.compile(rf"(?<!\w)(?:{_NAME} ){{1,3}}(?i:{_STREET_AFTER})\.?,? (?:no\.? ?|#|№ ?)?\d{{1,5}}[a-zA-Z]?\b")
_STREET_FIRST = re.compile(
    rf"(?<!\w)(?i:{_STREET_BEFORE})[ ]?{_SMALL}{{0,3}}{_ANY_NAME}(?: {_SMALL}?{_ANY_NAME}){{0,4}}{_NUMBER}",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"(?<!\w)(?:p\.? ?o\.? ?box|b\.? ?p\.?|boîte postale|apartado(?: postal)?|caixa postal|s\.? "
    r"?l\.? ?p\.?|а/с|ص\.ب\.?|psc|box)[ ]?[:#]? ?\d{2,6}\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?<!\w)(?:apt|apartment|flat|suite|ste|unit|plot|house no|house number|door no|apto|piso|"
    r"кв)\.? ?#?\d{1,5}[a-zA-Z]?\b",
    re.IGNORECASE,
)
_NUMBER_TWICE = re.compile(
    r"[0-9](?<![\w.,:/-].)[0-9]{0,4}(?:[ ][0-9]{1,5})?(?: [^\W\d_a-z][\w.'-]{1,24})(?: [\w.'-]{1,24}){0,3} "
    r"(?!(?:19|20)\d\d(?!\d))\d{1,4}[A-Z]?(?=\.?(?:,| ?\n|$|[ ]+(?:Apt|Suite|Flat|Unit)\b))"
)
_UNIT_TAIL = r"(?:[\s,.]{1,6}(?:Apt|Suite|Flat|Unit|apt|suite|flat)\.? ?\d{1,5})?"
_PLACE_LINE = r"[\s,]{1,6}[^\W\d_][^\W\d_.'-]{1,20}(?: [^\W\d_][^\W\d_.'-]{1,20}){0,2}"
_CAPITALISED_LINE = r"[\s,]{1,6}[^\W\d_a-z][\w.'-]{1,20}(?: [^\W\d_a-z][\w.'-]{0,20}){0,2}"
_TAIL = re.compile(
    rf"{_UNIT_TAIL}(?:{_PLACE_LINE}){{0,3}}[\s,]{{1,6}}\d{{4,6}}(?![\d.,]*\d)"
    rf"|{_UNIT_TAIL[:-1]}(?:{_CAPITALISED_LINE}){{1,3}}(?=[,?!.\n]|$)|{_UNIT_TAIL}"
)
_DIGITS = re.compile(r"[0-9]+")
_IS_ON_A_ROAD = re.compile(r"\b(?:km|км)\b", re.IGNORECASE)
"""A kilometre of a road is no house: estrada N1 cortada ao km 745."""
_PATTERNS_BY_WORD = (
    (_AFTER_WORDS, _NAME_FIRST),
    (_STREET_WORDS, _STREET_FIRST),
    (_BOX_WORDS, _BOX),
    (_UNIT_WORDS, _UNIT),
)


def addresses(reading: Reading) -> Iterator[Span]:
    """Street addresses, to their postcode; patterns that hang on a word are run only where the word is."""
    streets = [_with_tail(reading, start, end) for start, end in (*_streets(reading), *_compound_streets(reading))]
    for start, end in (*streets, *addresses_of_parts(reading, streets)):
        yield Span(start, end, Entity.ADDRESS, 0.7)


def _with_tail(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """A street with the number before it, and with the flat, the town and the postcode behind it."""
    tail = _TAIL.match(reading.text, end)
    number = _NUMBER_BEFORE.search(reading.text, max(0, start - _MAX_NUMBER_BEFORE), start)
    return number.start() if number else start, tail.end() if tail else end


def _streets(reading: Reading) -> Iterator[tuple[int, int]]:
    patterns = []
    has_name_after_number = _NAME_AFTER_NUMBER.search(reading.text) is not None
    if not reading.vocabulary.isdisjoint(_NUMBER_FIRST_WORDS) or "'" in reading.text:
        patterns.append(_NUMBER_FIRST)
    elif has_name_after_number:
        patterns.append(_NUMBER_FIRST_WITHOUT_STREET)
    if has_name_after_number:
        patterns.append(_NUMBER_TWICE)
    for words, pattern in _PATTERNS_BY_WORD:
        if not reading.vocabulary.isdisjoint(words):
            patterns.append(pattern)
    for pattern in patterns:
        for match in pattern.finditer(reading.text):
            if not _IS_ON_A_ROAD.search(match[0]) and not _is_counting(reading.text, match):
                yield match.span()


def _is_counting(text: str, match: re.Match[str]) -> bool:
    """Whether the number counts what stands behind it: la calle está cortada, 41 personas esperan."""
    number = _DIGITS.search(text, match.start(), match.end())
    return number is not None and match[0].islower() and has_unit_after(text, number.end())


def _compound_streets(reading: Reading) -> Iterator[tuple[int, int]]:
    streets = {word for word in reading.vocabulary if word.endswith(_STREET_ENDINGS)}
    if not streets:
        return
    for start, end in reading.digit_runs:
        for index in reading.places_before(start, 1):
            word = reading.word_texts[index].lower()
            gap = reading.text[reading.word_ends[index] : start]
            if word in streets and len(word) >= _MIN_STREET_LENGTH and gap in {" ", ", "}:
                yield reading.word_starts[index], end
