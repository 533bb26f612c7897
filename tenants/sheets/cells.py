"""Cells of CSV and XLSX files with texts that spreadsheet programs must not calculate.

A guarded text begins with an apostrophe. The guard can be removed, so that texts survive an export and an import.
"""

import re
import unicodedata
from itertools import dropwhile
from typing import Any

from openpyxl.cell import WriteOnlyCell

from tenants.storable import writable_in_xml

GUARD = "'"
# Full-width signs count too: Excel and LibreOffice normalise them when they read a CSV file.
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
CONTROLS = ("\t", "\r", "\n")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A character that XML cannot hold, as a workbook writes it."""
MAX_CELL_LENGTH = 32_767
"""In characters, of an XLSX cell, including the guard."""


def starts_as_formula(text: str) -> bool:
    """Tell whether a spreadsheet program would read a text as a formula. Leading white space is ignored."""
    visible = "".join(dropwhile(_is_invisible, text))
    return text.startswith(CONTROLS) or visible.startswith(FORMULA_SIGNS)


def guarded(text: str) -> str:
    """Put an apostrophe before a text that would be read as a formula, with or without apostrophes of its own."""
    return f"{GUARD}{text}" if starts_as_formula(text.lstrip(GUARD)) else text


def unguarded(text: str) -> str:
    """Remove the apostrophe that `guarded` put before a text."""
    return text[1:] if text.startswith(GUARD) and starts_as_formula(text.lstrip(GUARD)) else text


def text_cell(sheet: Any, text: str) -> Any:
    """Make a text cell of a write-only sheet, guarded, without characters that XML cannot contain."""
    cell = WriteOnlyCell(sheet, value=guarded(writable_in_xml(text)))
    cell.data_type = "s"
    return cell


def _is_invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}
