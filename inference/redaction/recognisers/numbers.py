"""Numbers that belong to people: phones, bank accounts, cards, identity, registration and household numbers.

The rule behind all of it: seven digits or more that are no date, amount or measure are a number of somebody, whatever
country it is from; what kind of number is decided afterwards. Fewer digits need a cue, a prefix of letters or a
country hint.
"""

import re
from collections.abc import Iterable, Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers import cues
from inference.redaction.recognisers.checksums import has_card_checksum, iban_in
from inference.redaction.recognisers.figures import BLANK as _BLANK
from inference.redaction.recognisers.figures import blank_dates_and_times, is_amount
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

FEWEST_DIGITS = 7
MOST_PHONE_DIGITS = 15
_CARD_DIGITS = range(13, 20)
_SHORT_WITH_CUE = 5

_DIGIT_GROUPS = re.compile(
    r"[0-9](?<!\w.)(?:[.\-/() \t·•_*]{0,3}[0-9]){4,}"
    r"(?:[ ,]{0,2}(?:x|ext\.?|extension|poste|int\.) ?[0-9]{1,6}(?!\w))?"
)
_DECIMALS_BEFORE = re.compile(r"[0-9][.,]$")
_SHORT_NUMBER = re.compile(r"[0-9](?<![\w.,/-].)(?:[0-9]{2,5}|[0-9] [0-9][0-9])(?![\w%]|[.,/: -][0-9])")
_LABEL_AFTER = re.compile(r"[ -]{1,2}(?:office|home|work|mobile|cell|fax)\b", re.IGNORECASE)
_YEARS = re.compile(r"(?:(?:19|20)\d\d[ .\-/]{0,3})+")
_DECIMAL = re.compile(r"\d{1,3}\.\d+")
_SMALL_GROUPS = re.compile(r"(?:\d{1,2}[ \-/.]{1,3})*\d{1,2}")

_IBAN_DIGITS = re.compile(r"[0-9](?<=(?<![^\W_])[A-Za-z]{2}[0-9])[0-9](?:[ -]?[A-Za-z0-9]){11,30}")

_CODE = re.compile(r"(?<![\w.,@])[^\W_](?:[^\W_]|[-/_.:#](?=[^\W_])){3,60}")
_CODE_SIGNS = frozenset("-/_.:#")
_JOINED_DIGITS = re.compile(r"[0-9](?<![0-9].)(?:(?<=[^\W_].)|(?<=[-/_.:#].)|(?=[0-9]*+(?:[^\W_]|[-/_.:#])))[0-9]*+")
"""Digits that letters or the signs of codes touch; most figures stand alone."""
_LONGEST_CODE = 61
_PREFIXED = re.compile(
    r"(?P<prefix>[A-ZА-ЯІЇЄҐ](?<![^\W_].)[A-ZА-ЯІЇЄҐ]{0,3})[ .]{1,2}(?:No\.? ?)?[0-9]{4,}(?:[-/ ][0-9]{2,}){0,4}(?!\w)"
)
_WORD_AND_ROUND_NUMBER = re.compile(r"[^\W\d_]{4,}[1-9][0-9]?00")
_MEASURE = re.compile(
    r"[\d.,/]+(?:[^\W\d_]{1,4}|[^\W\d_]{5,})|[^\W\d_]{1,4}\.?[\d.,]+(?:mg|kg|ml|km)?|[^\W\d_]{3,}-?(?:19|20)\d\d",
    re.IGNORECASE,
)
_LETTER_CODE_WORDS = words_in("not_number_prefixes")
_FEWEST_CODE_DIGITS = 4


class NumberRecogniser:
    """Phones, accounts, cards and identifiers, told apart by form, cue words and checksums."""

    def find(self, reading: Reading) -> Iterable[Span]:
        if not reading.has_digit:
            return
        text = blank_dates_and_times(reading.text)
        has_cues = cues.NUMBERS.occur_in(reading)
        yield from _ibans(text)
        yield from _long_numbers(text, reading)
        if has_cues:
            yield from _short_numbers(text, reading)
        yield from _codes(text, reading)
        yield from _prefixed_numbers(text)


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN_DIGITS.finditer(text):
        start = match.start() - 2
        length, has_checksum = iban_in(text[start : match.end()])
        if length:
            yield Span(start, start + length, Entity.IBAN_CODE, 1.0 if has_checksum else 0.7)


def _long_numbers(text: str, reading: Reading) -> Iterator[Span]:
    for match in _DIGIT_GROUPS.finditer(text):
        start, end = _with_signs_before(text, match.start(), match.end()), match.end()
        if not _DECIMALS_BEFORE.search(text, max(0, start - 2), start):
            entity = _kind_of_number(text, start, end, reading)
            if entity is not None:
                yield Span(start, end, entity, 0.75)


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
    if figure.startswith(("+", "(+", "00")) and len(digits) >= FEWEST_DIGITS:
        return Entity.PHONE_NUMBER
    if len(digits) in _CARD_DIGITS and has_card_checksum(digits):
        return Entity.CREDIT_CARD
    cued = cues.NUMBERS.kind_before(reading, start)
    if cued is not None and not _is_amount_beside_cue(text, start, end, cued):
        return cued
    if len(digits) < FEWEST_DIGITS:
        return Entity.PHONE_NUMBER if _is_short_phone(text, end, digits, reading) else None
    if text[start - 1 : start] in {"-", "/", "_"} and text[start - 2 : start - 1].isalpha():
        return Entity.ID_NUMBER
    if _is_plain_figure(text, start, end, figure):
        return None
    return Entity.PHONE_NUMBER if len(digits) <= MOST_PHONE_DIGITS else Entity.ID_NUMBER


def _is_short_phone(text: str, end: int, digits: str, reading: Reading) -> bool:
    """Whether five or six digits are a phone number: by a word after them, or in a country where the tenant works."""
    return len(digits) > _SHORT_WITH_CUE and (
        _LABEL_AFTER.match(text, end) is not None or _is_local_number(digits, reading.policy.country_hints)
    )


def _is_amount_beside_cue(text: str, start: int, end: int, cued: Entity) -> bool:
    """Whether a cued number is an amount after all: an account of 50 000 francs is no account number."""
    return cued != Entity.PHONE_NUMBER and text[start] != "0" and is_amount(text, start, end)


def _is_plain_figure(text: str, start: int, end: int, figure: str) -> bool:
    if _YEARS.fullmatch(figure):
        return True
    if figure[0] == "0":
        return figure[1] == "." and _DECIMAL.fullmatch(figure) is not None
    return is_amount(text, start, end) or _DECIMAL.fullmatch(figure) is not None


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


def _short_numbers(text: str, reading: Reading) -> Iterator[Span]:
    for match in _SHORT_NUMBER.finditer(text):
        cued = cues.NUMBERS.kind_before(reading, match.start())
        if cued is None or is_amount(text, match.start(), match.end()):
            continue
        if cued != Entity.PHONE_NUMBER or len(match[0]) >= _SHORT_WITH_CUE:
            yield Span(match.start(), match.end(), cued, 0.65)


def _codes(text: str, reading: Reading) -> Iterator[Span]:
    """Tokens of letters and digits, looked for around each run of digits that something touches."""
    done = 0
    for run in _JOINED_DIGITS.finditer(text):
        start, end = run.span()
        if start < done:
            continue
        match = _CODE.search(text, _code_start(text, start, done), end + _LONGEST_CODE)
        if match is None or match.start() > start:
            done = end
            continue
        done = max(end, match.end())
        token = match[0]
        digits = sum(map(str.isdecimal, token))
        if digits < len(token) and _is_code(reading, match.start(), token, digits):
            yield Span(match.start(), match.end(), Entity.ID_NUMBER, 0.7)


def _code_start(text: str, start: int, done: int) -> int:
    """Where the token starts that the character at start belongs to, at most 61 characters before it."""
    earliest = max(done, start - _LONGEST_CODE)
    while start > earliest:
        before = text[start - 1]
        if not before.isalnum() and not (before in _CODE_SIGNS and text[start].isalnum()):
            break
        start -= 1
    while text[start] in _CODE_SIGNS:
        start += 1
    return start


def _is_code(reading: Reading, start: int, token: str, digits: int) -> bool:
    letters = "".join(filter(str.isalpha, token))
    if not letters or digits < 2 or _BLANK in token:
        return False
    if digits >= _FEWEST_CODE_DIGITS:
        return not _is_measure(token, letters.lower(), digits)
    return cues.NUMBERS.kind_before(reading, start) is not None


def _is_measure(token: str, letters: str, digits: int) -> bool:
    """Whether a token of letters and digits is an amount, a measure or a month with its year."""
    if _WORD_AND_ROUND_NUMBER.fullmatch(token) and token.islower():
        return True
    if not _MEASURE.fullmatch(token):
        return False
    if token[0].isdecimal() or _ends_in_year(token):
        return True
    return letters in _LETTER_CODE_WORDS and (digits < FEWEST_DIGITS or token.endswith("000"))


def _ends_in_year(token: str) -> bool:
    return len(token) > 6 and token[-4:-2] in {"19", "20"} and token[:-4].rstrip("-").isalpha()


def _prefixed_numbers(text: str) -> Iterator[Span]:
    for match in _PREFIXED.finditer(text):
        if match["prefix"].lower() not in _LETTER_CODE_WORDS and not is_amount(
            text, match.end("prefix") + 1, match.end()
        ):
            yield Span(match.start(), match.end(), Entity.ID_NUMBER, 0.7)
