"""Read and write CSV: UTF-8, with commas, semicolons or tabs; cells that look like formulas are guarded."""

import csv
import io
import re

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.tables import header_of, read_rows, rows_of
from coding.frameworks.tree import Tree
from tenants.sheets.cells import guarded, unguarded

SEPARATOR_LINE = re.compile(r'\A"?sep=(.)"?[,;\t]*(\r\n|\r|\n|\Z)', re.IGNORECASE)
"""First line of a file, which Excel reads and does not show."""
DELIMITERS = ",;\t"
MAX_CELL_LENGTH = 1_000_000


def read_csv(content: bytes) -> ImportedFramework:
    """Read a table. Raises UnreadableFramework."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        issue = ImportIssue(f"row {row}", "This is not text in UTF-8: save the file as CSV UTF-8")
        raise UnreadableFramework([issue]) from error
    csv.field_size_limit(MAX_CELL_LENGTH)
    separator = SEPARATOR_LINE.match(text)
    text = text[separator.end() :] if separator else text
    delimiter = separator[1] if separator else max(DELIMITERS, key=text.partition("\n")[0].count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = [[unguarded(cell) for cell in row] for row in reader]
    except (csv.Error, ValueError) as error:
        raise UnreadableFramework([ImportIssue("file", f"This is not a CSV table: {error}")]) from error
    if not rows:
        raise UnreadableFramework([ImportIssue("file", "The file is empty")])
    return ImportedFramework("", read_rows(rows[0], rows[1:]))


def write_csv(tree: Tree) -> str:
    """Write a table, with a byte order mark, which spreadsheets need to see UTF-8."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header_of(tree))
    writer.writerows([guarded(cell) for cell in row] for row in rows_of(tree))
    return "\ufeff" + written.getvalue()
