"""Days of the site's time zone, TIME_ZONE, in which pages and reports are made."""

from datetime import date, datetime, time

from django.utils import timezone


def start_of_day(day: date) -> datetime:
    """Return the moment at which a day begins. Raises OverflowError at the ends of the calendar."""
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


def local_day(moment: datetime) -> date:
    """Return the day that a moment is on."""
    return moment.astimezone(timezone.get_default_timezone()).date()


def today() -> date:
    return local_day(timezone.now())
