"""Numbers on pages, read and written in the page's language.

`2,50` is two and a half on a French page, and not a number on an English one, where a browser's number field would drop
the comma and send 250. A number that can be read in two ways is refused, with both ways to write it.
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext as _

MAX_LENGTH = 40
SPACES = " \u00a0\u202f\u2009"
DIRECTION_MARKS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
EXAMPLE = Decimal("1234.50")


def read_number(text: str) -> Decimal:
    """Read a number in the language in force. Raises ValidationError for other texts, and for ambiguous numbers."""
    written = _with_plain_digits(text.strip())
    decimal_sign = str(get_format("DECIMAL_SEPARATOR"))
    other_sign = "," if decimal_sign == "." else "."
    number = _number_pattern(decimal_sign, other_sign).fullmatch(written)
    if len(written) > MAX_LENGTH or number is None:
        facts = {"text": text[:MAX_LENGTH], "example": _localized(EXAMPLE)}
        raise ValidationError(
            _("“%(text)s” cannot be read as a number. Write one such as %(example)s.") % facts, "invalid"
        )
    whole, decimals = number["whole"], number["decimals"]
    if decimals is None and whole.count(other_sign) == 1:
        _refuse_two_readings(text.strip(), whole, other_sign)
    digits = re.sub(r"\D", "", whole)
    return Decimal(f"{number['sign']}{digits}.{decimals or 0}")


def write_number(number: Decimal | float, *, places: int) -> str:
    """Write a number rounded half to even, with grouped digits. Django's number_format cuts decimals instead."""
    rounded = Decimal(str(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return number_format(rounded + 0, decimal_pos=places, use_l10n=True, force_grouping=True)


def _number_pattern(decimal_sign: str, other_sign: str) -> re.Pattern[str]:
    """Match digits, or groups of three digits with the same sign between them, and decimals after the decimal sign."""
    groups = rf"\d{{1,3}}(?P<group>[{SPACES}'’{other_sign}])\d{{3}}(?:(?P=group)\d{{3}})*"
    decimals = rf"(?:(?:{re.escape(decimal_sign)}|٫)(?P<decimals>\d+))?"
    return re.compile(rf"(?P<sign>-?)(?P<whole>{groups}|\d+){decimals}")


def _refuse_two_readings(text: str, whole: str, sign: str) -> None:
    """Refuse a number such as `1,250`, which is 1250 here and 1.25 in other languages."""
    before, after = whole.split(sign)
    facts = {
        "text": text,
        "whole": str(int(before + after)),
        "decimal": _localized(Decimal(f"{before}.{after}").normalize()),
    }
    raise ValidationError(
        _("“%(text)s” can be read in two ways. Write %(whole)s or %(decimal)s.") % facts, code="ambiguous"
    )


def _with_plain_digits(text: str) -> str:
    """Replace digits of any script by 0 to 9, and the Arabic thousands sign by an apostrophe."""
    plain = (
        str(unicodedata.digit(character, character)) if character.isdecimal() else character.replace("٬", "'")
        for character in DIRECTION_MARKS.sub("", text)
    )
    return "".join(plain)


def _localized(number: Decimal) -> str:
    return number_format(number, use_l10n=True, force_grouping=False)


class TypedNumberInput(forms.TextInput):
    """A text field with a numeric keyboard. A number field would read by the browser's language."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "dir": "ltr", **(attrs or {})})


class TypedDecimalField(forms.DecimalField):
    """A decimal number in the page's language."""

    widget = TypedNumberInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**(kwargs | {"localize": True}))

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        return read_number(value) if isinstance(value, str) else super().to_python(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}  # minimum, maximum and step belong to number fields


class TypedIntegerField(forms.IntegerField):
    """A whole number in the page's language."""

    widget = TypedNumberInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**(kwargs | {"localize": True}))

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        number = read_number(value) if isinstance(value, str) else Decimal(value)
        if number != number.to_integral_value():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(number)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}
