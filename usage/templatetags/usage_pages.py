"""How money and shares are written on pages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def usd(amount: Decimal | None) -> str:
    """Write an amount to the cent; what is less than a dollar, to a ten-thousandth."""
    if amount is None:
        return "–"
    places = 4 if 0 < abs(amount) < 1 else 2
    return number_format(amount, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def of(names: Mapping[Any, str], key: Any) -> str:
    """Look a name up; what has none is written as a dash."""
    return names.get(key, "–")
