"""Find out the encoding and the delimiter of a CSV file, and read its rows one by one."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from charset_normalizer import from_bytes

from feedback.imports import errors
from feedback.imports.errors import unreadable

DELIMITERS = ",;\t|^~"
DEFAULT_DELIMITER = ","
SEPARATOR_LINE = re.compile(r'\A"?sep=(.)"?[,;\t]*(\r\n|\r|\n|\Z)', re.IGNORECASE)
"""First line of a file, which Excel reads and does not show."""
MAX_CELL_LENGTH = 1_000_000
PIECE_BYTES = 256 * 1024
SAMPLE_BYTES = 64 * 1024
SAMPLE_ROWS = 50
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings in which spreadsheets save the languages of feedback. Of two that fit, the one with plausible words is used.
LEGACY = [
    *("cp1252", "cp1256", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1257", "cp1258", "cp874"),
    *("mac_roman", "gb18030", "big5", "shift_jis", "euc_kr", "cp850"),
]
TEXT_ENCODINGS = re.compile(
    r"(utf[-_ ]?(8|16|32)|cp\d|iso[-_]?8859|latin|windows[-_]\d|koi8|mac|gb|big5|shift|euc|ascii|tis)", re.IGNORECASE
)
"""Encodings that may be named. Python has others, which unpack or calculate."""
PLAIN_CONTROLS = frozenset(b"\t\n\r\x0b\x0c\x1a\x1c\x1d\x1e\x1f")


@dataclass(frozen=True)
class CsvForm:
    """How a file is written. has_separator_line: its first line names the delimiter."""

    encoding: str
    delimiter: str
    has_separator_line: bool = False


def detect_form(file: IO[bytes], *, encoding: str = "", delimiter: str = "") -> CsvForm:
    """Read the whole file to find its form. encoding, delimiter: as a person named them. Raises UnreadableFile."""
    encoding = _checked_encoding(file, encoding) if encoding else _detect_encoding(file)
    file.seek(0)
    start = _decoded(file.read(SAMPLE_BYTES), encoding)
    separator = SEPARATOR_LINE.match(start)
    if separator:
        return CsvForm(encoding, delimiter or separator[1], has_separator_line=True)
    return CsvForm(encoding, delimiter or _detect_delimiter(start))


def read_csv_rows(file: IO[bytes], form: CsvForm) -> Iterator[tuple[int, list[str]]]:
    """Yield row numbers, as a spreadsheet counts them, and cells. Raises UnreadableFile."""
    file.seek(0)
    csv.field_size_limit(MAX_CELL_LENGTH)
    text = io.TextIOWrapper(_Unclosed(file), encoding=form.encoding, newline="")
    if form.has_separator_line:
        text.readline()
    number = 0
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=form.delimiter, strict=True), start=1):
            yield number, cells
    except csv.Error as error:
        issue = errors.CELL_TOO_LARGE if "field larger" in str(error) else errors.QUOTES
        raise unreadable(issue, row=number + 1) from error
    except UnicodeDecodeError as error:
        raise unreadable(errors.WRONG_ENCODING, row=number + 1) from error


class _Unclosed(io.BufferedReader):
    """A view of a file that stays open when its reader is closed."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(_Raw(file), PIECE_BYTES)


class _Raw(io.RawIOBase):
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece


def _detect_encoding(file: IO[bytes]) -> str:
    file.seek(0)
    start = file.read(SAMPLE_BYTES)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return _checked_encoding(file, encoding)
    if wide := _wide_encoding(start):
        return _checked_encoding(file, wide)
    legacy = _first_legacy_part(file)
    if not legacy:
        return "utf-8"
    found = from_bytes(legacy, cp_isolation=LEGACY, enable_fallback=False).best()
    if found is None:
        raise unreadable(errors.UNKNOWN_ENCODING)
    return _checked_encoding(file, found.encoding)


def _wide_encoding(start: bytes) -> str:
    """Return the encoding of text in UTF-16 without a mark, whose every other byte is NUL in Latin script."""
    if start[1::2].count(0) > len(start) / 4:
        return "utf-16-le"
    return "utf-16-be" if start[0::2].count(0) > len(start) / 4 else ""


def _first_legacy_part(file: IO[bytes]) -> bytes:
    """Return b"" for a file in UTF-8, else the lines with bytes that are not ASCII, up to SAMPLE_BYTES.

    Raises UnreadableFile for a file with control characters that no text has.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, lines = True, bytearray()
    for piece in _pieces(file):
        _refuse_controls(piece)
        if is_utf8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(lines) < SAMPLE_BYTES and not piece.isascii():
            for line in piece.splitlines():
                lines += b"" if line.isascii() else line + b"\n"
    try:
        decoder.decode(b"", final=is_utf8)
    except UnicodeDecodeError:
        is_utf8 = False
    return b"" if is_utf8 else bytes(lines[:SAMPLE_BYTES])


_CONTROLS = bytes(code for code in range(32) if code not in PLAIN_CONTROLS)


def _refuse_controls(piece: bytes) -> None:
    removed = len(piece) - len(piece.translate(None, _CONTROLS))
    if b"\x00" in piece or removed > max(20, len(piece) // 100):
        raise unreadable(errors.NOT_TEXT)


def _checked_encoding(file: IO[bytes], encoding: str) -> str:
    """Return the encoding if the whole file can be decoded with it."""
    if not TEXT_ENCODINGS.match(encoding):
        raise unreadable(errors.WRONG_ENCODING)
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        for piece in _pieces(file):
            if "\x00" in decoder.decode(piece):
                raise unreadable(errors.NOT_TEXT)
        decoder.decode(b"", final=True)
    except (LookupError, ValueError) as error:
        raise unreadable(errors.WRONG_ENCODING) from error
    return encoding


def _decoded(start: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)().decode(start)


def _detect_delimiter(start: str) -> str:
    """Return the delimiter that divides the first rows into the same number of cells, and into the most cells."""
    return max(DELIMITERS, key=lambda delimiter: _score(start, delimiter))


def _score(start: str, delimiter: str) -> tuple[bool, float, int]:
    try:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
        widths = [len(row) for _, row in zip(range(SAMPLE_ROWS), reader, strict=False) if any(row)]
    except csv.Error:
        return False, 0.0, 0
    if not widths:
        return False, 0.0, 0
    width, rows = Counter(widths).most_common(1)[0]
    # Title rows above a heading have one cell; a comma in texts makes other widths in each row.
    return width > 1, round(rows / len(widths), 1), width
