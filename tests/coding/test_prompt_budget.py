"""Texts of codes are shortened to a budget, and by no more than that needs."""

import pytest

from coding.frameworks.tree import CodeNode, Tree, leaves
from coding.strategies.prompt_budget import SEPARATOR, code_text, judge_text, shortened_texts

LONG = CodeNode(
    name="Beliefs about survival",
    definition="Statements about how the virus can survive, exposed to heat or on surfaces.",
    examples=("The sun kills it",),
    exclude="Statements about vaccines",
)
SHORT = CodeNode(name="Beliefs about masks", definition="Statements about masks.")
PLAIN = CodeNode(name="Other beliefs")
TREE: Tree = (CodeNode(name="Beliefs", children=(LONG, SHORT, PLAIN)),)


def test_what_fits_stands_as_it_was_written() -> None:
    assert shortened_texts(leaves(TREE), 1_000) == [
        "Statements about how the virus can survive, exposed to heat or on surfaces. | "
        "exclude: Statements about vaccines | examples: The sun kills it",
        "Statements about masks.",
        "",
    ]


def test_what_does_not_fit_gives_way_to_words_that_the_names_do_not_say() -> None:
    shortened, _, nothing = shortened_texts(leaves(TREE), 40)
    assert nothing == ""
    assert {"sun", "kills"} <= set(shortened.split())
    for unwanted in ("Beliefs", "about", "survi", "vaccines"):
        assert unwanted not in shortened


@pytest.mark.parametrize("room", range(0, 100, 7))
def test_no_more_room_is_taken_than_there_is(room: int) -> None:
    assert sum(len(SEPARATOR) + len(brief) for brief in shortened_texts(leaves(TREE), room) if brief) <= room


def test_the_words_that_few_codes_share_come_first() -> None:
    told = ["goats", "pumps", "tents", "soaps"]
    codes = [CodeNode(name=str(number), definition=f"Somebody mentions {word}") for number, word in enumerate(told)]
    assert shortened_texts(leaves(codes), 4 * (5 + len(SEPARATOR))) == told


def test_a_word_that_a_code_repeats_is_worth_more() -> None:
    code = CodeNode(name="Milk", definition="Animals in camps", examples=("goats drown", "my goats"))
    assert shortened_texts(leaves([code, PLAIN]), 8) == ["goats", ""]


def test_no_room_leaves_nothing() -> None:
    assert shortened_texts(leaves(TREE), 0) == ["", "", ""]


def test_words_in_any_script_are_kept_whole() -> None:
    code = CodeNode(name="Вода", definition="Немає чистої питної води у таборі вже третій тиждень поспіль")
    [brief] = shortened_texts(leaves([code]), 24)
    assert brief
    assert set(brief.split()) <= set(code.definition.split())


def test_a_text_is_cut_at_a_word_even_without_a_budget() -> None:
    assert code_text(CodeNode(name="A", definition="word " * 100)).endswith("word …")


def test_a_judge_reads_examples_only_where_there_is_no_definition() -> None:
    assert "sun" not in judge_text(LONG)
    assert judge_text(LONG).endswith("exclude: Statements about vaccines")
    assert judge_text(CodeNode(name="A", examples=("We wait",))) == "examples: We wait"
