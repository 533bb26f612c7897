"""Read the first visible sheet of a workbook (XLSX) as a stream, with cells as people see them.

The sheet's own XML is read, row by row: neither the declared dimension is believed, nor is a cell allocated that is
not there. docs/decisions/0110 says why no library does it.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import IO, Any
from xml.parsers import expat

from defusedxml.ElementTree import ParseError, fromstring
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from feedback.imports import errors
from feedback.imports.errors import unreadable
from feedback.imports.readers.tables import MAX_COLUMNS, FaultyCell, Row, Table, sheet_table
from tenants.sheets.cells import ESCAPED, unguarded
from tenants.sheets.date_formats import duration_text
from tenants.sheets.number_formats import is_rounded, number_text

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 200
"""Of unpacked to packed bytes, above which a part of more than MAX_SMALL_BYTES is taken for a bomb."""
MAX_SMALL_BYTES = 10 * 1024 * 1024
MAX_PART_BYTES = 20 * 1024 * 1024
"""Of a part that is read at once: the list of sheets, and the styles."""
MAX_TEXTS = 2_000_000
MAX_TEXT_BYTES = 200 * 1024 * 1024
MAX_CELLS = 30_000_000
PIECE_BYTES = 64 * 1024
NAMESPACE = re.compile(r"\{[^}]*\}")
REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})$")
GENERAL = "General"
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ParseError, KeyError, ValueError)


@dataclass(frozen=True)
class _Book:
    archive: zipfile.ZipFile
    sheet_path: str
    texts_path: str | None
    formats: tuple[str, ...]
    epoch: Any
    other_sheets: tuple[str, ...] = field(default=())


def workbook_table(file: IO[bytes]) -> Table:
    """Open the first visible sheet. Raises UnreadableFile."""
    try:
        book = _open(file)
        texts = _shared_texts(book)
    except RuntimeError as error:  # a zip file with a password
        raise unreadable(errors.ENCRYPTED) from error
    except DAMAGED as error:
        raise unreadable(errors.DAMAGED_WORKBOOK) from error
    notes = [f"Only the first sheet was read, not: {', '.join(book.other_sheets[:10])}"] if book.other_sheets else []
    return sheet_table("xlsx", lambda: _read_rows(book, texts), notes)


def _open(file: IO[bytes]) -> _Book:
    archive = zipfile.ZipFile(file)
    _refuse_bomb(archive)
    names = set(archive.namelist())
    root = _xml(archive, "_rels/.rels") if "_rels/.rels" in names else None
    path = next((rel.get("Target", "") for rel in root or () if rel.get("Type", "").endswith("/officeDocument")), "")
    path = path.lstrip("/") or "xl/workbook.xml"
    if path not in names or path.endswith(".bin"):
        raise unreadable(errors.OTHER_WORKBOOK)
    folder = path.rpartition("/")[0]
    workbook = _xml(archive, path)
    rels = _xml(archive, f"{folder}/_rels/{path.rpartition('/')[2]}.rels")
    targets = {rel.get("Id"): _resolved(folder, rel.get("Target", "")) for rel in rels}
    kinds = {rel.get("Type", "").rpartition("/")[2]: _resolved(folder, rel.get("Target", "")) for rel in rels}
    sheets = [element for element in workbook.iter() if _local(element.tag) == "sheet"]
    shown = [sheet for sheet in sheets if sheet.get("state", "visible") == "visible"] or sheets
    paths = [(sheet, targets.get(_relation_of(sheet), "")) for sheet in shown]
    paths = [(sheet, target) for sheet, target in paths if target in names and "worksheets/" in target]
    if not paths:
        raise unreadable(errors.OTHER_WORKBOOK)
    first = paths[0][0]
    properties = next((element for element in workbook.iter() if _local(element.tag) == "workbookPr"), None)
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    styles = kinds.get("styles")
    return _Book(
        archive,
        paths[0][1],
        kinds.get("sharedStrings") if kinds.get("sharedStrings") in names else None,
        _formats(_xml(archive, styles)) if styles in names else (),
        CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900,
        tuple(sheet.get("name", "") for sheet in sheets if sheet is not first),
    )


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise unreadable(errors.UNPACKS_TOO_LARGE)
    for member in members:
        if member.file_size > MAX_SMALL_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise unreadable(errors.UNPACKS_TOO_LARGE)


def _xml(archive: zipfile.ZipFile, path: str) -> Any:
    with archive.open(path) as part:
        content = part.read(MAX_PART_BYTES + 1)
    if len(content) > MAX_PART_BYTES:
        raise unreadable(errors.UNPACKS_TOO_LARGE)
    return fromstring(content, forbid_dtd=True)


def _resolved(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"


def _local(tag: Any) -> str:
    return NAMESPACE.sub("", str(tag))


def _relation_of(sheet: Any) -> str | None:
    return next((value for name, value in sheet.attrib.items() if _local(name) == "id" and name != "id"), None)


def _formats(styles: Any) -> tuple[str, ...]:
    """Return the number format of each style."""
    own = {
        int(element.get("numFmtId", "0")): element.get("formatCode", GENERAL)
        for element in styles.iter()
        if _local(element.tag) == "numFmt"
    }
    cells = next((element for element in styles.iter() if _local(element.tag) == "cellXfs"), ())
    ids = [int(element.get("numFmtId", "0")) for element in cells]
    return tuple(own.get(number) or BUILTIN_FORMATS.get(number, GENERAL) for number in ids)


class _Reader:
    """A parser of a part that is fed piece by piece. It refuses declarations, of which bombs of entities are made."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._texts: list[str] = []

    def feed(self, part: IO[bytes]) -> Iterator[None]:
        """Parse a part, and yield after each piece."""
        while piece := part.read(PIECE_BYTES):
            self._parser.Parse(piece)
            yield
        self._parser.Parse(b"", True)
        yield

    def _collect(self) -> None:
        self._parser.CharacterDataHandler = self._texts.append

    def _stop(self) -> None:
        self._parser.CharacterDataHandler = None

    def _refuse(self, *_: object) -> None:
        raise unreadable(errors.DAMAGED_WORKBOOK)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def _end(self, tag: str) -> None:
        raise NotImplementedError


class _TextReader(_Reader):
    """Reads the shared texts. Readings of Japanese words (rPh) are no part of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._phonetic = False
        self._bytes = 0

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "si":
            self._texts.clear()
        elif name == "rPh":
            self._phonetic = True
        elif name == "t" and not self._phonetic:
            self._collect()

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "t":
            self._stop()
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            text = "".join(self._texts)
            self._bytes += len(text)
            if len(self.texts) >= MAX_TEXTS or self._bytes > MAX_TEXT_BYTES:
                raise unreadable(errors.UNPACKS_TOO_LARGE)
            self.texts.append(_unescaped(text))


class _SheetReader(_Reader):
    """Reads rows. rows: those that are complete and not yet taken."""

    def __init__(self, book: _Book, texts: Sequence[str]) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self._book, self._shared = book, texts
        self._row = 0
        self._cells: list[Any] = []
        self._column = self._count = 0
        self._type = self._style = ""
        self._has_formula = self._phonetic = False

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "v" or (name == "t" and not self._phonetic):
            self._collect()
        elif name == "row":
            written = attributes.get("r", "")
            self._row = int(written) if written.isdigit() else self._row + 1
            self._cells, self._column = [], 0
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._phonetic = True

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._count += 1
        place = REFERENCE.match(attributes.get("r", ""))
        self._column = column_index_from_string(place[1]) if place else self._column + 1
        if self._count > MAX_CELLS:
            raise unreadable(errors.UNPACKS_TOO_LARGE, row=self._row)
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._has_formula = False
        self._texts.clear()

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name in ("v", "t"):
            self._stop()
        elif name == "rPh":
            self._phonetic = False
        elif name == "c":
            self._end_cell()
        elif name == "row" and self._cells:
            self.rows.append((self._row, self._cells))

    def _end_cell(self) -> None:
        written = "".join(self._texts)
        if not written and not self._has_formula:
            return
        if self._column > MAX_COLUMNS:
            raise unreadable(errors.TOO_MANY_COLUMNS, row=self._row)
        missing = self._column - 1 - len(self._cells)
        if missing < 0:
            raise unreadable(errors.DAMAGED_WORKBOOK, row=self._row)
        self._cells += [""] * missing
        self._cells.append(self._shown(written))

    def _shown(self, written: str) -> str:
        """Return a cell as it is seen in the sheet."""
        match self._type:
            case "s":
                return unguarded(self._shared_text(int(written)))
            case "inlineStr" | "str":
                return unguarded(_unescaped(written))
            case "b":
                return "TRUE" if written.strip() == "1" else "FALSE"
            case "e":
                return FaultyCell(written, errors.CELL_ERROR)
            case "d":
                return written
        if not written.strip():
            return FaultyCell("", errors.FORMULA)
        return self._number(written.strip())

    def _shared_text(self, place: int) -> str:
        if place < 0:
            raise IndexError(place)
        return self._shared[place]

    def _number(self, written: str) -> str:
        style = int(self._style or 0)
        number_format = self._book.formats[style] if style < len(self._book.formats) else GENERAL
        value: float = int(written) if written.lstrip("-").isdecimal() else float(written)
        if number_format != GENERAL and is_date_format(number_format):
            return _moment(value, number_format, self._book.epoch)
        if is_rounded(value):
            return FaultyCell(number_text(value, number_format), errors.ROUNDED_NUMBER)
        return number_text(value, number_format)


def _moment(value: float, number_format: str, epoch: Any) -> str:
    """Return a date as ISO 8601, which can be read in one way only; a time or a duration as it is shown."""
    try:
        moment = from_excel(value, epoch, timedelta=is_timedelta_format(number_format))
    except (ValueError, OverflowError, TypeError):
        return FaultyCell(str(value), errors.NOT_A_DATE)
    if isinstance(moment, timedelta):
        return duration_text(moment)
    if isinstance(moment, datetime):
        has_time = moment.time() != time()
        return moment.isoformat(sep=" ", timespec="seconds") if has_time else moment.date().isoformat()
    return moment.isoformat(timespec="seconds") if isinstance(moment, time) else ""


def _shared_texts(book: _Book) -> list[str]:
    if book.texts_path is None:
        return []
    reader = _TextReader()
    with book.archive.open(book.texts_path) as part:
        try:
            for _ in reader.feed(part):
                pass
        except expat.ExpatError as error:
            raise unreadable(errors.DAMAGED_WORKBOOK) from error
    return reader.texts


def _read_rows(book: _Book, texts: Sequence[str]) -> Iterator[Row]:
    reader = _SheetReader(book, texts)
    try:
        with book.archive.open(book.sheet_path) as part:
            for _ in reader.feed(part):
                yield from reader.rows
                reader.rows.clear()
    except (expat.ExpatError, IndexError, RuntimeError, *DAMAGED) as error:
        raise unreadable(errors.DAMAGED_WORKBOOK) from error


def _unescaped(text: str) -> str:
    """Read `_x000D_` as the character that it stands for."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
