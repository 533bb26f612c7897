"""Frameworks as CSV: UTF-8, with commas, semicolons or tabs; cells that look like formulas are guarded."""

import csv
import io

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.formats.tables import header_of, read_rows, rows_of
from coding.frameworks.tree import CodeNode, Tree
from tenants.spreadsheets import guarded, unguarded

LONGEST_CELL = 1_000_000


def read_csv(content: bytes) -> tuple[CodeNode, ...]:
    """Read a table. Raises UnreadableFramework."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        where = f"row {row}"
        raise UnreadableFramework(
            [ImportIssue(where, "This is not text in UTF-8: save the file as CSV UTF-8")]
        ) from error
    csv.field_size_limit(LONGEST_CELL)
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    try:
        rows = [
            [unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        ]
    except csv.Error as error:
        raise UnreadableFramework([ImportIssue("file", f"This is not a CSV table: {error}")]) from error
    if not rows:
        raise UnreadableFramework([ImportIssue("file", "The file is empty")])
    return read_rows(rows[0], rows[1:])


def write_csv(tree: Tree) -> str:
    """Write a table, with a byte order mark, which spreadsheets need to see UTF-8."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header_of(tree))
    writer.writerows([guarded(cell) for cell in row] for row in rows_of(tree))
    return "\ufeff" + written.getvalue()
