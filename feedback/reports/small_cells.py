"""Suppression of small cells, for readers who see counts but no records: a small cell may point to a person."""

from collections.abc import Mapping, Sequence

SMALLEST_SHOWN = 5


def suppress(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Return counts with None in place of those from 1 to 4.

    One suppressed cell alone could be computed from the total, so the next smallest one goes with it.
    """
    hidden = {value for value, count in counts.items() if 0 < count < SMALLEST_SHOWN}
    if len(hidden) == 1:
        others = sorted((count, value) for value, count in counts.items() if count and value not in hidden)
        hidden |= {value for _count, value in others[:1]}
    return {value: None if value in hidden else count for value, count in counts.items()}


def suppress_each(counts: Sequence[int]) -> list[int | None]:
    """Return a line of counts, such as those of weeks, with None in place of those from 1 to 4."""
    return [None if 0 < count < SMALLEST_SHOWN else count for count in counts]
