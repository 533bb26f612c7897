"""Every reader keeps a thing, or says in a note or in an issue what is lost and where."""

import datetime as dt
import io
import re
import unicodedata
import uuid
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.comments import Comment

from coding.admin.tree_markup import find_by_path, search_codes
from coding.errors import UnreadableFramework
from coding.frameworks.code_fields import read_colour
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.registry import FORMATS, read_file
from coding.frameworks.names import normal_form
from coding.frameworks.services import with_stable_ids_of
from coding.frameworks.tree import CodeNode, written_path
from coding.frameworks.tree import walk as walk_tree
from coding.publishing.lint import lint
from tests.support.framework_files import code_set, codebook_with_sets, workbook

NBSP = "\u00a0"


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_xml(content: bytes, name: str, old: str, new: str) -> bytes:
    """The workbook with a part of its XML changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(written, "w") as target:
        for entry in source.namelist():
            text = source.read(entry)
            if entry == name:
                changed = re.sub(old, new, text.decode())
                assert changed != text.decode()
                text = changed.encode()
            target.writestr(entry, text)
    return written.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def paths(imported: ImportedFramework) -> list[str]:
    return [written_path(placed.names) for placed in walk_tree(imported.tree)]


def refused(name: str, content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(UnreadableFramework) as refusal:
        read_file(name, content)
    return [(issue.where, issue.issue) for issue in refusal.value.issues]


@pytest.mark.parametrize("dimension", ['ref="A1:C3"', 'ref="A1"', 'ref="A1:A7"', 'ref="D1:XFD2"', 'ref="A1:C1048576"'])
def test_a_wrong_dimension_loses_no_row_and_no_column(dimension: str) -> None:
    rows = [["type", "category", "code"], *([f"T{number}", "C", f"N{number}"] for number in range(6))]
    content = with_xml(workbook(*rows), SHEET, r'ref="A1:C7"', dimension)
    assert len(paths(read_file("x.xlsx", content))) == 18


def test_a_sheet_without_a_dimension_is_read_whole() -> None:
    content = with_xml(workbook(["type"], ["A"], ["B"], ["C"]), SHEET, r"<dimension [^>]*/>", "")
    assert paths(read_file("x.xlsx", content)) == ["A", "B", "C"]


CELLS = [
    (7, "000", "007"),
    (7, "General", "7"),
    (1.1, "0.00", "1.10"),
    (12, '"N-"0000', "N-0012"),
    (123456789, "000-00-0000", "123-45-6789"),
    (1234.5, "#,##0.00", "1,234.50"),
    (0.5, "0%", "50%"),
    (-3, "0.0;(0.0)", "(3.0)"),
    (0.1 + 0.2, "General", "0.3"),
    (1e-7, "General", "1E-07"),
    (2.5, "0", "3"),
    (123456789012345, "0", "123456789012345"),
    (1.25, "# ?/?", "1.25"),
    (dt.date(2026, 7, 14), "dd/mm/yyyy", "14/07/2026"),
    (dt.date(2026, 7, 4), "d mmmm yyyy", "4 July 2026"),
    (dt.date(2026, 7, 4), "mm-dd-yy", "2026-07-04"),
    (dt.date(2026, 7, 4), "[$-40C]d mmmm yyyy", "2026-07-04"),
    (dt.datetime(2026, 7, 14, 8, 5), "yyyy-mm-dd hh:mm", "2026-07-14 08:05"),  # noqa: DTZ001 - cells have no zone
    (dt.time(13, 5), "h:mm AM/PM", "1:05 PM"),
    (dt.timedelta(hours=26, minutes=3), "[h]:mm:ss", "26:03:00"),
    (True, "General", "TRUE"),
    (False, "General", "FALSE"),
    ("1.10", "@", "1.10"),
    ("1234567890123456789", "@", "1234567890123456789"),
    ("#N/A", "General", "#N/A"),
    ("TRUE", "@", "TRUE"),
    ("a_x000D_\nb", "@", "a\nb"),
    ("_x0041_", "@", "A"),
    ("_x005F_x0041_", "@", "_x0041_"),
]


@pytest.mark.parametrize(("value", "number_format", "shown"), CELLS)
def test_a_cell_comes_in_as_a_person_sees_it(value: Any, number_format: str, shown: str) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["type", "definition"])
    for column in (1, 2):
        cell = sheet.cell(2, column)
        cell.value = value
        cell.number_format = number_format
        if value == "#N/A":
            cell.data_type = "e"
    [code] = read_file("x.xlsx", saved(book)).tree
    assert (code.name, code.definition) == (shown, shown)


def test_digits_that_other_programs_wrote_are_kept_and_those_that_excel_rounded_are_named() -> None:
    content = workbook(["type", "id"], ["A", 1], ["B", 2])
    exact = with_xml(content, SHEET, r"<v>1</v>", "<v>1234567890123456789</v>")
    assert read_file("x.xlsx", exact).tree[0].id == "1234567890123456789"
    for written in ("1.2345678901234501E+18", "1234567890123450"):
        rounded = with_xml(content, SHEET, r"<v>1</v>", f"<v>{written}</v>")
        [(where, issue)] = refused("x.xlsx", rounded)
        assert where == "row 2"
        assert "B2" in issue


def test_a_date_outside_of_the_calendar_is_an_error_cell_and_no_defect() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["type", "definition"])
    sheet.append(["A", 99_999_999])
    sheet["B2"].number_format = "dd/mm/yyyy"
    assert read_file("x.xlsx", saved(book)).tree[0].definition == "#VALUE!"


def test_other_sheets_and_comments_are_named_and_a_hidden_sheet_is_not_the_first() -> None:
    book = Workbook()
    hidden, shown = book.worksheets[0], book.create_sheet("Codes")
    book.create_sheet("Old")
    hidden.title, hidden.sheet_state = "Lists", "hidden"
    book.active = 1
    shown.append(["type"])
    shown.append(["Water"])
    shown["A2"].comment = Comment("Ask Amina", "Me")
    imported = read_file("x.xlsx", saved(book))
    assert paths(imported) == ["Water"]
    assert imported.notes == ("Only the first sheet was read, not: 'Lists', 'Old'", "Comments on cells were left out")


@pytest.mark.parametrize("text", ["Bell \x07", "_x0041_", "a_x000D_b", "\ufffe", "_x005F_", "Tab\there"])
def test_any_character_comes_back_from_a_workbook(text: str) -> None:
    tree = (CodeNode("A", definition=f"x{text}x"),)
    assert read_file("x.xlsx", FORMATS["xlsx"].write(ImportedFramework("F", tree))).tree == tree


STRAY = [
    ("x.csv", b"type,category\nA,B\nC,D,lost\n", "row 3"),
    ("x.csv", b"type,definition\nA,Waiting, long\n", "row 2"),
    ("x.csv", b"type,,definition\nA,lost,x\n", "row 2"),
    ("x.csv", b"type;id\nA;1;;;lost\n", "row 2"),
    ("x.xlsx", workbook(["type", "id"], ["A", "1", None, "lost"]), "row 2"),
    ("x.xlsx", workbook(["type", None, "id"], ["A", "lost", "1"]), "row 2"),
]


@pytest.mark.parametrize(("name", "content", "where"), STRAY)
def test_a_cell_without_a_heading_is_named(name: str, content: bytes, where: str) -> None:
    [(row, issue)] = refused(name, content)
    assert row == where
    assert "lost" in issue or "long" in issue


def test_empty_cells_beyond_the_header_are_nothing_lost() -> None:
    assert paths(read_file("x.csv", b"type,category\nA,B,,,\nC,,  ,\n")) == ["A", "A > B", "C"]


@pytest.mark.parametrize(
    "content",
    [
        b"sep=;\r\ntype;definition\r\nWater;a, b\r\n",
        b"\xef\xbb\xbfsep=;\ntype;definition\nWater;a, b\n",
        b'"sep=;"\ntype;definition\nWater;a, b\n',
        b"SEP=|\ntype|definition\nWater|a, b\n",
        b"sep=\t\ntype\tdefinition\nWater\ta, b\n",
        b'sep=,\ntype,definition\nWater,"a, b"\n',
        b"type;definition\rWater;a, b\r",
    ],
)
def test_a_line_that_names_the_separator_is_read(content: bytes) -> None:
    [code] = read_file("x.csv", content).tree
    assert (code.name, code.definition) == ("Water", "a, b")


def test_rows_are_numbered_as_a_spreadsheet_shows_them_below_the_separator() -> None:
    assert refused("x.csv", b"sep=;\ntype;sensitive\nA;yes\nB;maybe\n")[0][0] == "row 3"


ALIKE = [
    ("Water", "Water ", f"Water{NBSP}", f"{NBSP}Water", "Water\u200b", "\ufeffWater", "\tWater"),
    ("Été à venir", unicodedata.normalize("NFD", "Été à venir"), f"Été{NBSP}à  venir", "Été\u202fà\u2003venir"),
    ("Qualité", unicodedata.normalize("NFD", "Qualité")),
    ("한국", unicodedata.normalize("NFD", "한국")),
    ("\u0646\u0627\u0626\u0628", unicodedata.normalize("NFD", "\u0646\u0627\u0626\u0628")),
]


@pytest.mark.parametrize("spellings", ALIKE, ids=lambda spellings: spellings[0])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_names_that_look_alike_are_one_code(spellings: tuple[str, ...], ending: str) -> None:
    rows = [["type", "category"], *([name, f"C{number}"] for number, name in enumerate(spellings))]
    content = workbook(*rows) if ending == "xlsx" else "\n".join(f'"{a}","{b}"' for a, b in rows).encode()
    [code] = read_file(f"x.{ending}", content).tree
    assert len(code.children) == len(spellings)


@pytest.mark.parametrize("spellings", ALIKE, ids=lambda spellings: spellings[0])
def test_a_code_keeps_its_stable_id_and_is_found_and_told_by_any_spelling(spellings: tuple[str, ...]) -> None:
    stable_id, row_id = uuid.UUID(int=1), uuid.UUID(int=2)
    before = [CodeNode(spellings[0], stable_id=stable_id, row_id=row_id)]
    for spelling in spellings[1:]:
        [again] = with_stable_ids_of(before, [CodeNode(spelling)])
        assert (again.stable_id, again.name) == (stable_id, spelling)
        assert find_by_path(before, spelling) == row_id
        assert len(search_codes(before, spelling)) == 1
        rules = [finding.rule for finding in lint([CodeNode(spellings[0]), CodeNode(spelling)])]
        assert "duplicate-name" in rules


def test_names_that_differ_for_a_reader_stay_apart() -> None:
    for one, other in [("Water", "water"), ("Été", "Ete"), ("می\u200cخواهم", "میخواهم"), ("A B", "AB")]:
        assert normal_form(one) != normal_form(other)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20))
def test_the_normal_form_is_its_own(name: str) -> None:
    assert normal_form(normal_form(name)) == normal_form(name)


JSON_NOTES = [
    ('{"root_codes": [{"name": "A"}], "version": 3, "author": {"x": 1}}', ("'version', 'author'",)),
    ('{"root_codes": [{"name": "A"}], "types": [{"name": "B"}]}', ("'types'",)),
    ('{"Codes": [{"CodeID": "a", "DisplayText": "A"}], "Name": "N", "SchemeID": "S-1"}', ("'SchemeID'",)),
    ('{"nodes": [{"name": "A"}], "languages": ["en", 7], "description": 5}', ("'description', 'languages'",)),
    ('{"nodes": [{"name": "A"}], "name": "N", "languages": ["en"], "description": "d"}', ()),
]


@pytest.mark.parametrize(("text", "notes"), JSON_NOTES)
def test_what_of_a_json_file_has_no_place_is_named(text: str, notes: tuple[str, ...]) -> None:
    imported = read_file("x.json", text.encode())
    assert imported.notes == tuple(f"These parts of the file were left out: {note}" for note in notes)


def test_what_of_a_json_code_has_no_field_is_kept() -> None:
    text = """{"Codes": [{"CodeID": "a", "DisplayText": "A", "colour": "#00ff00", "color": "mine",
        "description": "d", "code_description": "e", "children": [{"DisplayText": "Below"}], "Shortcut": "w"}]}"""
    [code] = read_file("x.json", text.encode()).tree
    assert (code.colour, code.definition) == ("#00ff00", "d")
    assert code.extra == {
        "color": "mine",
        "code_description": "e",
        "children": [{"DisplayText": "Below"}],
        "Shortcut": "w",
    }


@pytest.mark.parametrize(
    ("text", "where", "issue"),
    [
        ('{"nodes": [{"name": "A", "name": "B"}]}', "file", "'name' is there twice"),
        ('{"nodes": [{"name": "A"}], "nodes": [{"name": "B"}]}', "file", "'nodes' is there twice"),
        ('{"nodes": [{"name": "A", "extra": "x"}]}', "nodes.0.extra", "dictionary"),
        ('{"nodes": [{"name": "A", "x": 1, "extra": {"x": 2}}]}', "nodes.0.x", "twice"),
    ],
)
def test_what_a_json_file_says_twice_is_named(text: str, where: str, issue: str) -> None:
    [(found, said)] = refused("x.json", text.encode())
    assert found == where
    assert issue in said


def test_a_column_and_a_key_of_extra_do_not_overwrite_each_other() -> None:
    [(where, issue)] = refused("x.csv", b'type,Notes,extra\nA,mine,"{""Notes"": ""theirs""}"\n')
    assert where == "row 2"
    assert "Notes" in issue


def test_two_columns_of_one_level_are_refused() -> None:
    assert refused("x.csv", b"type,level 1,category\nA,B,C\n")[0][0] == "row 1"


COLOURS = [
    ("#1A2b3C", "#1A2b3C"),
    ("1a2b3c", "#1a2b3c"),
    ("#abc", "#aabbcc"),
    ("0xFF0000", "#ff0000"),
    ("rgb(255, 0, 16)", "#ff0010"),
    ("255,0,16", "#ff0010"),
    ("Red", "#ff0000"),
    (" navy ", "#000080"),
    ("", ""),
    ("  ", ""),
]


@pytest.mark.parametrize(("written", "read"), COLOURS)
@pytest.mark.parametrize("ending", ["qdc", "csv", "json"])
def test_a_colour_is_read_in_any_common_notation(written: str, read: str, ending: str) -> None:
    files = {
        "qdc": codebook_with_sets().decode().replace('name="A"', f'name="A" color="{written}"'),
        "csv": f'type,colour\nA,"{written}"\n',
        "json": f'{{"root_codes": [{{"name": "A", "color": "{written}"}}]}}',
    }
    imported = read_file(f"x.{ending}", files[ending].encode())
    assert (imported.tree[0].colour, imported.notes) == (read, ())


@pytest.mark.parametrize("written", ["rgb(256,0,0)", "#12345", "#11223344", "periwinkle", "hsl(1,2,3)"])
def test_a_colour_that_is_not_known_is_named(written: str) -> None:
    assert read_colour(written) == written
    book = codebook_with_sets().decode().replace('name="B"', f'name="B" color="{written}"')
    imported = read_file("x.qdc", book.encode())
    assert imported.tree[1].colour == ""
    assert imported.notes == (f"Colours that are not known were left out: '{written} (B)'",)


def codebook(codes: str) -> bytes:
    return f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{codes}</Codes></CodeBook>'.encode()


def code(number: int, name: str, attributes: str = "", children: str = "") -> str:
    return f'<Code guid="{uuid.UUID(int=number)}" name="{name}" {attributes}>{children}</Code>'


def test_whether_a_code_can_be_assigned_comes_back_and_is_named_where_the_platform_differs() -> None:
    book = codebook(
        code(1, "Water", 'isCodable="true"', code(2, "Queue", 'isCodable="true"'))
        + code(3, "Health", 'isCodable="false"', code(4, "Later", 'isCodable="0"'))
        + code(5, "Food", "", code(6, "Rice"))
    )
    imported = read_file("x.qdc", book)
    assert imported.notes == ("Only codes without codes under them are offered for coding here, so not: 'Water'",)
    for ending, file_format in FORMATS.items():
        again = read_file(f"x.{ending}", file_format.write(imported))
        written = FORMATS["qdc"].write(again).decode()
        codable = dict(re.findall(r'name="(\w+)" isCodable="(\w+)"', written))
        assert codable == {
            "Water": "true",
            "Queue": "true",
            "Health": "false",
            "Later": "false",
            "Food": "false",
            "Rice": "true",
        }
        assert "qdc_is_codable" not in written


def test_parts_of_a_codebook_that_are_not_known_are_named() -> None:
    note = '<NoteRef targetGUID="x"/>'
    book = codebook(code(1, "Water", 'weight="3"', note)).decode()
    book = book.replace("<Codes>", "<Users/><Codes>").replace("</Codes>", "<Link/></Codes>")
    imported = read_file("x.qdc", book.encode())
    assert imported.notes == (
        "Parts of the codebook that are not known were left out: '<Users>', '<Link>', '<NoteRef>', 'weight'",
    )
    assert (
        read_file("x.qdc", codebook_with_sets(code_set(str(uuid.UUID(int=9)), "S", str(uuid.UUID(int=1))))).notes == ()
    )
