"""Read dates as people write them in sheets.

Whether the day or the month comes first is decided for a whole column, from the values that can be read in one way
only, or by a person. A single row never decides it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from feedback.imports.fields import heading_key

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook has no time zone
SERIALS = range(20_000, 80_000)
"""Days of Excel from 1954 to 2119: other numbers are no dates."""
CENTURY = 2000
MAX_LENGTH = 60


class DateOrder(StrEnum):
    """The order of day and month in a column."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class UnreadableDate(ValueError):
    """A text is not a date."""


class AmbiguousDate(UnreadableDate):
    """A date has a day and a month that can be exchanged, and no order is known."""


_DIGITS = {ord(zero) + digit: str(digit) for zero in "٠۰०০" for digit in range(10)}
_TIME = re.compile(
    r"(?:[T,\s]+|^)(?P<hour>\d{1,2})[:h.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*"
    r"(?P<half>[ap]\.?\s?m\.?|ص|م)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*$",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$", re.ASCII
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.\s](\d{1,2})[-/.\s](\d{1,2})$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_YEAR_LAST = re.compile(r"(\d{1,2})\s?[-/.\s]\s?(\d{1,2})\s?[-/.\s]\s?(\d{4}|\d{2})$")
_SERIAL = re.compile(r"(\d{5})(?:\.(\d+))?$")
_WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|lunes|martes|miercoles|jueves|viernes|sabado|domingo"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
    r"[.,]?\s+(?=\d|[^\W\d_]+\s+\d)",
    re.IGNORECASE,
)
_MONTH_NAMES = (
    "january jan janvier janv enero ene janeiro يناير كانون_الثاني جانفي",
    "february feb fevrier fevr fev febrero fevereiro فبراير شباط فيفري",
    "march mar mars marzo marco مارس اذار",
    "april apr avril avr abril abr ابريل نيسان افريل",
    "may mai mayo maio مايو ايار ماي",
    "june jun juin junio junho يونيو حزيران جوان",
    "july jul juillet juil julio julho يوليو تموز جويليه",
    "august aug aout agosto ago اغسطس اب اوت",
    "september sep sept septembre septiembre setiembre setembro set سبتمبر ايلول",
    "october oct octobre octubre outubro out اكتوبر تشرين_الاول",
    "november nov novembre noviembre novembro نوفمبر تشرين_الثاني",
    "december dec decembre diciembre dic dezembro dez ديسمبر كانون_الاول",
)
_MONTHS: Mapping[str, int] = {
    heading_key(name): number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}


@dataclass(frozen=True)
class _Parts:
    """year, first, second: as numbers; first and second may be exchanged if is_open."""

    year: int
    first: int
    second: int
    is_open: bool = False


def order_told_by(text: str) -> DateOrder | None:
    """Return the order that a date proves: one of its numbers is above 12. None for any other text."""
    try:
        parts = _parts(_split(text)[0])
    except UnreadableDate:
        return None
    if not parts.is_open or (parts.first > 12) == (parts.second > 12):
        return None
    return DateOrder.DAY_FIRST if parts.first > 12 else DateOrder.MONTH_FIRST


def is_ambiguous(text: str) -> bool:
    """Tell whether a date has a day and a month that can be exchanged to another date."""
    try:
        parts = _parts(_split(text)[0])
    except UnreadableDate:
        return False
    return parts.is_open and parts.first <= 12 and parts.second <= 12 and parts.first != parts.second


def read_date(text: str, order: DateOrder | None) -> str:
    """Return a date, with its time if it has one, in ISO 8601. Raises UnreadableDate, and AmbiguousDate.

    order: of the column; None if nothing decides it.
    """
    if found := _ISO.match(text.strip()):
        return _iso(found)
    written, time = _split(text)
    parts = _parts(written)
    first, second = parts.first, parts.second
    if not parts.is_open:
        month, day = first, second
    elif first > 12 or second > 12 or first == second:
        month, day = (second, first) if first > 12 else (first, second)
    elif order is None:
        raise AmbiguousDate(text)
    else:
        month, day = (second, first) if order is DateOrder.DAY_FIRST else (first, second)
    try:
        shown = datetime(parts.year, month, day).date().isoformat()  # noqa: DTZ001 - only a day
    except ValueError as error:
        raise UnreadableDate(text) from error
    return shown + time


def _iso(found: re.Match[str]) -> str:
    written = found[1] + (f"T{found[2]}{_zone(found[3] or '')}" if found[2] else "")
    try:
        datetime.fromisoformat(written)
    except ValueError as error:
        raise UnreadableDate(written) from error
    return written


def _split(text: str) -> tuple[str, str]:
    """Return the date and the time, in ISO 8601 or empty, of a text."""
    plain = " ".join(text.translate(_DIGITS).split())
    if not plain or len(plain) > MAX_LENGTH:
        raise UnreadableDate(text)
    if serial := _SERIAL.match(plain):
        return serial[1], _serial_time(serial[2]) if serial[2] else ""
    found = _TIME.search(plain)
    if not found or not plain[: found.start()].strip():
        return plain, ""
    return plain[: found.start()].strip(" ,"), _time(found)


def _time(found: re.Match[str]) -> str:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    half = (found["half"] or "").lower()
    if half:
        is_afternoon = half.startswith(("p", "م"))
        if not 1 <= hour <= 12:
            raise UnreadableDate(found[0])
        hour = hour % 12 + (12 if is_afternoon else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise UnreadableDate(found[0])
    return f"T{hour:02}:{minute:02}:{second:02}{_zone(found['zone'] or '')}"


def _zone(zone: str) -> str:
    if not zone:
        return ""
    if zone.upper() in ("Z", "UTC", "GMT"):
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _parts(written: str) -> _Parts:
    if found := _YEAR_FIRST.match(written) or _COMPACT.match(written):
        return _Parts(int(found[1]), int(found[2]), int(found[3]))
    # 26-07-01 may begin with its year.
    if (found := _YEAR_LAST.match(written)) and not (len(found[3]) == 2 and "-" in written):
        return _Parts(_year(found[3]), int(found[1]), int(found[2]), is_open=True)
    if found := _SERIAL.match(written):
        if int(found[1]) not in SERIALS:
            raise UnreadableDate(written)
        day = EXCEL_EPOCH + timedelta(days=int(found[1]))
        return _Parts(day.year, day.month, day.day)
    return _named(written)


def _serial_time(fraction: str) -> str:
    seconds = round(float(f"0.{fraction}") * 86_400)
    hours, rest = divmod(min(seconds, 86_399), 3600)
    return f"T{hours:02}:{rest // 60:02}:{rest % 60:02}"


def _named(written: str) -> _Parts:
    """Read a date with the name of its month: 3 March 2026, March 3, 2026, 3-Mar-26, 3 de marzo de 2026."""
    words = re.findall(r"\d+|[^\W\d_]+(?:\s(?:الثاني|الاول|الأول))?", _WEEKDAY.sub("", written))
    words = [
        word
        for word in words
        if word.lower() not in {"de", "del", "of", "the", "le", "el", "st", "nd", "rd", "th", "er", "do"}
    ]
    numbers = [word for word in words if word.isdigit()]
    months = [
        _MONTHS.get(heading_key(word.replace(" ", "_"))) or _MONTHS.get(heading_key(word))
        for word in words
        if not word.isdigit()
    ]
    if len(numbers) != 2 or len(months) != 1 or months[0] is None:
        raise UnreadableDate(written)
    first, second = numbers
    day, year = (second, first) if len(first) == 4 else (first, second)
    if len(day) > 2 or len(year) not in (2, 4):
        raise UnreadableDate(written)
    return _Parts(_year(year), months[0], int(day))


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else CENTURY + int(written)
