"""Reading files: cells come in as people see them, nothing is lost silently, and hostile files are refused."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from feedback.imports.building import BuiltRow, RecordBuilder
from feedback.imports.dates import DateOrder, UnreadableDate, order_told_by, read_date
from feedback.imports.errors import UnreadableFile
from feedback.imports.mapping import ColumnMapping, guess_mapping, with_orders
from feedback.imports.readers.files import ReadingOptions, open_table
from feedback.imports.readers.tables import Table
from feedback.imports.values import read_age_band, read_flag
from tenants.sheets.streamed_workbook import stream_workbook
from tenants.storable import is_storable

MOMENT = datetime(2026, 7, 14, 9, 30)  # noqa: DTZ001 - a workbook has no time zone
SHEET = "xl/worksheets/sheet1.xml"


def table_of(content: bytes | str, **options: str) -> Table:
    return open_table(io.BytesIO(content.encode() if isinstance(content, str) else content), ReadingOptions(**options))


def rows_of(table: Table) -> list[list[Any]]:
    return [list(cells) for _, cells in table.rows()]


def built(table: Table) -> list[BuiltRow]:
    mapping, untold = with_orders(guess_mapping(table), table)
    assert not untold
    return list(RecordBuilder(table, mapping).rows(table.rows()))


def workbook(*rows: list[Any], change: Callable[[Any], None] | None = None) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_part(content: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """A workbook with one part changed by hand."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            part = old.read(member)
            new.writestr(member.filename, change(part.decode()) if member.filename == name else part)
    return written.getvalue()


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_delimiters_and_encodings_are_found_out_and_told(delimiter: str, encoding: str) -> None:
    lines = [
        ["id", "commentaire"],
        *[[str(n), "L’école n’a plus d’eau depuis février, c’est très grave"] for n in range(9)],
    ]
    table = table_of("\r\n".join(delimiter.join(line) for line in lines).replace(", c", " c").encode(encoding))
    assert table.header == ("id", "commentaire")
    assert rows_of(table)[0] == ["0", "L’école n’a plus d’eau depuis février c’est très grave"]
    assert encoding.removesuffix("-le").replace("-sig", "") in table.notes[0]


def test_arabic_of_an_old_windows_is_read() -> None:
    text = "الرقم,التعليق\n" + "".join(f"{n},نحتاج إلى الماء والغذاء في المخيم منذ أسبوع\n" for n in range(9))
    table = table_of(text.encode("cp1256"))
    assert rows_of(table)[0][1] == "نحتاج إلى الماء والغذاء في المخيم منذ أسبوع"
    assert guess_mapping(table).fields == {"الرقم": "id", "التعليق": "content"}


def test_a_separator_line_titles_and_empty_rows_keep_the_numbers_of_the_sheet() -> None:
    table = table_of("sep=;\nFeedback log\n\nid;text\n\n1;a\n2;b\n")
    assert [(number, list(cells)) for number, cells in table.rows()] == [(5, ["1", "a"]), (6, ["2", "b"])]
    assert any("above the heading" in note for note in table.notes)


def test_hxl_tags_name_the_columns() -> None:
    for text in (
        "A,B,C\n#meta+id,#description,#adm1+name\n1,x,North\n",
        "#meta+id,#description,#adm1+name\n1,x,North\n",
    ):
        table = table_of(text)
        assert list(guess_mapping(table).fields.values()) == ["id", "content", "admin1"]
        assert rows_of(table) == [["1", "x", "North"]]


def test_a_cell_beyond_the_heading_and_a_faulty_cell_are_named() -> None:
    rows = built(table_of("id,text,consent\n1,a,yes\n2,b,no,moved\n3,c,perhaps\n"))
    assert [[(issue.row, issue.column) for issue in row.issues] for row in rows] == [
        [],
        [(3, "Column D")],
        [(4, "consent")],
    ]


def test_names_and_numbers_are_left_out_unless_somebody_maps_them() -> None:
    table = table_of("id,text,Name,Phone number,Shoe size\n1,a,Ann,1,41\n")
    fields = guess_mapping(table).fields
    assert (fields["Name"], fields["Phone number"], fields["Shoe size"]) == ("", "", "extra")


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Date de collecte", "collected_at"),
        ("Commentaires", "content"),
        ("Fecha", "collected_at"),
        ("Descripción", "content"),
        ("Género", "sex"),
        ("Descrição", "content"),
        ("المحافظة", "admin1"),
        ("الملاحظات", "content"),
        ("feedbackFormID", "id"),
        ("codingLevel1Name", "coding_level_1"),
        ("group_a/feedback", "content"),
    ],
)
def test_headings_of_five_languages_and_of_programs_are_known(heading: str, field: str) -> None:
    assert guess_mapping(table_of(f"{heading},zzz\na,b\n")).fields[heading] == field


def test_answers_of_a_multiple_choice_become_one_value() -> None:
    table = table_of(
        "_uuid,_index,main/text,main/topics/water,main/topics/food\nu1,1,long text here,1,1\nu2,2,other text here,0,1\n"
    )
    records = [row.record for row in built(table)]
    assert [record["extra"] for record in records if record] == [
        {"main/topics": "water; food"},
        {"main/topics": "food"},
    ]


# XLSX


def test_cells_come_in_as_they_are_seen() -> None:
    def formats(sheet: Any) -> None:
        sheet["C2"].number_format, sheet["D2"].number_format = "000", "0.00"

    table = table_of(
        workbook(
            ["id", "text", "a", "b", "c", "d", "e", "f"],
            ["1234567890123456789", "x", 7, 1.1, True, date(2026, 7, 14), MOMENT, "'=1+1"],
            change=formats,
        )
    )
    assert rows_of(table) == [
        ["1234567890123456789", "x", "007", "1.10", "TRUE", "2026-07-14", "2026-07-14 09:30:00", "=1+1"]
    ]


def test_errors_rounded_ids_and_formulas_without_result_are_faults_of_their_row() -> None:
    content = workbook(["id", "text"], ["1", "#N/A"], [1234567890123456789, "x"], ["3", "=A1"], ["4", "good"])
    content = with_part(content, SHEET, lambda xml: xml.replace("1234567890123456789", "1.23456789012346E+18"))
    content = with_part(content, SHEET, lambda xml: xml)
    rows = built(table_of(content))
    assert [bool(row.issues) for row in rows] == [True, True, True, False]
    assert [row.number for row in rows] == [2, 3, 4, 5]


def test_a_wrong_dimension_hides_nothing() -> None:
    content = workbook(["id", "text"], ["1", "a"], ["2", "b"])
    for declared in ("A1", "A1:XFD1048576"):
        changed = with_part(content, SHEET, lambda xml, ref=declared: xml.replace("A1:B3", ref))  # type: ignore[misc]
        assert len(rows_of(table_of(changed))) == 2


def test_other_sheets_are_told() -> None:
    def more(sheet: Any) -> None:
        sheet.parent.create_sheet("Codes").append(["x"])

    assert any("Codes" in note for note in table_of(workbook(["id", "text"], ["1", "a"], change=more)).notes)


def test_a_streamed_workbook_is_read_again() -> None:
    cells = [["id", "text"], ["1", "=1+1\r\n<&>_x000D_\x01 'x"], ["2", "  "]]
    assert rows_of(table_of(b"".join(stream_workbook("S", cells)))) == cells[1:]


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr(SHEET, b" " * 50_000_000)
    return written.getvalue()


GOOD = workbook(["id", "text"], ["1", "a"])
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
HOSTILE: dict[str, tuple[bytes, str]] = {
    "bomb": (bomb(), "unpacks"),
    "entities": (with_part(GOOD, SHEET, lambda xml: f"{ENTITIES}{xml}"), "workbook"),
    "entities in the list of sheets": (with_part(GOOD, "xl/workbook.xml", lambda xml: f"{ENTITIES}{xml}"), "workbook"),
    "cut off": (GOOD[: len(GOOD) // 2], "workbook"),
    "far column": (with_part(GOOD, SHEET, lambda xml: xml.replace('r="B2"', 'r="XFD2"')), "columns"),
    "password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
    "a text that is not in the list of texts": (
        with_part(GOOD, SHEET, lambda xml: xml.replace('t="inlineStr"><is><t>a</t></is>', 't="s"><v>-1</v>')),
        "workbook",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_with_its_reason(name: str) -> None:
    content, expected = HOSTILE[name]
    with pytest.raises(UnreadableFile) as refused:
        rows_of(table_of(content))
    assert expected in refused.value.issues[0].issue


# Values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01T09:30:00.123+03:00", "2026-07-01T09:30:00.123+03:00"),
        ("3 de marzo de 2026", "2026-03-03"),
        ("1er juillet 2026", "2026-07-01"),
        ("Monday, 3 March 2026 2:30 PM", "2026-03-03T14:30:00"),
        ("٠١/٠٧/٢٠٢٦", "2026-07-01"),
        ("3 كانون الثاني 2026", "2026-01-03"),
        ("45000.5", "2023-03-15T12:00:00"),
        ("07/13/26", "2026-07-13"),
        ("1/7/2026", "2026-07-01"),
    ],
)
def test_dates_of_many_notations_are_read(text: str, expected: str) -> None:
    assert read_date(text, DateOrder.DAY_FIRST) == expected


@pytest.mark.parametrize("text", ["31/02/2026", "soon", "2026", "26-07-01", "99999", "12:30", "2026-13-01"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDate):
        read_date(text, DateOrder.DAY_FIRST)


def test_the_order_of_a_column_is_decided_by_its_values_and_never_by_a_row() -> None:
    assert order_told_by("13/07/2026") is DateOrder.DAY_FIRST
    day_first = table_of("id,date,text\n1,03/04/2026,a\n2,25/12/2026,b\n")
    mapping, untold = with_orders(guess_mapping(day_first), day_first)
    assert (mapping.orders, untold) == ({"date": DateOrder.DAY_FIRST}, [])
    open_order = table_of("id,date,text\n1,03/04/2026,a\n")
    assert with_orders(guess_mapping(open_order), open_order)[1] == ["date"]
    mixed = table_of("id,date,text\n1,03/04/2026,a\n2,25/12/2026,b\n3,12/25/2026,c\n")
    assert [bool(row.issues) for row in built(mixed)] == [True, False, False]


def test_yes_no_and_ages() -> None:
    assert [read_flag(word) for word in ("Sí", "نعم", "Oui", "não", "FALSE", "n/a")] == [
        *(True, True, True),
        *(False, False, None),
    ]
    assert [read_age_band(text) for text in ("34", "7 ans", "18-25", "90")] == ["30-39", "6-11", "18-25", "80+"]


def test_an_exact_age_is_stored_only_as_a_band() -> None:
    table = table_of("id,text,Age\n1,a,34\n")
    mapping = ColumnMapping({"id": "id", "text": "content", "Age": "age_band"})
    record = RecordBuilder(table, mapping).build(2, rows_of(table)[0]).record
    assert record is not None
    assert (record["age_band"], record.get("extra")) == ("30-39", None)


@pytest.mark.parametrize("encoding", ["bz2", "zip", "unicode_escape", "idna", "undefined", "no such", "utf-16"])
def test_a_wrong_encoding_is_told(encoding: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        table_of("id,text\n1,a", encoding=encoding)
    assert "encoding" in refused.value.issues[0].issue


def test_headings_can_be_stored() -> None:
    lines = table_of('{"id": "1", "text": "a", "x\\u0000\\ud800": "b"}\n')
    book = with_part(
        workbook(["id", "text", "odd"], ["1", "a", "b"]), SHEET, lambda xml: xml.replace("odd", "o_x0000_d")
    )
    for table in (lines, table_of(book)):
        assert is_storable(list(table.header))
        assert [row.issues for row in built(table)] == [()]


def test_data_without_headings_is_refused() -> None:
    with pytest.raises(UnreadableFile) as refused:
        table_of("1,2026-01-01,The water is dirty\n2,2026-01-02,Thank you\n")
    assert "headings" in refused.value.issues[0].issue
