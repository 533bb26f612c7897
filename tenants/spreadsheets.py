"""Texts in cells of CSV and XLSX files that no spreadsheet program calculates.

A guarded text begins with an apostrophe. Guarding can be undone, so that a file that is exported and imported again
holds what it held.
"""

import unicodedata
from itertools import dropwhile
from typing import Any

from openpyxl.cell import WriteOnlyCell

from tenants.storable import writable_in_xml

GUARD = "'"
# Full-width signs are calculated too: LibreOffice and Excel normalise them as they read a CSV file.
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
CONTROLS = ("\t", "\r", "\n")
MAX_CELL_LENGTH = 32_767
"""Of an XLSX file, in characters, the guard included."""


def starts_as_formula(text: str) -> bool:
    """Tell whether a spreadsheet would take a text for a formula; white space does not hide one."""
    visible = "".join(dropwhile(_is_invisible, text))
    return text.startswith(CONTROLS) or visible.startswith(FORMULA_SIGNS)


def guarded(text: str) -> str:
    """Put an apostrophe before a text that would be taken for a formula, also behind apostrophes of its own."""
    return f"{GUARD}{text}" if starts_as_formula(text.lstrip(GUARD)) else text


def unguarded(text: str) -> str:
    """Take away the apostrophe that `guarded` put before a text."""
    return text[1:] if text.startswith(GUARD) and starts_as_formula(text.lstrip(GUARD)) else text


def text_cell(sheet: Any, text: str) -> Any:
    """Make a cell of a write-only sheet that holds a text as text, guarded, without what XML cannot hold."""
    cell = WriteOnlyCell(sheet, value=guarded(writable_in_xml(text)))
    cell.data_type = "s"
    return cell


def _is_invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}
