"""Files of coding frameworks: complete, with sets of codes, and hostile."""

import io
import uuid
import zipfile
from typing import Any

from openpyxl import Workbook

from coding.frameworks.formats.qdc import NAMESPACES
from coding.frameworks.formats.registry import MAX_FILE_BYTES
from coding.frameworks.tree import CodeNode

FULL = (
    CodeNode(
        "=Water",
        id="+1",
        definition="Line one\nline two\n\nqfa: not JSON",
        include="'=quoted",
        exclude="-1",
        examples=("@home", "two\nlines", " spaces "),
        counter_examples=("[1]",),
        aliases=("eau", "ماء"),
        labels={"fr": "Eau", "ar": "ماء"},
        definitions={"fr": "L'eau"},
        sensitive=True,
        colour="#0a0B0c",
        owner='O"Neil, WASH; all',
        is_retired=True,
        replaced_by=(uuid.UUID(int=7),),
        extra={"NumericValue": 3, "nested": {"a": [1, None]}},
        children=(
            CodeNode("Same"),
            CodeNode("Same", id="x", children=(CodeNode("<Deep>", children=(CodeNode("&"),)),)),
        ),
    ),
    CodeNode("Health"),
)


ONE, TWO, THREE, SET, EMPTY = (str(uuid.UUID(int=number)) for number in range(1, 6))


def codebook_with_sets(*sets: str) -> bytes:
    codes = "".join(f'<Code guid="{guid}" name="{name}"/>' for guid, name in ((ONE, "A"), (TWO, "B"), (THREE, "C")))
    return f'<CodeBook xmlns="{NAMESPACES[0]}"><Codes>{codes}</Codes><Sets>{"".join(sets)}</Sets></CodeBook>'.encode()


def code_set(guid: str, name: str, *members: str, description: str = "") -> str:
    listed = "".join(f'<MemberCode targetGUID="{{{each.upper()}}}"/>' for each in members)
    described = f"<Description>{description}</Description>" if description else ""
    return f'<Set guid="{guid}" name="{name}">{described}{listed}</Set>'


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code guid="x" name="&b;"/></Codes></CodeBook>"""
EXTERNAL = BOMB.replace(b'"aaaaaaaaaa"', b'SYSTEM "file:///etc/passwd"')
TWINS = b"""<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code guid="no" name=""/></Codes></CodeBook>"""


HOSTILE = [
    ("x.xlsx", workbook(["type"], ['=HYPERLINK("http://x")'], ["ok"], ["=1"]), "row 2"),
    ("x.xlsx", b"not a zip", "file"),
    ("x.xlsx", zipped("a", b"0" * 60_000_000), "file"),
    ("x.xlsx", zipped("[Content_Types].xml", BOMB), "file"),
    ("x.xlsx", workbook(), "file"),
    ("x.qdc", BOMB, "file"),
    ("x.qdc", EXTERNAL, "file"),
    ("x.qdc", TWINS, "Code 1"),
    ("x.qdc", b"<CodeBook/>", "file"),
    ("x.qdc", codebook_with_sets(code_set("no", "x", ONE)), "Set 1"),
    ("x.qdc", codebook_with_sets(code_set(SET, "x", ONE), code_set(SET, "y", TWO)), "Set 2"),
    ("x.qdc", codebook_with_sets(code_set(SET, "x" * 256, ONE)), "Set 1"),
    ("x.qdc", b'<?xml version="1.0" encoding="no-such"?><a/>', "file"),
    ("x.csv", "type\nEau\nÉcole".encode("latin-1"), "row 3"),
    ("x.csv", "type\nEau".encode("utf-16"), "row 1"),
    ("x.csv", b"type,category,code\nA,,C\n,,\n,B,\n", "row 2"),
    ("x.csv", b"type,category\nA,B\nA,B\n", "row 3"),
    ("x.csv", b"name,id\nA,1\n", "row 1"),
    ("x.csv", b"type,type\nA,1\n", "row 1"),
    ("x.csv", b"type,sensitive\nA,maybe\n", "row 2"),
    ("x.csv", b"type,stable_id\nA,17\n", "row 2"),
    ("x.csv", b'type\n"A', "file"),
    ("x.csv", b"", "file"),
    ("x.csv", b"type\n", "file"),
    ("x.json", b"{", "file"),
    ("x.json", b"[]", "file"),
    ("x.json", b"\xff\xfe", "file"),
    ("x.json", b'{"root_codes": [{"id": "a"}]}', "root_codes.0.name"),
    ("x.json", b'{"types": [{"name": "A", "categories": 1}]}', "types.0.categories"),
    ("x.json", b'{"root_codes": [{"name": "A", "id": "a", "examples": "one"}]}', "root_codes.0.examples"),
    ("x.json", b'{"root_codes": [{"name": "A", "stable_id": "x"}]}', "root_codes.0.stable_id"),
    ("x.json", b'{"root_codes": [{"name": "A", "replaced_by": ["x"]}]}', "root_codes.0.replaced_by"),
    ("x.json", b"[" * 100_000, "file"),
    ("x.json", b'{"root_codes": [{"id": "a", "name": "A", "extra": {"n": NaN}}]}', "file"),
    ("x.json", b'{"root_codes": [{"id": "a", "name": "A", "extra": {"n": 1e999}}]}', "file"),
    ("x.json", b'{"root_codes": [{"id": "a", "name": "A", "extra": {"n": ' + b"9" * 5000 + b"}}]}", "file"),
    ("x.csv", b'type,extra\nA,"{""n"": -Infinity}"\n', "row 2"),
    ("x.csv", b",".join(b"column%d" % number for number in range(50_000)) + b"\nA\n", "row 1"),
    ("x.json", b" " * (MAX_FILE_BYTES + 1), "file"),
    ("x.exe", b"", "file"),
]  # fmt: skip
