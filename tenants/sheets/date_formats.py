"""Write dates and times of a workbook as text, in the way that Excel shows them: `14/07/2026`, `1:05 PM`.

A format that this module does not know, or that Excel shows by the reader's language, falls back to ISO 8601.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

DATE_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|(_.|\*.|\[[^\]]*\])|(am/pm|a/p)|(y+|m+|d+|h+|s+)|(\.0+)|([-/.,: ]|T|年|月|日)|(.)',
    re.IGNORECASE | re.DOTALL,
)
SHOWN_BY_LANGUAGE = frozenset({"mm-dd-yy", "m/d/yy h:mm", "d-mmm-yy", "d-mmm", "mmm-yy"})
FOREIGN = re.compile(r"\[\$-(?!409|809|1009|C09|en)", re.IGNORECASE)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SECTION_END = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')


class _Unknown(Exception):
    """A format that this module does not know."""


def duration_text(value: timedelta) -> str:
    """Return hours, minutes and seconds; hours may exceed 24."""
    minutes, seconds = divmod(round(abs(value).total_seconds()), 60)
    sign = "-" if value < timedelta() else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def moment_text(value: datetime | date | time, number_format: str) -> str:
    """Return a date, a time or both, as openpyxl reads them, under a number format."""
    section = SECTION_END.split(number_format)[0]
    has_names = re.search(r"mmm|ddd", section, re.IGNORECASE) is not None
    if section in SHOWN_BY_LANGUAGE or "[$-F" in section or (has_names and FOREIGN.search(section)):
        return _iso(value)
    try:
        return "".join(_parts_of_moment(value, section))
    except _Unknown:
        return _iso(value)


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        has_time = value.time() != time()
        return value.isoformat(sep=" ", timespec="seconds") if has_time else value.date().isoformat()
    return value.isoformat()


def _parts_of_moment(value: datetime | date | time, section: str) -> Iterator[str]:
    tokens = DATE_TOKEN.findall(section)
    codes = [token[4].lower()[:1] for token in tokens]
    has_half_days = any(token[3] for token in tokens)
    for place, (quoted, escaped, skipped, half, code, fraction, literal, other) in enumerate(tokens):
        if other or fraction:
            raise _Unknown
        if code:
            is_minute = code[0] in "mM" and _is_beside_time(codes, place)
            yield _part(value, "n" * len(code) if is_minute else code.lower(), has_half_days=has_half_days)
        elif half:
            yield "AM" if _hour(value) < 12 else "PM"
        elif not skipped:
            yield quoted or escaped or literal


def _is_beside_time(codes: list[str], place: int) -> bool:
    """Tell whether `m` is the minute: it is behind an hour or before a second."""
    before = [code for code in codes[:place] if code]
    behind = [code for code in codes[place + 1 :] if code]
    return before[-1:] == ["h"] or behind[:1] == ["s"]


def _hour(value: datetime | date | time) -> int:
    return getattr(value, "hour", 0)


def _part(value: Any, code: str, *, has_half_days: bool) -> str:
    hour = _hour(value)
    shown_hour = (hour % 12 or 12) if has_half_days else hour
    parts: dict[str, Callable[[], str]] = {
        "yy": lambda: f"{value.year % 100:02}",
        "yyyy": lambda: f"{value.year:04}",
        "m": lambda: f"{value.month}",
        "mm": lambda: f"{value.month:02}",
        "mmm": lambda: MONTHS[value.month - 1][:3],
        "mmmm": lambda: MONTHS[value.month - 1],
        "d": lambda: f"{value.day}",
        "dd": lambda: f"{value.day:02}",
        "ddd": lambda: DAYS[value.weekday()][:3],
        "dddd": lambda: DAYS[value.weekday()],
        "h": lambda: f"{shown_hour}",
        "hh": lambda: f"{shown_hour:02}",
        "n": lambda: f"{value.minute}",
        "nn": lambda: f"{value.minute:02}",
        "s": lambda: f"{value.second}",
        "ss": lambda: f"{value.second:02}",
    }
    try:
        return parts[code]()
    except (KeyError, AttributeError):
        raise _Unknown from None
