"""Numbers that belong to people: phones, bank accounts, cards, identity, registration and household numbers.

Seven digits or more that are no date, amount or measure are a number of somebody, whatever country it is from; what
kind of number is decided afterwards. Fewer digits need a cue word or a country hint. A plus sign, a checksum, a leading
zero, a cue word and length win over every exclusion: an exclusion (see figures.py) is asked last.
"""

import re
from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers import cues
from inference.redaction.recognisers.checksums import has_card_checksum, iban_in
from inference.redaction.recognisers.codes import codes, prefixed_numbers
from inference.redaction.recognisers.figures import (
    are_years,
    blank_dates_and_times,
    has_unit_after,
    is_amount,
    is_compact_date,
)
from inference.redaction.spans import CUED_ONLY, Span
from inference.redaction.word_lists import words_in

MIN_DIGITS = 7
MAX_PHONE_DIGITS = 15
_CARD_DIGITS = range(13, 20)
_MIN_CUED_PHONE_DIGITS = 5
_MIN_FRACTION_DIGITS = 7
"""A fraction as long is no fraction: "we are 5.0722345678" lacks a space."""

_DIGIT_GROUPS = re.compile(
    r"[0-9](?<![^\W_].)(?:[.\-/() \t·•_*]{0,3}[0-9]){4,}"
    r"(?:[ ,]{0,2}(?:x|ext\.?|extension|poste|int\.) ?[0-9]{1,6}(?!\w))?"
)
_ODD_GROUPS = re.compile(
    r"(?<![^\W_])(?<![0-9][ .,:])(?=[0-9+ .•*_/-]{2,16}[,،:;|'~=])(?:\+[1-9][0-9]{0,2}|0[0-9]{1,4})"
    r"(?:[ .,،:;|'~=+•*_/-]{1,3}[0-9]{2,5}){2,4}(?![0-9])"
)
"""A number that starts like a phone's is one with any separators between its groups: 0722,345,678; 0722:345:678."""
_MIN_ODD_DIGITS = 9
_MAX_ODD_GROUP = 5
_DECIMALS_BEFORE = re.compile(r"[0-9][.,]$")
_COUNT_AND_PHONE = re.compile(r"[1-9][0-9]{0,2}[. \t]{1,3}(?=0[0-9]{8,10}(?![0-9]))")
_PHONE_AND_COUNT = re.compile(r"[0-9]{9,15}(?=[ \t]{1,3}[0-9]{1,3}$)")
_SHORT_NUMBER = re.compile(
    r"[0-9](?<![\w./-].)(?<![0-9],.)(?:[0-9]{2,5}|[0-9] [0-9][0-9])(?![\w%]|[./:-][0-9]|,[0-9]{3}(?![0-9]))"
)
_LIST = re.compile(r"[0-9][,;/،] ?[0-9]{3}(?!,?000)")
_SHORT_LIST = re.compile(r"[0-9](?<![\w.,/-].)[0-9]{2,5}(?:[,;/،][ ]?[0-9]{3,6}){1,30}(?![\w%]|[.,/:-][0-9])")
_REST_OF_LIST = re.compile(r"(?:(?:[,;/،] ?| [^\W\d_]{1,6} )[0-9]{2,6}(?![0-9])){0,30}")
_DECIMALS = re.compile(r",[0-9]{1,2}(?![0-9])")
_LIST_GAPS = re.compile(r" ?[,;/&+،] ?|\s+")
_CONJUNCTIONS = words_in("conjunctions")
_YEAR = re.compile(r"(?:19|20)[0-9][0-9]")
_LABEL_AFTER = re.compile(r"[ -]{1,2}(?:office|home|work|mobile|cell|fax)\b", re.IGNORECASE)
_DECIMAL = re.compile(r"\d{1,3}\.\d+")
_LONG_FRACTION = re.compile(rf"[1-9]\d?\.(?=0\d{{{_MIN_FRACTION_DIGITS - 1},}}$)")

_IBAN_DIGITS = re.compile(r"[0-9](?<=(?<![^\W_])[A-Za-z]{2}[0-9])[0-9](?:[ -]?[A-Za-z0-9]){11,30}")
_TWO_LONG_NUMBERS = re.compile(r"[0-9]{5,}[-/][0-9]{5,}")
"""No range behind a word for an identifier: registro es 72338-72350."""


class NumberRecogniser:
    """Phones, accounts, cards and identifiers, told apart by form, cue words and checksums."""

    def find(self, reading: Reading) -> Iterable[Span]:
        if not reading.has_digit:
            return
        text = blank_dates_and_times(reading.text)
        yield from _ibans(text)
        long_numbers = list(_long_numbers(text, reading))
        yield from long_numbers
        yield from _odd_groups(text, reading)
        if cues.NUMBERS.occur_in(reading):
            yield from _short_numbers(text, reading, long_numbers)
        yield from codes(text, reading)
        yield from prefixed_numbers(text)


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN_DIGITS.finditer(text):
        start = match.start() - 2
        length, has_checksum = iban_in(text[start : match.end()])
        if length:
            yield Span(start, start + length, Entity.IBAN_CODE, 1.0 if has_checksum else 0.7)


def _long_numbers(text: str, reading: Reading) -> Iterator[Span]:
    last: Span | None = None
    for match in _DIGIT_GROUPS.finditer(text):
        start, end = _without_neighbours(text, match)
        start = _with_signs_before(text, start, end)
        entity = _kind_of_number(text, start, end, reading)
        if entity is None and last is not None and _continues_list(text, last, start, end):
            entity = Entity(last.entity)
        if entity is not None:
            is_short = end - start < MIN_DIGITS or sum(map(str.isdecimal, text[start:end])) < MIN_DIGITS
            last = Span(start, end, entity, CUED_ONLY if is_short else 0.75)
            yield last


def _without_neighbours(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Where a number starts and ends without a count that stands before or after it: "tent 45. 0722345678"."""
    start, end = match.span()
    if match[0].isdecimal():
        return start, end
    if text[start - 1 : start] not in {"+", "("}:
        before = _LONG_FRACTION.match(text, start, end) or _COUNT_AND_PHONE.match(text, start, end)
        if before:
            start = before.end()
    phone = _PHONE_AND_COUNT.match(text, start, end)
    if phone and has_unit_after(text, end):
        end = phone.end()
    return start, end


def _with_signs_before(text: str, start: int, end: int) -> int:
    """Where a number starts with its plus sign, and with its bracket if that closes inside it."""
    if text[start - 1 : start] == "(" and ")" in text[start:end]:
        start -= 1
    if text[start - 1 : start] == "+":
        start -= 1
        if text[start - 1 : start] == "(" and ")" in text[start:end]:
            start -= 1
    return start


def _kind_of_number(text: str, start: int, end: int, reading: Reading) -> Entity | None:
    figure = text[start:end]
    digits = "".join(filter(str.isdecimal, figure))
    if figure.startswith(("+", "(+", "00")) and len(digits) >= MIN_DIGITS:
        return Entity.PHONE_NUMBER
    if len(digits) in _CARD_DIGITS and has_card_checksum(digits):
        return Entity.CREDIT_CARD
    is_short = len(digits) < MIN_DIGITS
    if is_short and _DECIMALS_BEFORE.search(text, max(0, start - 2), start):
        return None
    cued = cues.NUMBERS.kind_before(reading, start)
    if cued is not None and not _is_amount_beside_cue(text, start, end, cued):
        return cued
    if is_short:
        return Entity.PHONE_NUMBER if _is_short_phone(text, end, digits, reading) else None
    if text[start - 1 : start] in {"-", "/", "_"} and text[start - 2 : start - 1].isalpha():
        return Entity.ID_NUMBER
    if _is_plain_figure(text, start, end, figure):
        return None
    return Entity.PHONE_NUMBER if len(digits) <= MAX_PHONE_DIGITS else Entity.ID_NUMBER


def _is_short_phone(text: str, end: int, digits: str, reading: Reading) -> bool:
    """Whether five or six digits are a phone number: by a word after them, or in a country where the tenant works."""
    return len(digits) > _MIN_CUED_PHONE_DIGITS and (
        _LABEL_AFTER.match(text, end) is not None or _is_local_number(digits, reading.policy.country_hints)
    )


def _is_amount_beside_cue(text: str, start: int, end: int, cued: Entity) -> bool:
    """Whether a cued number is an amount after all: an account of 50 000 francs is no account number."""
    if cued == Entity.PHONE_NUMBER or text[start] == "0":
        return False
    if cued == Entity.ID_NUMBER and _TWO_LONG_NUMBERS.fullmatch(text, start, end):
        return False
    has_identifiers_form = text[start:end].isdecimal() and end - start >= MIN_DIGITS
    is_never_an_amount = has_identifiers_form and (cued == Entity.ID_NUMBER or not text.startswith("000", end - 3))
    return not is_never_an_amount and is_amount(text, start, end)


def _is_plain_figure(text: str, start: int, end: int, figure: str) -> bool:
    if are_years(figure):
        return True
    if _DECIMAL.fullmatch(figure) and len(figure.partition(".")[2]) < _MIN_FRACTION_DIGITS:
        return True
    return figure[0] != "0" and (is_compact_date(figure) or is_amount(text, start, end))


def _is_local_number(digits: str, country_hints: tuple[str, ...]) -> bool:
    """Whether the digits are a full phone number of a country where the tenant works."""
    if not country_hints:
        return False
    import phonenumbers  # noqa: PLC0415 -- only tenants with hints pay for it

    for country in country_hints:
        try:
            parsed = phonenumbers.parse(digits, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number_for_region(parsed, country):
            return True
    return False


def _odd_groups(text: str, reading: Reading) -> Iterator[Span]:
    for start, end in reading.digit_runs:
        if end - start > _MAX_ODD_GROUP:
            continue
        has_plus = text[start - 1 : start] == "+"
        match = _ODD_GROUPS.match(text, start - has_plus) if has_plus or text[start] == "0" else None
        if match and sum(map(str.isdecimal, match[0])) >= _MIN_ODD_DIGITS:
            yield Span(match.start(), match.end(), Entity.PHONE_NUMBER, 0.75)


def _short_numbers(text: str, reading: Reading, long_numbers: list[Span]) -> Iterator[Span]:
    """Three to six digits after a cue word, and the numbers of a list that such a number begins."""
    last: Span | None = None
    covered = iter(long_numbers)
    next_covered = next(covered, None)
    for match in _SHORT_NUMBER.finditer(text):
        start, end = match.span()
        while next_covered is not None and next_covered.end <= start:
            next_covered = next(covered, None)
        if next_covered is not None and next_covered.start <= start:
            continue
        cued = cues.NUMBERS.kind_before(reading, start)
        if cued is None:
            if last is None or not _continues_list(text, last, start, end):
                continue
            cued = Entity(last.entity)
        if _is_short_amount(text, start, end, cued):
            continue
        if cued != Entity.PHONE_NUMBER or len(match[0]) >= _MIN_CUED_PHONE_DIGITS:
            last = Span(start, end, cued, CUED_ONLY)
            yield last
    for match in _SHORT_LIST.finditer(text) if _LIST.search(text) else ():
        cued = cues.NUMBERS.kind_before(reading, match.start())
        if cued is not None and ",000" not in match[0] and not _is_counting_list(text, match.end()):
            yield Span(match.start(), match.end(), cued, CUED_ONLY)


def _is_short_amount(text: str, start: int, end: int, cued: Entity) -> bool:
    """Whether a short number after a cue word is an amount, or the list that it begins counts something."""
    if is_amount(text, start, end) or (cued == Entity.BANK_ACCOUNT and _DECIMALS.match(text, end)):
        return True
    return _is_counting_list(text, end)


def _is_counting_list(text: str, end: int) -> bool:
    """Whether the list of figures of which one ends here counts something: 350, 420 and 500 people."""
    rest = _REST_OF_LIST.match(text, end)
    return rest is not None and has_unit_after(text, rest.end())


def _continues_list(text: str, last: Span, start: int, end: int) -> bool:
    """Whether a number stands in a list with the number before it: cards 4521, 4522 and 4523."""
    if end - start != last.end - last.start or _YEAR.fullmatch(text, start, end):
        return False
    between = text[last.end : start]
    words = _LIST_GAPS.sub(" ", between).split()
    return len(between) <= len(", ") + len("dhanti ") and not set(map(str.lower, words)) - _CONJUNCTIONS
