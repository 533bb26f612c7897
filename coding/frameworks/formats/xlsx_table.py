"""Frameworks as XLSX: the first sheet of a workbook, all cells text. Formulas are refused, not computed."""

import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.formats.tables import MOST_COLUMNS, header_of, read_rows, rows_of
from coding.frameworks.tree import MOST_CODES, CodeNode, Tree, walk, written_path
from tenants.spreadsheets import MAX_CELL_LENGTH, guarded, text_cell, unguarded

LARGEST_UNPACKED = 50 * 1024 * 1024
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


def read_workbook(content: bytes) -> tuple[CodeNode, ...]:
    """Read the first sheet. Raises UnreadableFramework."""
    try:
        _refuse_bomb(content)
        rows = _rows(content)
    except UNREADABLE as error:
        raise UnreadableFramework([ImportIssue("file", "This is not a workbook (.xlsx) that can be read")]) from error
    if not rows:
        raise UnreadableFramework([ImportIssue("file", "The first sheet is empty")])
    return read_rows(rows[0], rows[1:])


def _rows(content: bytes) -> list[list[str]]:
    workbook = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        found = list(islice(_cells(workbook.worksheets[0]), MOST_CODES + 2))
    finally:
        workbook.close()
    issues = [issue for _, row_issues in found for issue in row_issues]
    if issues:
        raise UnreadableFramework(issues)
    return [cells for cells, _ in found]


def _cells(sheet: Any) -> Iterator[tuple[list[str], list[ImportIssue]]]:
    """Each row's texts, and what is wrong in it."""
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        formulas = [cell.coordinate for cell in row if getattr(cell, "data_type", "") == "f"]
        yield (
            [_text(cell.value) for cell in row],
            [ImportIssue(f"row {number}", f"{where} holds a formula: paste its value") for where in formulas],
        )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unguarded(str(value))


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(each.file_size for each in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise UnreadableFramework([ImportIssue("file", "The workbook unpacks to more than 50 MB")])


def write_workbook(tree: Tree) -> bytes:
    """Write a workbook. Raises UnreadableFramework for a text that no cell can hold."""
    rows = list(rows_of(tree))
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
