"""Texts that a spreadsheet program would calculate."""

from tenants.sheets.cells import FORMULA_SIGNS

PAYLOADS = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("https://example.org")')
HIDES = ("", " ", "\t", "\n", "\r\n", "\u00a0", "\ufeff", "'", "\x00", "\x0b")
ATTACKS = [f"{hide}{start}{payload}" for start in FORMULA_SIGNS for hide in HIDES for payload in PAYLOADS]
