"""Codes ranked by words alone."""

import pytest

from coding.frameworks.tree import CodeNode
from coding.strategies.lexical_coder import LexicalCoder
from coding.strategies.offline_coder import coder_for

ACTS = ("Questions", "Requests", "Statements of thanks")
BY_ACT = [CodeNode(name=act, children=(CodeNode(name="Water"), CodeNode(name="Food"))) for act in ACTS]


def best(coder: LexicalCoder, text: str) -> tuple[str, ...]:
    return coder.rank(text)[0].placed.names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where can we get water?", ("Questions", "Water")),
        ("Please give us water", ("Requests", "Water")),
        ("God bless you for the water", ("Statements of thanks", "Water")),
        ("God bless you for the food", ("Statements of thanks", "Food")),
        ("Tunaomba water", ("Requests", "Water")),
    ],
)
def test_what_a_person_does_decides_between_branches_that_name_acts(text: str, expected: tuple[str, ...]) -> None:
    assert best(LexicalCoder(BY_ACT), text) == expected


def test_an_act_alone_is_no_reason_for_a_code() -> None:
    assert LexicalCoder(BY_ACT).rank("zzz?")[0].similarity == 0


def test_an_example_is_judged_as_if_it_were_not_there() -> None:
    tree = [CodeNode(name="Alpha", examples=("purple rain",)), CodeNode(name="Beta"), CodeNode(name="Gamma")]
    coder = LexicalCoder(tree)
    with_it, without = coder.rank("purple rain")[0], coder.rank("purple rain", is_example_of=coder.codes[0])[0]
    assert with_it.placed.code.name == "Alpha"
    assert with_it.similarity > without.similarity == 0


def test_the_coder_of_a_tree_is_made_once() -> None:
    tree = (CodeNode("Water"),)
    assert coder_for(tree) is coder_for(tree)
    assert coder_for((CodeNode("Water"),)) is not coder_for(tree)


def test_trees_that_nobody_else_holds_are_never_taken_for_each_other() -> None:
    names = [str(number) for number in range(300)]
    assert [coder_for((CodeNode(name),)).codes[0].code.name for name in names] == names
