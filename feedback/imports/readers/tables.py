"""A table of a file: its heading, its HXL tags and its rows, from whatever format.

Rows are numbered as a person counts them in the sheet. Cells are texts; cells of JSON lines may be lists and objects.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from feedback.imports import errors
from feedback.imports.errors import unreadable
from feedback.imports.fields import FIELD_BY_HEADING, heading_key
from tenants.storable import storable

Row = tuple[int, Sequence[Any]]
Rows = Callable[[], Iterator[Row]]
MAX_COLUMNS = 1_000
MAX_ROWS = 500_000
HEAD_ROWS = 25
"""Rows in which the heading is searched for."""
MAX_HEADING_LENGTH = 255
MAX_UNKNOWN_HEADING_LENGTH = 150
_NUMBER = re.compile(r"[\d\s.,:/+TZ-]*\d[\d\s.,:/+TZ-]*$")
_TAG = re.compile(r"\s*#\s*[A-Za-z][A-Za-z0-9_]*(\s*\+\s*[A-Za-z][A-Za-z0-9_]*)*\s*$")


class FaultyCell(str):
    """A cell that has no value, as it is seen in the sheet. issue: why."""

    __slots__ = ("issue",)
    issue: Any

    def __new__(cls, shown: str, issue: Any) -> "FaultyCell":
        cell = super().__new__(cls, shown)
        cell.issue = issue
        return cell


@dataclass(frozen=True)
class Table:
    """kind: csv, xlsx or jsonl. notes: what a person should know, such as the encoding and what was left out.

    rows: makes an iterator from the first row below the heading, which may be called several times.
    """

    kind: str
    header: tuple[str, ...]
    rows: Rows = field(repr=False)
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def sheet_table(kind: str, raw: Rows, notes: Sequence[str]) -> Table:
    """Find the heading and the tag row of a sheet. Raises UnreadableFile."""
    first = list(islice(_bounded(raw()), HEAD_ROWS))
    if not any(_filled(cells) for _, cells in first):
        raise unreadable(errors.EMPTY)
    place = _heading_place(first)
    number, cells = first[place]
    tags: Sequence[str] = ()
    last = number
    if _is_tag_row(cells):  # tags may stand without a heading
        tags = cells
    else:
        behind = next((row for row in first[place + 1 :] if _filled(row[1])), None)
        if behind is not None and _is_tag_row(behind[1]):
            last, tags = behind
    if not tags and _holds_data(cells):
        raise unreadable(errors.NO_HEADINGS, row=number)
    above = [row for row, texts in first[:place] if _filled(texts)]
    told = [*notes, f"Rows above the heading in row {number} were left out"] if above else list(notes)
    header = unique_headings(cells)
    clean = tuple(tag.strip() for tag in tags)
    return Table(kind, header, lambda: _below(raw, last), clean, tuple(told))


def _below(raw: Rows, last: int) -> Iterator[Row]:
    for number, cells in _bounded(raw()):
        if number > last and _filled(cells):
            yield number, cells


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    for count, (number, cells) in enumerate(rows):
        if count > MAX_ROWS + HEAD_ROWS:
            raise unreadable(errors.TOO_MANY_ROWS, row=number)
        if len(cells) > MAX_COLUMNS and any(cells[MAX_COLUMNS:]):
            raise unreadable(errors.TOO_MANY_COLUMNS, row=number)
        yield number, cells


def _filled(cells: Sequence[Any]) -> int:
    return sum(1 for cell in cells if cell and (not isinstance(cell, str) or cell.strip()))


def _heading_place(rows: Sequence[Row]) -> int:
    """Return the index of the row with the most known headings; without any, of the first row with several cells."""
    tagged = next((index for index, (_, cells) in enumerate(rows) if _is_tag_row(cells)), None)
    if tagged is not None:
        before = [index for index in range(tagged) if _filled(rows[index][1])]
        return before[-1] if before else tagged
    known = [sum(_is_known(cell) for cell in cells) for _, cells in rows]
    if max(known):
        return known.index(max(known))
    filled = [_filled(cells) for _, cells in rows]
    several = [index for index, count in enumerate(filled) if count > 1]
    return several[0] if several else next(index for index, count in enumerate(filled) if count)


def _is_known(cell: str) -> bool:
    return len(cell) <= MAX_HEADING_LENGTH and heading_key(cell.rpartition("/")[2]) in FIELD_BY_HEADING


def _holds_data(cells: Sequence[str]) -> bool:
    """Tell whether a row without a known heading is data. Headings are stored as they are: feedback must not be one."""
    if any(map(_is_known, cells)):
        return False
    filled = [cell.strip() for cell in cells if cell.strip()]
    return any(len(cell) > MAX_UNKNOWN_HEADING_LENGTH or _NUMBER.match(cell) for cell in filled)


def _is_tag_row(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(_TAG.match(cell) for cell in filled)


def unique_headings(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column: its heading, numbered if it is there before, or its letters in the sheet."""
    seen: Counter[str] = Counter()
    names = []
    for index, cell in enumerate(cells):
        name = " ".join(storable(cell).split())[:MAX_HEADING_LENGTH]
        name = name or f"Column {column_letters(index)}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def column_letters(index: int) -> str:
    """Return the letters of a column in a spreadsheet: A, B, ..., Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
