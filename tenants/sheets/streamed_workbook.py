"""Write a workbook (XLSX) with one sheet of texts as a stream: nothing but the current rows is in memory.

openpyxl writes a sheet into a file first, and takes 20 microseconds for a cell.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

from tenants.sheets.cells import ESCAPED, guarded
from tenants.storable import NOT_IN_XML

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_PER_PIECE = 200
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


class _Drain(io.RawIOBase):
    """A file that cannot be read back, whose bytes are taken as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def stream_workbook(title: str, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield the bytes of a workbook. Texts are guarded, and no cell is a formula."""
    drain = _Drain()
    moment = datetime.now(UTC).timetuple()[:6]
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, xml in (_PARTS | {"xl/workbook.xml": _workbook(title)}).items():
            archive.writestr(zipfile.ZipInfo(name, moment), _XML + xml, zipfile.ZIP_DEFLATED)
        sheet = zipfile.ZipInfo("xl/worksheets/sheet1.xml", moment)
        sheet.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(sheet, "w", force_zip64=True) as part:
            part.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for number, cells in enumerate(rows, start=1):
                part.write(_row(number, cells).encode())
                if number % ROWS_PER_PIECE == 0 and (piece := drain.take()):
                    yield piece
            part.write(b"</sheetData></worksheet>")
    yield drain.take()


def _workbook(title: str) -> str:
    sheet = f'<sheet name="{escape(title)}" sheetId="1" r:id="rId1"/>'
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheet}</sheets></workbook>'


def _row(number: int, cells: Sequence[str]) -> str:
    written = (_cell(f"{get_column_letter(place)}{number}", cell) for place, cell in enumerate(cells, 1) if cell)
    return f'<row r="{number}">{"".join(written)}</row>'


def _cell(reference: str, cell: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{_text(cell)}</t></is></c>'


def _text(cell: str) -> str:
    """Return a guarded text for XML. What XML cannot hold, and a carriage return, is written as `_x000D_`."""
    text = guarded(cell)
    literal = ESCAPED.sub(lambda match: f"_x005F{match[0]}", text) if "_x" in text else text
    literal = NOT_IN_XML.sub(_as_escape, literal).replace("\r", "_x000D_")
    return escape(literal)


def _as_escape(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_"
