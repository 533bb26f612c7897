"""Find word-for-word quotations of records in an answer. They can identify the speaker."""

import re
from collections.abc import Iterable, Iterator

QUOTATION_WORDS = 8
"""The minimum number of words in the same order that count as a quotation."""
WORD = re.compile(r"\w+")


def quoted_records(answer: str, records: Iterable[str]) -> int:
    """Count the records of which at least QUOTATION_WORDS consecutive words occur in the answer.

    Case and punctuation are ignored. Scripts without spaces between words are hardly covered.
    """
    said = set(_runs(answer))
    return sum(any(run in said for run in _runs(record)) for record in records) if said else 0


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = WORD.findall(text.casefold())
    return zip(*(words[start:] for start in range(QUOTATION_WORDS)), strict=False)
