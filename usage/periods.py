"""Which days a report is about: presets, or a first and a last day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from usage.metrics.day_sql import Days

LONGEST_PERIOD = timedelta(days=3 * 366)
YEARS = range(10, 9990)  # nearer its ends the calendar has no period before, or no day after
DEFAULT_PRESET = "30d"
PRESETS: dict[str, str | Promise] = {
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "month": gettext_lazy("Month to date"),
    "last_month": gettext_lazy("Last month"),
    "custom": gettext_lazy("Chosen days"),
}


@dataclass(frozen=True)
class Period:
    """The days of a report, and the preset they came from."""

    preset: str
    days: Days

    @property
    def last_day(self) -> date:
        return self.days.end - timedelta(days=1)


def today() -> date:
    """Today in the site's time zone, which reports are made in."""
    return timezone.now().astimezone(timezone.get_default_timezone()).date()


def read_period(query: Mapping[str, str]) -> Period:
    """Return the period asked for; what cannot be read, or ends before it begins, is the default preset."""
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    if query.get("period") == "custom" and first and last and timedelta(0) <= last - first < LONGEST_PERIOD:
        return Period("custom", Days(first, last + timedelta(days=1)))
    preset = query.get("period", DEFAULT_PRESET)
    return _preset(preset if preset in PRESETS and preset != "custom" else DEFAULT_PRESET, today())


def month_of(day: date) -> Days:
    """All days of the month that a day is in."""
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=31)).replace(day=1))


def month_at(year: int, month: int) -> Days:
    """All days of a month. Raises ValueError when there is none, or none that can be reported on."""
    if year not in YEARS:
        raise ValueError(year)
    return month_of(date(year, month, 1))


def _preset(preset: str, day: date) -> Period:
    tomorrow = day + timedelta(days=1)
    spans = {
        "7d": Days(tomorrow - timedelta(days=7), tomorrow),
        "30d": Days(tomorrow - timedelta(days=30), tomorrow),
        "month": Days(day.replace(day=1), tomorrow),
        "last_month": month_of(day.replace(day=1) - timedelta(days=1)),
    }
    return Period(preset, spans[preset])


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
