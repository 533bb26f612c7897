"""Make records, as POST /v1/records takes them, of the rows of a table."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from feedback.errors import InvalidRecord
from feedback.imports import errors, kobo
from feedback.imports.dates import AmbiguousDate, DateOrder, UnreadableDate, read_date
from feedback.imports.errors import RowIssue, in_english
from feedback.imports.fields import (
    CONTINUED,
    DATE_FIELDS,
    EXTRA_PREFIX,
    FLAG_FIELDS,
    METADATA_FIELDS,
    NOT_IMPORTED,
    OWN_MARKS,
)
from feedback.imports.mapping import ColumnMapping
from feedback.imports.readers.tables import FaultyCell, Row, Table, column_letters
from feedback.imports.values import BadCell, read_age_band, read_extra, read_flag, read_tags
from feedback.models import DEFAULT_SOURCE
from feedback.storing.record_input import read_record

Record = dict[str, Any]
ANSWER_DELIMITER = "; "
ID_LENGTH = 24


@dataclass(frozen=True)
class BuiltRow:
    """A record, or the issues of a row that has none."""

    number: int
    record: Record | None = field(repr=False, default=None)
    issues: tuple[RowIssue, ...] = ()


@dataclass(frozen=True)
class _Column:
    """index: of the cell. key: of `extra`. answer: "" unless the column is one answer of a multiple choice."""

    index: int
    heading: str
    name: str
    read: Callable[[Any], Any]
    key: str = ""
    answer: str = ""


class RecordBuilder:
    """Builds the records of one table. It must see all rows in order: rows without an id get one by their content.

    source: of records whose row names none.
    """

    def __init__(self, table: Table, mapping: ColumnMapping, source: str = "") -> None:
        self._width = len(table.header)
        is_own = set(table.header) >= OWN_MARKS
        self._columns = [
            _column(index, heading, mapping, is_own=is_own)
            for index, heading in enumerate(table.header)
            if mapping.fields.get(heading, NOT_IMPORTED) != NOT_IMPORTED
        ]
        self._has_ids = any(column.name == "id" for column in self._columns)
        is_kobo = kobo.is_export(table.header)
        self._source = source or (kobo.SOURCE if is_kobo else DEFAULT_SOURCE)
        self._same_rows: Counter[bytes] = Counter()

    def rows(self, rows: Iterator[Row]) -> Iterator[BuiltRow]:
        for number, cells in rows:
            yield self.build(number, cells)

    def build(self, number: int, cells: Sequence[Any]) -> BuiltRow:
        """Build and check one record. Names every fault of the row."""
        record: Record = {}
        issues = self._beyond_heading(number, cells)
        for column in self._columns:
            cell = cells[column.index] if column.index < len(cells) else ""
            if cell is None or (cell == "" and not isinstance(cell, FaultyCell)):
                continue
            try:
                _put(record, column, _readable(cell, column))
            except BadCell as fault:
                issues.append(RowIssue(number, column.heading, in_english(fault.issue)))
        if not self._has_ids:
            record["id"] = self._id_of(cells)
        elif not str(record.get("id", "")).strip():
            record.pop("id", None)
        record.setdefault("source", self._source)
        if "content" not in record and not (self._has_ids and "id" in record):
            issues.append(RowIssue(number, "", in_english(errors.NO_CONTENT)))
        record.setdefault("content", "")
        issues += [] if issues else _faults(number, record, self._columns)
        return BuiltRow(number, issues=tuple(issues)) if issues else BuiltRow(number, record)

    def _beyond_heading(self, number: int, cells: Sequence[Any]) -> list[RowIssue]:
        # A comma in a text that is not in quotation marks moves cells beyond the heading.
        return [
            RowIssue(number, f"Column {column_letters(index)}", in_english(errors.NO_HEADING))
            for index in range(self._width, len(cells))
            if cells[index].strip()
        ]

    def _id_of(self, cells: Sequence[Any]) -> str:
        """Return an id by the content of a row, the same one in the next import of the same row.

        Equal rows are numbered. Keyed, because a plain hash of a short text can be found by trying texts.
        """
        key = hashlib.sha256(f"ids of imported rows {settings.SECRET_KEY}".encode()).digest()
        digest = hmac.digest(key, "\x1f".join(map(str, cells)).rstrip("\x1f").encode("utf-8", "replace"), "sha256")
        self._same_rows[digest[:8]] += 1
        count = self._same_rows[digest[:8]]
        return f"row-{digest.hex()[:ID_LENGTH]}" + (f"-{count}" if count > 1 else "")


def _column(index: int, heading: str, mapping: ColumnMapping, *, is_own: bool) -> _Column:
    name = mapping.fields[heading]
    question, answer = mapping.choices.get(heading, ("", ""))
    key = question or heading.removeprefix(EXTRA_PREFIX)
    return _Column(index, heading, name, _reader(name, mapping.orders.get(heading), is_own=is_own), key, answer)


def _reader(name: str, order: DateOrder | None, *, is_own: bool) -> Callable[[Any], Any]:
    if name == "created":
        return _text
    if name in DATE_FIELDS:
        return lambda cell: _date(_text(cell), order)
    if name in FLAG_FIELDS:
        return lambda cell: cell if isinstance(cell, bool) else read_flag(_text(cell))
    if name == "tags":
        return read_tags
    if name == "age_band" and not is_own:  # an export repeats what is stored
        return lambda cell: read_age_band(_text(cell))
    return (lambda cell: cell if isinstance(cell, Mapping) else _text(cell)) if name == "extra" else _text


def _readable(cell: Any, column: _Column) -> Any:
    """Return the value of a cell that is not empty. Raises BadCell."""
    if isinstance(cell, FaultyCell) and (column.name != "extra" or not cell):
        raise BadCell(cell.issue)
    if column.answer:
        chosen = isinstance(cell, str) and cell.strip().upper() in kobo.CHOSEN
        return column.read(column.answer) if chosen else None
    return column.read(cell)


def _put(record: Record, column: _Column, value: Any) -> None:
    """Add a value to a record. Texts of several columns come one below the other."""
    name = column.name
    if name == "extra":
        extra = record.setdefault("extra", {})
        if isinstance(value, Mapping) or (column.key == "extra" and column.heading == "extra"):
            extra.update(read_extra(value))
        elif value is not None:
            extra[column.key] = f"{extra[column.key]}{ANSWER_DELIMITER}{value}" if column.key in extra else value
    elif value is None and name not in FLAG_FIELDS:
        return
    elif name == "tags":
        record["tags"] = [*record.get("tags", []), *value]
    elif name in METADATA_FIELDS:
        record.setdefault("metadata", {})[name] = value
    elif name == "content" and "content" in record:
        between = "" if CONTINUED.match(column.heading) else "\n\n"
        record["content"] = f"{record['content']}{between}{value}"
    else:
        record[name] = value


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    if not isinstance(cell, str):
        raise BadCell(errors.NOT_A_TEXT)
    return cell


def _date(text: str, order: DateOrder | None) -> str | None:
    if not text.strip():
        return None
    try:
        return read_date(text, order)
    except AmbiguousDate as error:
        raise BadCell(errors.AMBIGUOUS_DATE) from error
    except UnreadableDate as error:
        raise BadCell(errors.NOT_A_DATE) from error


def _faults(number: int, record: Record, columns: Sequence[_Column]) -> list[RowIssue]:
    """Return what the store would find wrong with a record."""
    try:
        read_record(record)
    except InvalidRecord as error:
        headings = {column.name: column.heading for column in columns}
        names = [(issue, issue.field.removeprefix("metadata.").partition(".")[0]) for issue in error.issues]
        return [RowIssue(number, headings.get(name, name), issue.issue) for issue, name in names]
    return []
