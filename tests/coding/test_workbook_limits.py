"""Workbooks that would cost much are refused before work, with the limit that they exceed."""

import io
import random
import time
import zipfile
from collections.abc import Mapping

import pytest
from openpyxl import Workbook

from coding.errors import UnreadableFramework
from coding.frameworks.formats.registry import MAX_FILE_BYTES, read_file
from coding.frameworks.formats.xlsx_table import MAX_CELLS, read_workbook
from coding.frameworks.tree import MAX_CODES

MEBIBYTE = 1024 * 1024
HEADER = ["type", "category", "code"]
SHEET = "xl/worksheets/sheet1.xml"
ROWS = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def workbook(*rows: list[str], parts: Mapping[str, bytes] | None = None, is_stored: bool = False) -> bytes:
    """Return a workbook. parts: replaced or added, by name. is_stored: without compression."""
    book = Workbook()
    for row in [HEADER, *rows]:
        book.worksheets[0].append(row)
    written = io.BytesIO()
    book.save(written)
    if not parts:
        return written.getvalue()
    changed = io.BytesIO()
    method = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(changed, "w", method) as after:
        for name in {*before.namelist(), *parts}:
            after.writestr(name, parts[name] if name in parts else before.read(name))
    return changed.getvalue()


def numbers(rows: int, *, per_row: int) -> bytes:
    """Return a sheet of numbers, which are packed no more tightly than those of people."""
    chosen = random.Random(1)
    return ROWS.format(
        "".join(
            "<row>" + "".join(f"<c><v>{chosen.randrange(10**6)}</v></c>" for _ in range(per_row)) + "</row>"
            for _ in range(rows)
        )
    ).encode()


def issue_of(content: bytes) -> tuple[str, str]:
    with pytest.raises(UnreadableFramework) as caught:
        read_workbook(content)
    (issue,) = caught.value.issues
    return issue.where, issue.issue


def test_a_workbook_within_the_limits_is_read() -> None:
    tree = read_workbook(workbook(["Water", "Supply", "Queue"], parts={"xl/media/photo.png": b"x" * MEBIBYTE})).tree
    assert tree[0].children[0].children[0].name == "Queue"


def test_a_file_over_the_limit_is_not_opened() -> None:
    with pytest.raises(UnreadableFramework, match="larger than 5 MB"):
        read_file("codes.xlsx", b"x" * (MAX_FILE_BYTES + 1))


def test_a_part_that_is_packed_too_tightly_is_not_unpacked() -> None:
    bomb = workbook(parts={"xl/worksheets/sheet9.xml": b" " * 20 * MEBIBYTE})
    assert len(bomb) < 100_000
    assert issue_of(bomb) == ("file", "A part of the workbook unpacks to more than 200 times its size")


def test_a_workbook_that_unpacks_to_much_is_not_unpacked() -> None:
    parts = {f"xl/worksheets/sheet{number}.xml": b" " * MEBIBYTE for number in range(2, 60)}
    assert issue_of(workbook(parts=parts)) == ("file", "The workbook unpacks to more than 50 MB")


@pytest.mark.parametrize(
    ("part", "megabytes", "limit"), [("xl/styles.xml", 6, 5), ("xl/sharedStrings.xml", 21, 20), ("xl/odd.xml", 6, 5)]
)
def test_a_part_that_is_read_at_once_is_small(part: str, megabytes: int, limit: int) -> None:
    large = workbook(parts={part: b" " * megabytes * MEBIBYTE}, is_stored=True)
    assert issue_of(large) == ("file", f"A part of the workbook is larger than {limit} MB")


def test_a_workbook_of_many_parts_is_refused() -> None:
    parts = {f"xl/media/{number}.png": b"" for number in range(2001)}
    assert issue_of(workbook(parts=parts)) == ("file", "The workbook has more than 2000 parts")


def test_more_rows_than_codes_are_refused() -> None:
    where, issue = issue_of(workbook(parts={SHEET: numbers(MAX_CODES + 5, per_row=1)}))
    assert (where, issue) == (f"row {MAX_CODES + 2}", f"The sheet has more than {MAX_CODES} rows")


def test_more_columns_than_a_table_takes_are_refused() -> None:
    where, issue = issue_of(workbook(["x"] * 301))
    assert (where, issue) == ("row 2", "The sheet has more than 300 columns")


@pytest.mark.slow
def test_more_than_half_a_million_cells_are_refused_in_seconds() -> None:
    started = time.process_time()
    where, issue = issue_of(workbook(parts={SHEET: numbers(1_800, per_row=300)}))
    assert issue == f"The sheet has more than {MAX_CELLS} cells, empty ones included"
    assert where == "row 1667"
    assert time.process_time() - started < 20


def test_a_cell_at_the_far_end_of_each_row_counts_for_the_row() -> None:
    far = "".join(f'<row r="{number}"><c r="XFD{number}"/></row>' for number in range(1, 20_000)).encode()
    _, issue = issue_of(workbook(parts={SHEET: ROWS.format(far.decode()).encode()}))
    assert issue == f"The sheet has more than {MAX_CELLS} cells, empty ones included"
