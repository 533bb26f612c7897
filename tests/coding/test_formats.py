"""Frameworks go through every format and come back equal; hostile files get a clear error."""

import time
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coding.errors import UnreadableFramework
from coding.frameworks.formats.csv_table import write_csv
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.qdc import NAMESPACES
from coding.frameworks.formats.registry import FORMATS, read_file
from coding.frameworks.hashes import content_hash
from coding.frameworks.tree import CodeNode, walk
from coding.frameworks.validation import refuse_bad_tree
from tests.support.framework_files import EMPTY, FULL, HOSTILE, ONE, SET, THREE, code_set, codebook_with_sets

REPOSITORY = Path(__file__).resolve().parents[2]
TREES = REPOSITORY.parent / "shared" / "data" / "coding_framework_trees"
SHIPPED = REPOSITORY / "coding" / "demo" / "framework.json"
FILES = [SHIPPED, *sorted(TREES.glob("*.json"))]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_tree_comes_back_equal(file: Path, ending: str) -> None:
    original = read_file(file.name, file.read_bytes())
    refuse_bad_tree(original.tree)
    again = read_file(f"x.{ending}", FORMATS[ending].write(original))
    assert content_hash(again.tree) == content_hash(original.tree)
    assert again.tree == original.tree


@pytest.mark.skipif(not TREES.exists(), reason="the shared data is not here")
def test_the_red_cross_framework_is_read_whole() -> None:
    tree = read_file("x.json", (TREES / "ifrc_covid19.dev.json").read_bytes()).tree
    assert [sum(placed.level == level for placed in walk(tree)) for level in (1, 2, 3)] == [5, 52, 154]
    bilingual = read_file("x.json", (TREES / "iati_dac_sectors_en_fr.json").read_bytes()).tree
    assert bilingual[0].labels["fr"] == "Education, Niveau non spécifié"


@pytest.mark.parametrize("ending", FORMATS)
def test_all_that_a_code_can_say_comes_back(ending: str) -> None:
    assert read_file(f"x.{ending}", FORMATS[ending].write(ImportedFramework("F", FULL))).tree == FULL


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=12)
NAMES = TEXT.filter(lambda text: bool(text.strip()) and text == text.strip())
NODES = st.recursive(
    st.builds(CodeNode, NAMES, definition=TEXT, examples=st.lists(TEXT, max_size=2).map(tuple)),
    lambda children: st.builds(
        CodeNode,
        NAMES,
        include=TEXT,
        children=st.lists(children, min_size=1, max_size=3, unique_by=lambda node: node.name).map(tuple),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(NODES, min_size=1, max_size=3, unique_by=lambda node: node.name).map(tuple), st.sampled_from(list(FORMATS))
)
def test_any_tree_comes_back_equal(tree: tuple[CodeNode, ...], ending: str) -> None:
    assert read_file(f"x.{ending}", FORMATS[ending].write(ImportedFramework("F", tree))).tree == tree


def test_stable_ids_are_kept(tmp_path: Path) -> None:
    stable_id = uuid.uuid4()
    for ending, written in FORMATS.items():
        [node] = read_file(
            f"x.{ending}", written.write(ImportedFramework("F", (CodeNode("A", stable_id=stable_id),)))
        ).tree
        assert node.stable_id == stable_id


def test_a_table_of_leaves_makes_its_branches_and_takes_spreadsheet_habits() -> None:
    header = "Type;Category;Code;Code ID;Description;Notes"
    table = f"{header}\nWater;Supply;Queue;q1;Waiting;mine\nHealth;;;;;\nWater;Supply;Pump;;;\n"
    water, health = read_file("x.csv", table.encode()).tree
    assert [child.name for child in water.children[0].children] == ["Queue", "Pump"]
    queue = water.children[0].children[0]
    assert (queue.id, queue.definition, queue.extra, health.name) == ("q1", "Waiting", {"Notes": "mine"}, "Health")


def test_a_csv_export_holds_no_formula() -> None:
    cells = write_csv((CodeNode("=1+1", definition="@SUM(A1)"),))
    assert "'=1+1" in cells
    assert "'@SUM(A1)" in cells


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_codebooks_of_other_programs_are_read(namespace: str) -> None:
    guid = str(uuid.uuid4())
    book = f"""<?xml version="1.0"?><CodeBook xmlns="{namespace}" origin="Other"><Codes>
      <Code guid="{{{guid.upper()}}}" name="Water" color="#00ff00"><Description>About water</Description>
        <Code guid="{uuid.uuid4()}" name="Queue" isCodable="true"/></Code></Codes><Sets/></CodeBook>"""
    [water] = read_file("x.qdc", book.encode()).tree
    assert (str(water.stable_id), water.definition, water.colour) == (guid, "About water", "#00ff00")
    assert water.children[0].name == "Queue"


@pytest.mark.parametrize("ending", FORMATS)
def test_sets_of_codes_come_back_through_every_format(ending: str) -> None:
    other = str(uuid.UUID(int=9))
    book = codebook_with_sets(
        code_set(other, "Later", THREE), code_set(SET, "Urgent &amp; new", THREE, ONE, description="Look daily")
    )
    original = read_file("x.qdc", book)
    assert original.notes == ()
    kept = [each.extra.get("qdc_sets") for each in original.tree]
    urgent = {"guid": SET, "name": "Urgent & new"}
    assert kept == [[urgent | {"description": "Look daily"}], None, [urgent, {"guid": other, "name": "Later"}]]
    through = read_file(f"x.{ending}", FORMATS[ending].write(original))
    again = FORMATS["qdc"].write(through)
    assert read_file("x.qdc", again).tree == original.tree
    sets = [each for each in ElementTree.fromstring(again).iter() if each.tag.endswith("}Set")]
    assert [(each.get("name"), len(each.findall("{*}MemberCode"))) for each in sets] == [
        ("Urgent & new", 2),
        ("Later", 1),
    ]
    assert b"qdc_sets" not in again


def test_sets_that_cannot_be_kept_are_named() -> None:
    book = codebook_with_sets(code_set(EMPTY, "Nobody"), code_set(SET, "Half", ONE, str(uuid.UUID(int=77))))
    imported = read_file("x.qdc", book)
    assert imported.notes == (
        "Sets without a code of this codebook were left out: 'Nobody'",
        "Sets name codes that this codebook does not have; those were left out: 'Half'",
    )
    assert imported.tree[0].extra["qdc_sets"][0]["name"] == "Half"


def test_a_long_description_of_a_large_set_is_kept_once() -> None:
    codes = "".join(f'<Code guid="{uuid.UUID(int=number)}" name="C{number}"/>' for number in range(1, 2001))
    members = [str(uuid.UUID(int=number)) for number in range(1, 2001)]
    listed = code_set(SET, "All", *members, description="x" * 1_000_000)
    book = f'<CodeBook xmlns="{NAMESPACES[0]}"><Codes>{codes}</Codes><Sets>{listed}</Sets></CodeBook>'.encode()
    imported = read_file("x.qdc", book)
    assert sum(len(str(each.extra)) for each in imported.tree) < 1_500_000


@pytest.mark.parametrize("kept", ["mine", [], [1], [{"guid": "no", "name": "x"}], [{"guid": SET}], [{"name": "x"}]])
def test_what_is_called_like_sets_and_is_none_comes_back(kept: Any) -> None:
    tree = (CodeNode("A", extra={"qdc_sets": kept}),)
    assert read_file("x.qdc", FORMATS["qdc"].write(ImportedFramework("F", tree))).tree == tree


"""Files that are no framework: name, content, where it says what is wrong first."""


@pytest.mark.parametrize(("name", "content", "where"), HOSTILE)
def test_a_hostile_or_broken_file_gets_a_clear_error(name: str, content: bytes, where: str) -> None:
    with pytest.raises(UnreadableFramework) as refusal:
        read_file(name, content)
    assert refusal.value.issues[0].where == where
    assert refusal.value.issues[0].issue


def test_a_table_of_too_many_columns_is_refused_at_once() -> None:
    header = b",".join(b"column%d" % number for number in range(200_000))
    started = time.perf_counter()
    with pytest.raises(UnreadableFramework, match="columns"):
        read_file("x.csv", header + b"\nA\n")
    assert time.perf_counter() - started < 5


def test_every_bad_row_is_named() -> None:
    with pytest.raises(UnreadableFramework) as refusal:
        read_file("x.csv", b"type,category,sensitive\n,B,\nA,,maybe\nC,,\n")
    assert [each.where for each in refusal.value.issues] == ["row 2", "row 3"]


@pytest.mark.parametrize("ending", FORMATS)
def test_control_characters_break_no_export(ending: str) -> None:
    tree = (CodeNode("Bell \x07", definition="Form\x0c feed", examples=("Tab\tstays",)),)
    [node] = read_file(f"x.{ending}", FORMATS[ending].write(ImportedFramework("F", tree))).tree
    assert node.name.startswith("Bell")
    assert node.examples == ("Tab\tstays",)


def test_characters_that_cannot_be_stored_are_refused() -> None:
    for written in (r'"A\u0000"', r'"A\ud800"', r'"A", "definition": "\ud800"', r'"A", "extra": {"a\u0000": 1}'):
        imported = read_file("x.json", f'{{"root_codes": [{{"id": "a", "name": {written}}}]}}'.encode())
        with pytest.raises(UnreadableFramework) as refusal:
            refuse_bad_tree(imported.tree)
        assert refusal.value.issues[0].where.encode(), "a page can say where"
        assert "\x00" not in refusal.value.issues[0].where


def test_successors_that_lead_in_a_circle_are_refused() -> None:
    first, second, third = (uuid.UUID(int=number) for number in (1, 2, 3))

    def retired(name: str, stable_id: uuid.UUID, *replaced_by: uuid.UUID) -> CodeNode:
        return CodeNode(name, stable_id=stable_id, is_retired=True, replaced_by=replaced_by)

    for codes in (
        [retired("A", first, first)],
        [retired("A", first, second), retired("B", second, third), retired("C", third, first)],
    ):
        with pytest.raises(UnreadableFramework, match="leads back") as refusal:
            refuse_bad_tree(codes)
        assert len(refusal.value.issues) == len(codes)
    refuse_bad_tree([retired("A", first, second, third), retired("B", second, third), CodeNode("C", stable_id=third)])
