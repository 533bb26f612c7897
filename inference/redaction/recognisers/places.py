"""Where somebody can be found: coordinates, plus codes, street addresses, vehicle plates."""

import re
from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers import cues
from inference.redaction.spans import Span

_DEGREES = r"\d{1,3}(?:[.,]\d+)?[ ]?[°º][ ]?(?:\d{1,2}(?:[.,]\d+)?[ ]?['′][ ]?)?(?:\d{1,2}(?:[.,]\d+)?[ ]?(?:\"|″|'')[ ]?)?[NSEWOnsewoСсПпЗзВв]?"
_COORDINATES = re.compile(
    r"(?<![\w.])[-+]?[0-8]?\d\.\d{3,10}[ ]?°?[ ]?[NSns]?[ ]?[,;/ ][ ]?(?:(?:lon|lng|long|longitude)[ :=]{0,3})?[-+]?(?:1?\d{1,2})\.\d{3,10}[ ]?°?[ ]?[EWOewo]?(?![\w])"
    rf"|(?<![\w.]){_DEGREES}[ ]?[,;/]?[ ]?{_DEGREES}"
    r"|(?<![\w])(?:lat|latitude|lon|lng|longitude|latitud|longitud|широта|довгота|долгота|خط العرض|خط الطول)[ :=]{0,3}[-+]?\d{1,3}[.,]\d{2,10}"
    r"|(?<![\w.])[NSns][ ]?\d{1,2}[.,]\d{3,10}°?[ ,;]{1,3}[EWew][ ]?\d{1,3}[.,]\d{3,10}",
    re.IGNORECASE,
)
_PLUS_CODE = re.compile(
    r"(?<![\w+])[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,4}(?![\w+])", re.IGNORECASE
)
_GRID = re.compile(r"(?<!\w)\d{1,2}[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?(?:\d{4,5} ?\d{4,5}|\d{8,10})(?!\w)")
_THREE_WORDS = re.compile(r"///[^\W\d_]{2,20}\.[^\W\d_]{2,20}\.[^\W\d_]{2,20}")

_NAME = r"(?:[^\W\d_a-zа-яіїєґ][\w'’.-]{0,30}|[\d]{1,3}(?:st|nd|rd|th)?)"
_STREET_AFTER = (
    r"Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Close|Crescent|Cres|Court|Ct|Way|Place|Pl|Terrace|Square|Sq|"
    r"Highway|Hwy|Circle|Trail|Parkway|Pkwy|Row|Mews|Grove|Estate|straat|laan|weg|plein|Sokak|Sokağı|Sok|Caddesi|Cad|Mahallesi|Mah|Bulvarı"
)
_STREET_BEFORE = (
    r"rue|avenue|av\.|boulevard|bd|bld|allée|chemin|impasse|quai|calle|c/|c\.|avenida|avda\.?|carrera|cra\.?|plaza|paseo|camino|ronda|travesía|"
    r"rua|travessa|praça|estrada|largo|вул\.?|вулиця|вулиці|ул\.?|улица|улице|просп\.?|проспект|пров\.?|провулок|пер\.?|переулок|бульвар|площа|площадь|"
    r"شارع|حارة|زقاق|خیابان|کوچه|سرک|گلی|سڑک|mtaa wa|barabara ya|jidka|waddada|titin|layin|ri"
)
_ADDRESS = re.compile(
    rf"(?<!\w)\d{{1,5}}[a-zA-Z]?(?:[-/]\d{{1,4}})?,? (?:(?:{_NAME}) ){{1,4}}(?:{_STREET_AFTER})\b\.?"
    rf"|(?<!\w)(?:{_NAME} ){{1,3}}(?i:{_STREET_AFTER})\.?,? (?:no\.? ?|#|№ ?)?\d{{1,5}}[a-zA-Z]?\b"
    rf"|(?<!\w)(?i:{_STREET_BEFORE})[ ]?(?:(?i:de|del|de la|de los|las|los|la|le|les|du|des|da|do|dos|das|d'|l'|al|el)[ ]?){{0,3}}"
    rf"(?:{_NAME}|[^\W\d_a-zA-Zа-яА-Я]{{2,20}})(?: (?:(?i:de|del|la|du|des|da|do|dos|y|e) )?(?:{_NAME}|[^\W\d_a-zA-Zа-яА-Я]{{2,20}})){{0,4}}"
    r",? {0,1}(?:(?:n[°ºo]\.?|№|no\.?|num\.?|número|numéro|nr\.?|буд\.?|будинок|дом|д\.|رقم|پلاک) ?)?\d{1,5}[a-zA-Zа-яА-Я]?\b"
    r"(?:,? {0,1}(?:кв\.?|apt\.?|apto\.?|piso|appt\.?|квартира|شقة) ?\d{1,4})?"
    r"|(?<!\w)(?i:p\.? ?o\.? ?box|b\.? ?p\.?|boîte postale|apartado(?: postal)?|caixa postal|s\.? ?l\.? ?p\.?|а/с|ص\.ب\.?) {0,1}[:#]? ?\d{1,6}\b"
    r"|(?<!\w)\d{1,5} (?:rue|avenue|boulevard|allée|chemin|impasse|quai|bd) (?:(?:de|du|des|de la|la|le|les|d'|l')[ ]?){0,2}[^\W\d_][\w'-]{1,30}(?: [^\W\d_a-z][\w'-]{1,30}){0,3}"
    r"|(?<!\w)(?i:apt|apartment|flat|suite|ste|unit|plot|house no|house number|door no)\.? ?#?\d{1,5}[a-zA-Z]?\b"
)
_PLATE = re.compile(
    r"(?<![\w-])(?:[A-Z]{3}[ -]?\d{3}[ -]?[A-Z]{1,2}|[A-Z]{2}[ -]\d{3}[ -][A-Z]{2}|[A-ZА-ЯІЇЄ]{2}[ -]?\d{4}[ -]?[A-ZА-ЯІЇЄ]{2}"
    r"|[A-Z]{3}[ -]\d{4}|\d{2} [A-Z]{1,3} \d{3,4}|[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]{2}[ -]\d{2}[ -][A-Z]{2}[ -]\d{4})(?![\w-])"
)
_CUED_PLATE = re.compile(
    r"(?<![\w-])(?=[A-ZА-Я0-9 -]{0,8}\d)(?=[\d -]{0,4}[A-ZА-Я])[A-ZА-Я0-9]{1,4}(?:[ -]?[A-ZА-Я0-9]{1,5}){1,3}(?![\w-])"
)


class PlaceRecogniser:
    """Coordinates, plus codes, map grids, street addresses and vehicle plates; all of them hold digits but three words."""

    def find(self, reading: Reading) -> Iterable[Span]:
        text = reading.text
        if "///" in text:
            yield from _matches(_THREE_WORDS, text, Entity.COORDINATES, 0.9)
        if not reading.has_digit:
            return
        if "." in text or "°" in text or "º" in text or "," in text:
            yield from _matches(_COORDINATES, text, Entity.COORDINATES, 1.0)
        if "+" in text:
            yield from _matches(_PLUS_CODE, text, Entity.COORDINATES, 1.0)
        yield from _matches(_GRID, text, Entity.COORDINATES, 0.9)
        yield from _matches(_ADDRESS, text, Entity.ADDRESS, 0.7)
        yield from _matches(_PLATE, text, Entity.VEHICLE_PLATE, 0.72)
        for match in _CUED_PLATE.finditer(text):
            if cues.PLATE.stands_before(text, match.start()):
                yield Span(match.start(), match.end(), Entity.VEHICLE_PLATE, 0.72)


def _matches(pattern: re.Pattern[str], text: str, entity: str, score: float) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(match.start(), match.end(), entity, score)
