"""Coarser forms of values, for tenants that need the gist of them in the model's sight."""

import re

from inference.redaction.entities import Entity

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def generalise(entity: str, value: str) -> str | None:
    """The coarser form of a value, or None when it has none (then it is redacted)."""
    if entity == Entity.AGE:
        return _age_band(value)
    if entity == Entity.DATE_OF_BIRTH:
        year = _YEAR.search(value)
        return year[0] if year else None
    if entity == Entity.COORDINATES:
        return _rounded_coordinates(value)
    return None


def _age_band(value: str) -> str | None:
    number = _NUMBER.search(value)
    if number is None:
        return None
    decade = int(float(number[0])) // 10 * 10
    return f"{decade}-{decade + 9}"


def _rounded_coordinates(value: str) -> str | None:
    numbers = _NUMBER.findall(value)
    if len(numbers) != 2 or not all("." in number for number in numbers):
        return None
    return ", ".join(f"{float(number):.1f}" for number in numbers)
