"""Read `from` and `to` of the usage endpoints: ISO 8601 with an offset, half-open. Errors have the contract's texts."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from tenants.rest.errors import FieldIssue, InvalidRequest
from usage.periods import Window

UNREADABLE = "Input should be a valid datetime"
# A `+` that was not percent-encoded arrives as a space.
LOST_PLUS = re.compile(r"(?<=\d) (?=\d{2}:?\d{2}$)")


def read_window(parameters: Mapping[str, str]) -> Window:
    """Return the window of the query, in UTC. Raises InvalidRequest."""
    moments = {name: _parse(parameters[name]) for name in ("from", "to") if name in parameters}
    unreadable = [name for name, moment in moments.items() if moment is None]
    if unreadable:
        raise InvalidRequest(fields=[FieldIssue(f"query.{name}", UNREADABLE) for name in unreadable])
    start, end = (_in_utc(name, moments.get(name)) for name in ("from", "to"))
    if start and end and end <= start:
        raise InvalidRequest("'to' must be strictly greater than 'from'")
    return Window(start, end)


def as_text(moment: datetime | None) -> str | None:
    """Write a moment in UTC with a Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse(text: str) -> datetime | None:
    """Return the moment, naive without an offset; None when it is unreadable or out of range in UTC."""
    has_time = "T" in text or "t" in text or ":" in text
    try:
        moment = datetime.fromisoformat(LOST_PLUS.sub("+", text) if has_time else text)
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_utc(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise InvalidRequest(f"'{name}' must be timezone-aware")
    return moment
