"""Write numbers of a workbook as text, in the way that Excel shows them: `007`, `1.10`, `50%`.

A format that this module does not know falls back to the plain number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MAX_DIGITS = 15
"""Significant digits that Excel stores."""
TOKEN = re.compile(r'"([^"]*)"|\\(.)|(_.|\*.|\[[^\]]*\])|([0#?])|([.,%])|(.)', re.DOTALL)
PLAIN_LITERALS = frozenset("$-+/():!^&'~{}<>= \u00a0€£")
SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')


class _Unknown(Exception):
    """A format that this module does not know."""


def is_rounded(value: float) -> bool:
    """Tell whether Excel may have rounded a number, so that its last digits are lost.

    A number of more digits that other programs wrote is read as an exact int.
    """
    if abs(value) < 10**MAX_DIGITS:
        return False
    return isinstance(value, float) or len(str(abs(value)).rstrip("0")) <= MAX_DIGITS


def _general(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.{MAX_DIGITS}G}"


def number_text(value: float, number_format: str) -> str:
    """Return a number under a number format."""
    sections = [section for section in SECTION.findall(number_format) if section]
    is_negative = value < 0
    section = sections[1] if is_negative and len(sections) > 1 else sections[0] if sections else "General"
    sign = "-" if is_negative and len(sections) < 2 else ""
    try:
        return sign + _Pattern.of(section).shown(abs(Decimal(repr(value))))
    except _Unknown:
        return _general(value)


@dataclass(frozen=True)
class _Pattern:
    """A parsed format. whole, decimals: placeholders 0, # and ?, and literals, marked by NUL."""

    whole: tuple[str, ...]
    decimals: tuple[str, ...]
    has_thousands: bool
    percents: int

    @classmethod
    def of(cls, section: str) -> "_Pattern":
        """Raise _Unknown for fractions, exponents, and commas at the end, which divide by a thousand."""
        parts = list(_parts(section))
        shown = [part for part in parts if part != ","]
        point = shown.index(".") if "." in shown else len(shown)
        whole, decimals = tuple(shown[:point]), tuple(shown[point + 1 :])
        has_fraction = "\x00/" in whole and "?" in whole
        if "." in decimals or not _places(whole + decimals) or has_fraction or re.search(r",[^0#?]*(?:$|\.)", section):
            raise _Unknown
        return cls(whole, decimals, "," in parts, parts.count("\x00%"))

    def shown(self, number: Decimal) -> str:
        number *= 100**self.percents
        rounded = number.quantize(Decimal(1).scaleb(-len(_places(self.decimals))), ROUND_HALF_UP)
        whole, _, decimals = f"{rounded:f}".partition(".")
        return self._whole(whole.lstrip("0")) + self._decimals(decimals)

    def _whole(self, digits: str) -> str:
        if self.has_thousands:
            minimum = self.whole.count("0")
            grouped = f"{int(digits or 0):,}" if digits or minimum else ""
            return _with_literals(self.whole, grouped)
        written: list[str] = []
        left = len(_places(self.whole))
        for part in reversed(self.whole):
            if part.startswith("\x00"):
                written.append(part[1:])
                continue
            left -= 1
            digits, digit = (digits[:-1], digits[-1:]) if left else ("", digits)
            written.append(digit or {"0": "0", "?": " "}.get(part, ""))
        return "".join(reversed(written))

    def _decimals(self, digits: str) -> str:
        written = ""
        shown = len(digits.rstrip("0"))
        at = 0
        for part in self.decimals:
            if part.startswith("\x00"):
                written += part[1:]
                continue
            written += digits[at] if at < shown or part == "0" else ""
            at += 1
        return f".{written}" if _places(self.decimals) else written


def _parts(section: str) -> Iterator[str]:
    for quoted, escaped, skipped, place, mark, other in TOKEN.findall(section):
        if quoted or escaped or other in PLAIN_LITERALS:
            yield f"\x00{quoted or escaped or other}"
        elif skipped.startswith("[$"):
            yield f"\x00{skipped[2:-1].partition('-')[0]}"  # a currency, and the number of its language
        elif mark == "%":
            yield "\x00%"
        elif place or mark:
            yield place or mark
        elif other:
            raise _Unknown


def _places(parts: tuple[str, ...]) -> list[str]:
    return [part for part in parts if not part.startswith("\x00")]


def _with_literals(parts: tuple[str, ...], digits: str) -> str:
    """Return digits with the literals before and after the placeholders."""
    before = "".join(part[1:] for part in _until_place(iter(parts)))
    behind = "".join(part[1:] for part in reversed(list(_until_place(reversed(parts)))))
    return f"{before}{digits}{behind}"


def _until_place(parts: Iterator[str]) -> Iterator[str]:
    for part in parts:
        if not part.startswith("\x00"):
            return
        yield part
