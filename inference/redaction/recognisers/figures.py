"""Figures that look like numbers of people and are not: dates, times, amounts, counts, measures, ranges.

An exclusion needs the shape of what it excludes, never a neighbour alone: nobody counts eleven digits of children, and
an amount is plain digits or groups of three.
"""

import re
from functools import lru_cache
from typing import NamedTuple, Self

from inference.redaction.word_lists import stems_in, words_in

_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
DATE = re.compile(
    rf"(?<![\d./-])(?:{_DAY}([./-]){_MONTH}\1(?:{_YEAR}|\d\d(?! \d\d[ .-]\d\d))|{_MONTH}([./-]){_DAY}\2{_YEAR}"
    rf"|{_YEAR}([./-]){_MONTH}\3{_DAY}|(?P<first>{_YEAR}) ?[-/] ?(?P<last>{_YEAR}|\d\d)"
    rf"|{_YEAR}-W(?:0[1-9]|[1-4]\d|5[0-3]))"
    r"(?![\d]|[./-]\d)"
)
TIME = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-4])(?:[:hH][0-5]\d){1,2}(?![\d]|:\d)")
_COMPACT_DATE = re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:[12]\d|3[01])(?:0[1-9]|1[0-2]){_YEAR}")
_YEARS = re.compile(rf"{_YEAR}(?:[ .\-/]{{1,3}}{_YEAR})+")

_SIGNS_OF_MONEY = frozenset("$€£¥₦₵₹₺₽₴₱฿៛₫﷼؋")
_CURRENCIES, _CURRENCY_STEMS = words_in("currencies"), stems_in("currencies")
_COUNTED = words_in("counted")
_NUMBERED_THINGS = words_in("numbered_things")
_AFTER = re.compile(r"[ ]?([^\W\d_]+(?:'[^\W\d_]+)?[23]?|[^\w\s])")
_BEFORE = re.compile(r"([^\W\d_]+|[^\w\s.:])[ .:]{0,2}$")
_FAR_ENOUGH = 20
_BY_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([ .'])\d{3})(?:\1\d{3}){0,3}(?:[.,]\d{1,2})?")
_WITH_DECIMALS = re.compile(r"[1-9]\d{0,6}\.\d{1,2}")
_DECIMALS_AFTER = re.compile(r",\d{1,2}(?![\d.,/-])")
_LIMIT = r"([1-9]\d{0,3}(?:[ .]\d{3}){0,2}|[1-9]\d{1,7})"
_RANGE = re.compile(rf"{_LIMIT} ?[-/] ?{_LIMIT}")
_MAX_RANGE_RATIO = 2
"""The second number of a range is at most so many times the first, unless both are round: 1200-1500, not 2234-5678."""
_MAX_ROUND_RANGE_RATIO = 10
_CLOSE = 50
"""Ends as close as this need no word beside them: of random halves of a phone number one pair in 200 is."""
_UNNAMED_GROUPED_DIGITS = 6
_PHONE_LENGTH = 9
_JOINED_DIGITS = re.compile(r"[0-9](?<![0-9].)[0-9]*+(?= ?[./:hH-] ?[0-9]|-W[0-9])")
BLANK = "¤"


class _Limits(NamedTuple):
    """Maximum number of digits of a figure beside a word of its kind, by its form; round: it ends in three zeros."""

    plain: int
    plain_round: int
    grouped: int
    grouped_round: int


_COUNT = _Limits(plain=7, plain_round=9, grouped=7, grouped_round=10)
_MONEY = _Limits(plain=8, plain_round=9, grouped=9, grouped_round=12)


class _Figure(NamedTuple):
    """A figure's digits and its form."""

    digits: str
    is_plain: bool
    is_grouped: bool

    @classmethod
    def read(cls, text: str) -> Self:
        digits = "".join(filter(str.isdecimal, text))
        is_plain = text.isdecimal() or _WITH_DECIMALS.fullmatch(text) is not None
        return cls(digits, is_plain, _BY_THOUSANDS.fullmatch(text) is not None)

    @property
    def is_round(self) -> bool:
        return self.digits.endswith("000")

    def is_within(self, limits: _Limits) -> bool:
        """Whether a figure of this form and length may stand beside a word of that kind."""
        if self.is_grouped:
            return len(self.digits) <= (limits.grouped_round if self.is_round else limits.grouped)
        return self.is_plain and len(self.digits) <= (limits.plain_round if self.is_round else limits.plain)


def is_amount(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is an amount, a count or a measure: by its form and by what stands beside it."""
    written = text[start:end]
    if written[0] == "0":
        return False
    if (limits := _RANGE.fullmatch(written)) and _is_range(text, start, end, limits):
        return True
    figure = _Figure.read(written)
    if not figure.is_plain and not figure.is_grouped:
        return False
    if _has_currency_beside(text, start, end):
        return figure.is_within(_MONEY)
    if has_unit_after(text, end):
        return figure.is_within(_COUNT)
    return _is_unnamed_amount(text, end, figure)


def _is_unnamed_amount(text: str, end: int, figure: _Figure) -> bool:
    """Whether a figure without a word beside it is an amount: by its decimals, its thousands or its zeros."""
    length = len(figure.digits)
    if _DECIMALS_AFTER.match(text, end):
        return figure.is_grouped or length < _PHONE_LENGTH
    if figure.is_grouped:
        is_small = length <= _UNNAMED_GROUPED_DIGITS
        return figure.is_round or is_small or (length < _PHONE_LENGTH and figure.digits.endswith("00"))
    return figure.is_round and length < _PHONE_LENGTH


def _has_currency_beside(text: str, start: int, end: int) -> bool:
    after = _AFTER.match(text, end)
    if after and is_currency(after[1]):
        return True
    before = _BEFORE.search(text, max(0, start - _FAR_ENOUGH), start)
    return before is not None and is_currency(before[1])


def has_unit_after(text: str, end: int) -> bool:
    """Whether the word or sign after a figure is a unit or something counted."""
    after = _AFTER.match(text, end)
    return after is not None and is_unit(after[1])


def _is_range(text: str, start: int, end: int, limits: re.Match[str]) -> bool:
    """Whether two numbers are the ends of a range: Families 1200-1500, Block 1234-1256, 500 000-600 000 francs."""
    first, last = (int("".join(filter(str.isdecimal, limit))) for limit in limits.groups())
    are_round = first % 50 == 0 and last % 50 == 0
    widest = _MAX_ROUND_RANGE_RATIO if are_round else _MAX_RANGE_RATIO
    if not first < last <= widest * first:
        return False
    if last - first <= _CLOSE or (are_round and limits[1].isdecimal() and len(limits[1]) <= len("1200")):
        return True
    before = _BEFORE.search(text, max(0, start - _FAR_ENOUGH), start)
    is_numbered = before is not None and before[1].lower() in _NUMBERED_THINGS
    return is_numbered or has_unit_after(text, end) or (are_round and _has_currency_beside(text, start, end))


@lru_cache(maxsize=2_000)
def is_currency(word: str) -> bool:
    """Whether a word or sign names money."""
    lowered = word.lower()
    return lowered in _SIGNS_OF_MONEY or lowered in _CURRENCIES or lowered.startswith(_CURRENCY_STEMS)


@lru_cache(maxsize=2_000)
def is_unit(word: str) -> bool:
    """Whether a word or sign is a unit or something counted."""
    return word == "%" or word.lower() in _COUNTED


def is_compact_date(figure: str) -> bool:
    """Whether eight digits are a day: 20260714, 14072026."""
    return _COMPACT_DATE.fullmatch(figure) is not None


def are_years(figure: str) -> bool:
    """Whether a figure is years, with hyphens between them only if they run forwards."""
    if not _YEARS.fullmatch(figure):
        return False
    years = re.findall(_YEAR, figure)
    return "-" not in figure or years == sorted(years)


def blank_dates_and_times(text: str) -> str:
    """The text of the same length without dates and times, so that they do not join what stands beside them."""
    pieces: list[str] = []
    done = 0
    for digits in _JOINED_DIGITS.finditer(text):
        if digits.start() < done:
            continue
        date = _date_at(text, digits.start()) or TIME.match(text, digits.start())
        if date:
            pieces += (text[done : date.start()], BLANK * len(date[0]))
            done = date.end()
    return "".join([*pieces, text[done:]]) if pieces else text


def _date_at(text: str, position: int) -> re.Match[str] | None:
    """A date, a month or a span of years; years that run backwards are the halves of a phone number: 2012-1955."""
    date = DATE.match(text, position)
    if date is None or date["first"] is None:
        return date
    first, last = date["first"], date["last"]
    is_month = len(last) == 2 and "01" <= last <= "12"
    return date if is_month or first < (last if len(last) == len(first) else first[:2] + last) else None
