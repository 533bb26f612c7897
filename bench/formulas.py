"""Count the live formulas that LibreOffice sees in exports of hostile names: `python -m bench.formulas`.

The same text is also written unguarded in the same run: if that has no live formula either, the count proves nothing.
Skipped where LibreOffice is not installed (Debian: libreoffice-calc-nogui).
"""

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import django
from openpyxl import Workbook

FILTERS = {"csv": "CSV:44,34,76", "xlsx": "Calc MS Excel 2007 XML"}
TIMEOUT_SECONDS = 120


def main() -> None:
    if shutil.which("soffice") is None:
        sys.exit("Skipped: LibreOffice is not installed.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
    django.setup()
    from tests.support.spreadsheet_attacks import ATTACKS  # noqa: PLC0415 (needs Django)
    from usage.reports.exports import as_csv, as_xlsx  # noqa: PLC0415

    rows = [[attack] for attack in ATTACKS]
    files = {
        ("csv", "guarded"): as_csv(rows),
        ("csv", "as it is"): _plain_csv(rows),
        ("xlsx", "guarded"): as_xlsx(rows),
        ("xlsx", "as it is"): _plain_xlsx(rows),
    }
    print(f"{len(rows)} hostile cells")
    for (kind, how), content in files.items():
        print(f"{kind:5} {how:9} {live_formulas(content, kind):4} live formulas")


def live_formulas(content: bytes, kind: str) -> int:
    """Open a file in LibreOffice and count the cells that it calculates."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / f"export.{kind}"
        source.write_bytes(content)
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{directory}/profile"]
        command += [f"--infilter={FILTERS[kind]}", "--convert-to", "fods", "--outdir", directory, str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
        return source.with_suffix(".fods").read_text(encoding="utf-8").count("table:formula=")


def _plain_csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _plain_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """As openpyxl writes it by default: a text that begins with = is a formula."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([cell.translate(dict.fromkeys([0, 11])) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


if __name__ == "__main__":
    main()
