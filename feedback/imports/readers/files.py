"""Open a file as a table, by its content and not by its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from feedback.imports import errors
from feedback.imports.errors import unreadable
from feedback.imports.readers.csv_text import detect_form, read_csv_rows
from feedback.imports.readers.json_lines import json_lines_table
from feedback.imports.readers.tables import Row, Table, sheet_table
from feedback.imports.readers.workbook import workbook_table
from tenants.sheets.cells import unguarded

MAX_FILE_BYTES = 100 * 1024 * 1024
START_BYTES = 4096
ZIP = b"PK\x03\x04"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
ARCHIVES = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class ReadingOptions:
    """How a person says that a file is written. Empty: to be detected."""

    encoding: str = ""
    delimiter: str = ""


def open_table(file: IO[bytes], options: ReadingOptions | None = None) -> Table:
    """Open a file, which must stay open while rows are read. Raises UnreadableFile with the reason."""
    file.seek(0)
    start = file.read(START_BYTES)
    _refuse_other_formats(start, file)
    if start.startswith(ZIP):
        return workbook_table(file)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return json_lines_table(file)
    return _csv_table(file, options or ReadingOptions())


def _csv_table(file: IO[bytes], options: ReadingOptions) -> Table:
    form = detect_form(file, encoding=options.encoding, delimiter=options.delimiter)

    def rows() -> Iterator[Row]:
        return ((number, [unguarded(cell) for cell in cells]) for number, cells in read_csv_rows(file, form))

    delimiter = DELIMITER_NAMES.get(form.delimiter, form.delimiter)
    return sheet_table("csv", rows, [f"Read as text in {form.encoding}, with cells between {delimiter}"])


def _refuse_other_formats(start: bytes, file: IO[bytes]) -> None:
    if not start.strip():
        raise unreadable(errors.EMPTY)
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<head", b"<meta")):
        raise unreadable(errors.HTML)
    if start.startswith(COMPOUND):
        file.seek(0)
        raise unreadable(errors.ENCRYPTED if ENCRYPTED_STREAM in file.read(2_000_000) else errors.OLD_EXCEL)
    if start.startswith(b"%PDF"):
        raise unreadable(errors.PDF)
    if start.startswith(ARCHIVES):
        raise unreadable(errors.ARCHIVE)
