"""Faults of files that are imported: of a whole file, and of single rows.

Texts of issues have no parameters, so that a stored issue can be shown in the reader's language. They never quote a
cell, because a cell may contain what a community member said.

UnreadableFile   nothing of the file can be imported
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

EMPTY = _("The file is empty.")
NO_HEADINGS = _("The first row holds data, and no headings. Add a row of headings above it.")
NO_ROWS = _("The file has no row below its heading.")
TOO_MANY_ROWS = _("The file has more rows than one import takes. Split it.")
TOO_MANY_COLUMNS = _("The file has more columns than one import takes. Remove the columns that are not needed.")
TOO_LARGE = _("The file is larger than 100 MB. Split it.")
NOT_TEXT = _("This is no text file: it contains characters that no text has. Save it as CSV or XLSX.")
UNKNOWN_ENCODING = _("The encoding of the text cannot be told. Save the file as CSV UTF-8.")
WRONG_ENCODING = _("The text is not in the encoding that was named. Name another one, or save the file as CSV UTF-8.")
QUOTES = _("A quotation mark is not closed, or stands inside a cell without being doubled.")
CELL_TOO_LARGE = _("A cell has more than a million characters.")
HTML = _("This is a web page, not a table, whatever its name says. Open it in a spreadsheet and save it as XLSX.")
OLD_EXCEL = _("This is a workbook of an old Excel (.xls). Save it as XLSX.")
ENCRYPTED = _("This workbook is protected by a password. Save it without one.")
OTHER_WORKBOOK = _("This kind of workbook cannot be read. Save it as XLSX.")
DAMAGED_WORKBOOK = _("This is not a workbook (.xlsx) that can be read.")
UNPACKS_TOO_LARGE = _("The workbook unpacks to more than one import takes.")
PDF = _("This is a PDF. Save the table as CSV or XLSX.")
ARCHIVE = _("This is a compressed archive. Unpack it first.")
NOT_JSON = _("This line is not a JSON object.")
NO_CONTENT_COLUMN = _("No column is mapped to the text of the feedback.")
ORDER_UNKNOWN = _(
    "No value of this column tells whether the day or the month comes first. Choose the order of its dates."
)

NO_HEADING = _("This cell has no heading.")
NOT_A_DATE = _("This is not a date.")
AMBIGUOUS_DATE = _("This date can be read in two ways, and the column has dates of both orders.")
NOT_YES_OR_NO = _("This is neither yes nor no.")
NOT_AN_AGE = _("This is neither an age nor a group of ages.")
NO_CONTENT = _("The text of the feedback is empty.")
FORMULA = _("This is a formula without a stored result. Paste its value.")
CELL_ERROR = _("This is an error of the spreadsheet, such as #N/A.")
ROUNDED_NUMBER = _("Excel has rounded this long number. Write it again as text.")
NOT_A_TEXT = _("This is not a text.")
NOT_AN_OBJECT = _("This is not an object with texts.")


@dataclass(frozen=True)
class RowIssue:
    """A fault of a row. row: as a person counts rows in the sheet; None for the file. column: "" for the whole row."""

    row: int | None
    column: str
    issue: str

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "issue": self.issue}


class UnreadableFile(Exception):
    """Nothing of a file can be imported, and nothing was."""

    def __init__(self, issues: Sequence[RowIssue]) -> None:
        super().__init__()
        self.issues = tuple(issues)


def in_english(issue: str | Promise) -> str:
    """Return the text of an issue as it is stored and sent, whatever the reader's language."""
    with override("en"):
        return str(issue)


def unreadable(issue: str | Promise, *, row: int | None = None, column: str = "") -> UnreadableFile:
    return UnreadableFile([RowIssue(row, column, in_english(issue))])
