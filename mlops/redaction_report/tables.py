"""Shares and tables in Markdown."""

from collections.abc import Iterable, Iterator

from mlops.redaction_report.scores import Share


def with_interval(share: Share) -> str:
    """A share with its interval of 95 % and its number; `-` when there was nothing to measure."""
    if not share.n:
        return "-"
    low, high = share.interval()
    return f"{share.value:.3f} ({low:.2f} to {high:.2f}, n {share.n})"


def percent(share: Share) -> str:
    """A share in per cent with its interval; `-` when there was nothing to measure."""
    if not share.n:
        return "-"
    low, high = share.interval()
    return f"{100 * share.value:.2f} % ({100 * low:.2f} to {100 * high:.2f})"


def table(headers: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Lines of a table."""
    yield "| " + " | ".join(headers) + " |"
    yield "|" + "---|" * len(headers)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
