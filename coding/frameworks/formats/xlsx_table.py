"""Read and write XLSX: the first visible sheet of a workbook. Formulas are refused, not computed.

Texts are read as Excel shows them, and written as text.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.formats.imported import ImportedFramework, listed
from coding.frameworks.formats.tables import MAX_COLUMNS, header_of, read_rows, rows_of
from coding.frameworks.tree import MAX_CODES, Tree, walk, written_path
from tenants.sheets.cells import MAX_CELL_LENGTH, guarded, text_cell, unguarded
from tenants.sheets.date_formats import duration_text, moment_text
from tenants.sheets.number_formats import is_rounded, number_text
from tenants.storable import NOT_IN_XML

MEBIBYTE = 1024 * 1024
MAX_UNPACKED_BYTES = 50 * MEBIBYTE
MAX_RATIO = 200  # of unpacked to packed bytes; workbooks that people make stay below 50
MAX_UNCHECKED_BYTES = MEBIBYTE  # small parts may be packed more tightly
MAX_PARTS = 2_000
# openpyxl reads the texts that cells share, and all parts but sheets, at once.
MAX_TEXTS_BYTES = 20 * MEBIBYTE
MAX_PART_BYTES = 5 * MEBIBYTE
MAX_CELLS = 500_000
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
UNREADABLE = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    DefusedXmlException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    NotImplementedError,
    OSError,
)


def read_workbook(content: bytes) -> ImportedFramework:
    """Read the first visible sheet. Raises UnreadableFramework."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bomb(archive)
            has_comments = any(re.match(r"xl/(threadedC|c)omments", name) for name in archive.namelist())
        rows, other_sheets = _rows(content)
    except UNREADABLE as error:
        raise _refused("This is not a workbook (.xlsx) that can be read") from error
    if not rows:
        raise _refused("The first sheet is empty")
    notes = [f"Only the first sheet was read, not: {listed(other_sheets)}"] if other_sheets else []
    if has_comments:
        notes.append("Comments on cells were left out")
    return ImportedFramework("", read_rows(rows[0], rows[1:]), notes=tuple(notes))


def _rows(content: bytes) -> tuple[list[list[str]], list[str]]:
    """Return the texts of the first visible sheet, and the names of the other sheets."""
    # openpyxl warns of unusual content of files, to standard error.
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        workbook = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            sheets = workbook.worksheets
            first = next((sheet for sheet in sheets if sheet.sheet_state == "visible"), sheets[0])
            first.reset_dimensions()  # some programs write wrong ones, and cells outside are not read
            rows = list(_read_rows(first))
        finally:
            workbook.close()
    issues = [issue for _, row_issues in rows for issue in row_issues]
    if issues:
        raise UnreadableFramework(issues)
    return [cells for cells, _ in rows], [sheet.title for sheet in sheets if sheet is not first]


def _read_rows(sheet: Any) -> Iterator[tuple[list[str], list[ImportIssue]]]:
    """Yield the texts and the issues of each row."""
    count = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        count += len(row)
        if number > MAX_CODES + 1:
            raise _refused(f"The sheet has more than {MAX_CODES} rows", where=f"row {number}")
        if count > MAX_CELLS:
            raise _refused(f"The sheet has more than {MAX_CELLS} cells, empty ones included", where=f"row {number}")
        texts = [_shown(cell) for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        if len(texts) > MAX_COLUMNS:
            raise _refused(f"The sheet has more than {MAX_COLUMNS} columns", where=f"row {number}")
        yield texts, [ImportIssue(f"row {number}", issue) for issue in _issues_of(row)]


def _issues_of(row: Sequence[Any]) -> Iterator[str]:
    for cell in row:
        if cell.value is None:
            continue
        if cell.data_type == "f":
            yield f"{cell.coordinate} holds a formula: paste its value"
        elif cell.data_type == "n" and is_rounded(cell.value):
            yield f"{cell.coordinate} holds a number that is rounded to 15 digits: write it again as text"


def _shown(cell: Any) -> str:
    value = cell.value
    match value:
        case None:
            return ""
        case str():
            return _unescaped(unguarded(value)) if cell.data_type in ("s", "inlineStr", "str") else value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return number_text(value, cell.number_format)
        case date() | time():
            return moment_text(value, cell.number_format)
        case timedelta():
            return duration_text(value)
    return str(value)


def _unescaped(text: str) -> str:
    """Read `_x000D_` as the character that it stands for, and end lines with a line feed."""
    read = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return read.replace("\r\n", "\n").replace("\r", "\n")


def _escaped(text: str) -> str:
    """Escape characters that XML cannot hold, and texts that look like an escape."""
    literal = ESCAPED.sub(lambda match: f"_x005F{match[0]}", text)
    return NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", literal)


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Refuse a workbook by the sizes that it declares. A part that is longer than it declares is not read further."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise _refused(f"The workbook has more than {MAX_PARTS} parts")
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _refused(f"The workbook unpacks to more than {MAX_UNPACKED_BYTES // MEBIBYTE} MB")
    for part in parts:
        if part.file_size > max(MAX_UNCHECKED_BYTES, MAX_RATIO * part.compress_size):
            raise _refused(f"A part of the workbook unpacks to more than {MAX_RATIO} times its size")
        if part.file_size > _max_bytes(part.filename):
            raise _refused(f"A part of the workbook is larger than {_max_bytes(part.filename) // MEBIBYTE} MB")


def _max_bytes(part: str) -> int:
    if part.endswith("/sharedStrings.xml"):
        return MAX_TEXTS_BYTES
    return MAX_UNPACKED_BYTES if part.startswith(("xl/worksheets/", "xl/media/")) else MAX_PART_BYTES


def _refused(issue: str, *, where: str = "file") -> UnreadableFramework:
    return UnreadableFramework([ImportIssue(where, issue)])


def write_workbook(tree: Tree) -> bytes:
    """Write a workbook. Raises UnreadableFramework if a text is too long for a cell."""
    rows = [[_escaped(cell) for cell in row] for row in rows_of(tree)]
    issues = [
        ImportIssue(written_path(placed.names), f"A text is longer than {MAX_CELL_LENGTH} characters")
        for placed, row in zip(walk(tree), rows, strict=True)
        if any(len(guarded(cell)) > MAX_CELL_LENGTH for cell in row)
    ]
    if issues:
        raise UnreadableFramework(issues)
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Framework")
    sheet.append(header_of(tree))
    for row in rows:
        sheet.append([text_cell(sheet, cell) if cell else None for cell in row])
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()
