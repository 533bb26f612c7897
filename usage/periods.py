"""The time that usage is read over: whole days, a window between two moments, or the preset that a page asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tenants.local_days import start_of_day, today

MAX_PERIOD = timedelta(days=3 * 366)
YEARS = range(10, 9990)  # leaves room in the calendar for the period before and the day after
DEFAULT_PRESET = "30d"
PRESETS: dict[str, str | Promise] = {
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "month": gettext_lazy("Month to date"),
    "last_month": gettext_lazy("Last month"),
    "custom": gettext_lazy("Custom period"),
}


@dataclass(frozen=True)
class Days:
    """Whole days of the site's time zone, [first, end)."""

    first: date
    end: date

    @property
    def starts_at(self) -> datetime:
        return start_of_day(self.first)

    @property
    def ends_at(self) -> datetime:
        return start_of_day(self.end)

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    def __len__(self) -> int:
        return (self.end - self.first).days

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def before(self) -> "Days":
        """Return the period of the same length that ends where this one begins."""
        return Days(self.first - timedelta(days=len(self)), self.first)


@dataclass(frozen=True)
class Window:
    """The time between two moments, [starts_at, ends_at). None: without a bound."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


Time = Days | Window


@dataclass(frozen=True)
class Period:
    """The days of a report, and the preset they came from."""

    preset: str
    days: Days

    @property
    def last_day(self) -> date:
        return self.days.last


def recent_days(count: int) -> Days:
    """Return the last days, today included."""
    tomorrow = today() + timedelta(days=1)
    return Days(tomorrow - timedelta(days=count), tomorrow)


def month_of(day: date) -> Days:
    """Return all days of the month that a day is in."""
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=31)).replace(day=1))


def month_at(year: int, month: int) -> Days:
    """Return all days of a month. Raises ValueError for a month that does not exist or is out of range."""
    if year not in YEARS:
        raise ValueError(year)
    return month_of(date(year, month, 1))


def read_period(query: Mapping[str, str]) -> Period:
    """Return the period of a page's address. An unreadable one, or one that ends before it begins, is the default."""
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    if query.get("period") == "custom" and first and last and timedelta(0) <= last - first < MAX_PERIOD:
        return Period("custom", Days(first, last + timedelta(days=1)))
    preset = query.get("period", DEFAULT_PRESET)
    return _preset(preset if preset in PRESETS and preset != "custom" else DEFAULT_PRESET)


def _preset(preset: str) -> Period:
    this_month = month_of(today())
    spans = {
        "7d": recent_days(7),
        "30d": recent_days(30),
        "month": Days(this_month.first, recent_days(1).end),
        "last_month": month_of(this_month.first - timedelta(days=1)),
    }
    return Period(preset, spans[preset])


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
