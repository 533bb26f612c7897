"""Counts of codes by period, from metadata, without a model."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from feedback.record_text import CODING_LEVELS, RecordText


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


PERIOD_LABELS: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": _week,
    "month": lambda day: f"{day:%Y-%m}",
}


@dataclass(frozen=True)
class TrendCell:
    """count: records with the code in the period, never 0."""

    code: str
    period: str
    count: int


@dataclass(frozen=True)
class CodingTrends:
    """periods: every period with a dated record, in order; cells by code, then period."""

    periods: tuple[str, ...]
    cells: tuple[TrendCell, ...]


def coding_trends(records: Iterable[RecordText], *, period: str) -> CodingTrends | None:
    """Count codes by period; None when no single record has both a readable date and a code."""
    label = PERIOD_LABELS[period]
    counts: Counter[tuple[str, str]] = Counter()
    periods: set[str] = set()
    for record in records:
        day = created_on(record)
        if day is not None:
            periods.add(label(day))
            counts.update((code, label(day)) for code in codes_of(record))
    if not counts:
        return None
    cells = tuple(TrendCell(code, when, count) for (code, when), count in sorted(counts.items()))
    return CodingTrends(tuple(sorted(periods)), cells)


def created_on(record: RecordText) -> date | None:
    """Return the calendar day of a record in its own time zone; None when it is not ISO 8601."""
    try:
        return datetime.fromisoformat(record.metadata.get("created", "").strip()).date()
    except ValueError:
        return None


def codes_of(record: RecordText) -> list[str]:
    """Return the codes of a record's coding levels, split on commas, without repetition."""
    written = ",".join(record.metadata.get(name, "") for name in CODING_LEVELS)
    return list(dict.fromkeys(code.strip() for code in written.split(",") if code.strip()))
