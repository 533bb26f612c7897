"""Changes between versions, and findings for a framework's owner."""

import random
import re
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from coding import demo
from coding.frameworks import editing
from coding.frameworks.formats.registry import read_file
from coding.frameworks.services import start_draft
from coding.frameworks.stored_trees import read_tree
from coding.frameworks.tree import CodeNode, Tree, leaves, written_path
from coding.models import Code, FrameworkVersion
from coding.publishing.diff import Change, Kind, compare, counted, successors
from coding.publishing.lint import Finding, lint
from tenants.errors import Conflict
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import ACTOR
from tests.support.frameworks import new_published
from tests.support.slow import slow


@pytest.fixture
def versions(tenant: Tenant) -> tuple[FrameworkVersion, FrameworkVersion]:
    """A published version, and a draft that begins alike."""
    published = new_published(tenant.id)
    return published, start_draft(framework=published.framework, actor_id=ACTOR)


def code(version: FrameworkVersion, name: str) -> Code:
    found: Code = version.codes.get(name=name)
    return found


def changes(versions: tuple[FrameworkVersion, FrameworkVersion]) -> list[Change]:
    return compare(*(read_tree(each.id) for each in versions))


def shown(change: Change) -> tuple[str, str, str, str]:
    return change.kind.value, change.before, change.after, change.detail


def test_every_kind_of_change_is_told(tenant: Tenant, versions: tuple[FrameworkVersion, FrameworkVersion]) -> None:
    draft = versions[1]
    with tenant_scope(tenant.id):
        assert changes(versions) == []
        editing.add_code(version=draft, name="Price", parent=code(draft, "Supply"), actor_id=ACTOR)
        editing.change_code(code=code(draft, "Queue"), name="Long queue", definition="Waiting", actor_id=ACTOR)
        editing.move_code(code=code(draft, "Taste"), parent=code(draft, "Supply"), position=0, actor_id=ACTOR)
        editing.merge_codes(code=code(draft, "Clinic"), into=code(draft, "Health"), actor_id=ACTOR)
        editing.split_code(code=code(draft, "Broken pump"), names=["No fuel", "No parts"], actor_id=ACTOR)
        editing.retire_code(code=code(draft, "Quality"), replaced_by=[], actor_id=ACTOR)
        found = {shown(change) for change in changes(versions)}
        old, new = (read_tree(each.id) for each in versions)
    supply, pump = "Water > Supply", "Water > Supply > Broken pump"
    assert found == {
        ("added", "", f"{supply} > Price", ""),
        ("added", "", f"{supply} > No fuel", ""),
        ("added", "", f"{supply} > No parts", ""),
        ("renamed", f"{supply} > Queue", f"{supply} > Long queue", ""),
        ("text changed", f"{supply} > Queue", f"{supply} > Long queue", "definition"),
        ("moved", "Water > Quality > Taste", f"{supply} > Taste", ""),
        ("merged", "Health > Clinic", "Health > Clinic", "Health"),
        ("text changed", "Health", "Health", "aliases"),
        ("moved", "Health > Clinic > Opening hours", "Health > Opening hours", ""),
        ("split", pump, pump, f"{supply} > No fuel, {supply} > No parts"),
        ("retired", "Water > Quality", "Water > Quality", ""),
    }
    assert counted(compare(old, new))[Kind.ADDED] == 3
    heirs = {len(each) for each in successors(old, new).values()}
    assert heirs == {0, 1, 2}


def test_a_series_goes_on_under_what_replaced_a_code(
    tenant: Tenant, versions: tuple[FrameworkVersion, FrameworkVersion]
) -> None:
    draft = versions[1]
    with tenant_scope(tenant.id):
        queue, pump, taste = (code(draft, name) for name in ("Queue", "Broken pump", "Taste"))
        editing.merge_codes(code=queue, into=pump, actor_id=ACTOR)
        editing.merge_codes(code=code(draft, "Broken pump"), into=taste, actor_id=ACTOR)
        lineage = successors(*(read_tree(each.id) for each in versions))
        merged = code(draft, "Taste")
    assert lineage[queue.stable_id] == lineage[pump.stable_id] == (taste.stable_id,)
    assert set(merged.aliases) == {"Broken pump", "Queue"}


def test_long_and_branching_lineages_are_followed_at_once() -> None:
    """Two thousand codes in a row, each replaced by the next two: as a tree of ways it would never end."""
    ids = [uuid.UUID(int=number) for number in range(2_000)]
    retired = [
        CodeNode(str(number), stable_id=ids[number], is_retired=True, replaced_by=tuple(ids[number + 1 : number + 3]))
        for number in range(1_999)
    ]
    after = [*retired, CodeNode("Last", stable_id=ids[-1])]
    before = [CodeNode(str(number), stable_id=each) for number, each in enumerate(ids)]
    assert set(successors(before, after).values()) == {(ids[-1],)}


def test_a_code_is_not_merged_into_or_replaced_by_a_retired_one(
    tenant: Tenant, versions: tuple[FrameworkVersion, FrameworkVersion]
) -> None:
    draft = versions[1]
    with tenant_scope(tenant.id):
        editing.retire_code(code=code(draft, "Queue"), replaced_by=[code(draft, "Taste")], actor_id=ACTOR)
        with pytest.raises(Conflict, match="is retired"):
            editing.retire_code(code=code(draft, "Taste"), replaced_by=[code(draft, "Queue")], actor_id=ACTOR)
        with pytest.raises(Conflict, match="is retired"):
            editing.merge_codes(code=code(draft, "Taste"), into=code(draft, "Queue"), actor_id=ACTOR)
        assert not code(draft, "Taste").is_retired


def test_a_deleted_code_is_told_and_only_new_ones_are_deleted(
    tenant: Tenant, versions: tuple[FrameworkVersion, FrameworkVersion]
) -> None:
    draft = versions[1]
    with tenant_scope(tenant.id):
        added = editing.add_code(version=draft, name="Mistake", actor_id=ACTOR)
        editing.delete_code(code=added, actor_id=ACTOR)
        assert changes(versions) == []
    assert [shown(each) for each in compare((CodeNode("A", stable_id=added.stable_id),), ())] == [
        ("deleted", "A", "", "")
    ]


def rules(*roots: CodeNode) -> list[str]:
    return [finding.rule for finding in lint(roots)]


def fine(name: str, *children: CodeNode, example: str = "") -> CodeNode:
    return CodeNode(name, definition=f"About {name}", examples=(example or f"{name}, {name}!",), children=children)


def test_a_sound_framework_has_no_findings() -> None:
    assert lint((fine("Water", fine("Queue"), fine("Handpump"), fine("Other")), fine("Thanks"))) == []


def test_each_rule_finds_what_it_is_for() -> None:
    assert rules(fine("Queue"), fine("Water", fine("Queue"), fine("Pump"))) == ["duplicate-name"]
    assert rules(fine("Long queue at the pump"), fine("Queue at the pump")) == ["overlapping-names"]
    assert rules(CodeNode("Water"), fine("Health")) == ["no-definition", "no-example"]
    assert rules(fine("Water", fine("Queue")), fine("Health")) == ["one-child"]
    assert rules(fine("Water", fine("Queue"), fine("Handpump"), fine("Taste")), fine("Health")) == ["no-other"]
    assert rules(fine("Water", fine("Queue"), fine("Bomba"), fine("Otros")), fine("Health")) == []
    assert rules(*(fine(f"{number:03}abc{number:03}") for number in range(151)))[0] == "too-many-codes"


def test_an_example_that_reads_like_another_code_is_found() -> None:
    roots = (
        fine("Water", example="The nurse was rude to me"),
        fine("Nurse", example="A nurse shouted"),
        fine("Rude staff", example="So rude to me"),
        fine("Doctor", example="The doctor was rude"),
    )
    assert Finding("example-elsewhere", "Water", "Example 1 is more similar to Doctor.", None) in lint(roots)


def test_retired_codes_are_not_looked_at() -> None:
    assert rules(fine("Water"), CodeNode("Old", is_retired=True)) == []


def test_examples_that_read_like_one_other_code_are_one_finding() -> None:
    roots = (
        CodeNode("Water", definition="Taps", examples=("This nurse shouted", "A nurse", "Our tap water")),
        fine("Nurse", example="A nurse shouted"),
        fine("Doctor", example="The doctor was rude"),
    )
    found = [finding.reason for finding in lint(roots) if finding.rule == "example-elsewhere"]
    assert found == ["Examples 1, 2 are more similar to Nurse."]


@pytest.mark.parametrize("seed", [1, 2])
def test_examples_under_wrong_codes_are_found_and_few_others_are_named(seed: int) -> None:
    """Twenty examples of the demo framework, moved to another category at random."""
    file = Path(demo.__file__).with_name("framework.json")
    tree, planted = _with_misplaced(read_file(file.name, file.read_bytes()).tree, 20, random.Random(seed))
    found = [finding for finding in lint(tree) if finding.rule == "example-elsewhere"]
    named = {
        (finding.path, int(number)) for finding in found for number in re.findall(r"\d+(?=,| is| are)", finding.reason)
    }
    hits = len(planted & named)
    print(f"{hits} of {len(planted)} planted examples found, {len(named)} examples named in {len(found)} findings")
    assert hits >= 15
    assert len(found) <= 60


def _with_misplaced(tree: Tree, count: int, chance: random.Random) -> tuple[Tree, set[tuple[str, int]]]:
    """Move some examples to the end of another category's code. Returns the path and number of each."""
    codes = leaves(tree)
    moved: dict[int, list[str]] = {}
    lost: dict[int, str] = {}
    for placed in chance.sample([each for each in codes if len(each.code.examples) > 1], count):
        lost[id(placed.code)] = chance.choice(placed.code.examples)
        target = chance.choice([each for each in codes if each.path[:-1] != placed.path[:-1]])
        moved.setdefault(id(target.code), []).append(lost[id(placed.code)])

    def changed(node: CodeNode) -> CodeNode:
        kept = [each for each in node.examples if each != lost.get(id(node))]
        examples = (*kept, *moved.get(id(node), []))
        return replace(node, examples=examples, children=tuple(map(changed, node.children)))

    misplaced = {each for texts in moved.values() for each in texts}
    result = tuple(map(changed, tree))
    numbered = (
        (written_path(placed.names), number, example)
        for placed in leaves(result)
        for number, example in enumerate(placed.code.examples, start=1)
    )
    return result, {(path, number) for path, number, example in numbered if example in misplaced}


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        pytest.param(1_000, "one in 3 examples was compared", marks=slow),
        (3_001, "too large to compare its examples"),
    ],
)
def test_a_framework_of_thousands_of_codes_is_checked_at_once_and_what_is_left_out_is_said(
    codes: int, said: str
) -> None:
    tree = tuple(CodeNode(f"Code {number} of {number % 97}", examples=(f"Number {number}",)) for number in range(codes))
    started = time.process_time()
    reasons = [finding.reason for finding in lint(tree) if not finding.path]
    assert time.process_time() - started < 30
    assert any(said in reason for reason in reasons)
    assert any("too many to compare their names" in reason for reason in reasons)
