"""Codes picked and judged by words and concepts, measured level by level as the operation asks for them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from coding.offline.level_by_level import MOST_PICKS, judge_answer, pick_answer
from coding.offline.whole_framework import proposal_answer, scores_answer
from inference.text.concepts import broader
from inference.text.languages import LANGUAGES
from inference.text.phrases import phrase_book
from tests.support.offline_texts import DEMO, PUMP, ROOT

OPTIONS = "0: Shelter\n1: Water and latrines\n2: Food\n3: Other requests"
IFRC = ROOT.parent / "shared/data"

Node = dict[str, Any]


def selected(options: str, record: str) -> list[int]:
    answer: Any = pick_answer(options, record)["selected"]
    return list(answer)


def score(candidate: str, record: str, path: str = "") -> float:
    return float(str(judge_answer(candidate, path, record)["score"]))


@pytest.mark.parametrize(
    "record",
    [
        "We need clean water, the well is dry.",
        "Necesitamos agua, el pozo está seco.",
        "Tunahitaji maji safi.",
        "نحتاج ماء نظيفا",
        "Немає води, криниця суха.",
        "we need watter and taps",
    ],
)
def test_a_record_in_any_language_meets_an_option_in_another(record: str) -> None:
    assert selected(OPTIONS, record)[0] == 1


def test_several_near_options_are_picked_and_never_too_many() -> None:
    assert set(selected(OPTIONS, "We need water and food.")) >= {1, 2}
    assert len(selected("\n".join(f"{n}: Water {n}" for n in range(40)), "water")) == MOST_PICKS


def test_what_fits_none_goes_to_the_option_for_the_rest_or_to_none() -> None:
    assert selected(OPTIONS, "Zzzz qqqq") == [3]
    assert selected("0: Shelter\n1: Food", "Zzzz qqqq") == []


def test_nothing_is_picked_of_nothing() -> None:
    assert selected("", "water") == []


def test_a_judge_scores_what_is_covered_above_what_is_not() -> None:
    covered, half, none = (score(name, PUMP) for name in ("Broken pumps", "Pumps and football stadiums", "Vaccines"))
    assert 0.9 >= covered > half > none == 0.1


def test_what_the_path_says_already_counts_for_less_than_what_is_beyond_it() -> None:
    under_requests = score("Food for infants", "We need food.", path="Requests > Food")
    assert score("Food for infants", "We need food.") > under_requests
    assert score("Food for infants", "We need milk for the baby.", path="Requests > Food") > under_requests


def test_the_words_that_decided_are_quoted_as_they_stand() -> None:
    explanation = str(judge_answer("Broken water points", "", PUMP)["explanation"])
    quoted = explanation.split('"')[1]
    assert quoted in PUMP
    assert "pump" in quoted or "tap" in quoted


def test_no_quotation_holds_a_quotation_mark() -> None:
    explanation = str(judge_answer("Boil water", "", 'They say "boil" the "water" and boil it')["explanation"])
    assert explanation.count('"') == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_every_concept(language: str) -> None:
    assert (
        phrase_book("concept_words", language).first_words.keys()
        == phrase_book("concept_words", "en").first_words.keys()
    )


def test_broader_concepts_are_concepts() -> None:
    known = phrase_book("concept_words", "en").first_words.keys()
    assert {*broader(), *(wider for several in broader().values() for wider in several)} <= known


def test_the_demo_records_find_their_codes_often_enough_to_show_something() -> None:
    tree = json.loads((ROOT / "coding/demo/framework.json").read_text(encoding="utf-8"))["root_codes"]
    cases = [(record["content"], record["code"]) for record in DEMO if record["code"]]
    found = [_best_path(tree, text) for text, _ in cases]
    types = sum(bool(path) and code.startswith(path[0]) for path, (_, code) in zip(found, cases, strict=True))
    codes = sum(bool(path) and path[-1] == code for path, (_, code) in zip(found, cases, strict=True))
    assert types / len(cases) >= 0.65
    assert codes / len(cases) >= 0.4


FRAMEWORK = """Requests | Somebody asks for something. | exclude: Complaints about football
 Water | Water to drink.
  1. New water points | examples: build us a tap / dig a well
  2. Jerrycans and buckets
 3. Shelter | examples: a tent / plastic against the rain
Thanks
 4. Thanks for help"""


def proposed(record: str, most_codes: int = 1) -> Any:
    return proposal_answer(FRAMEWORK, most_codes, record)


@pytest.mark.parametrize(
    ("record", "number"),
    [("please dig a well for us", 1), ("نحتاج خيمة", 3), ("merci pour votre aide", 4), ("need buckets", 2)],
)
def test_a_code_of_a_whole_framework_is_found_by_its_name_or_what_is_said_of_it(record: str, number: int) -> None:
    answer = proposed(record)
    assert [code["id"] for code in answer["codes"]] == [number]
    assert len(answer["codes"][0]["sure"]) == (3 if number < 3 else 2)
    assert answer["codes"][0]["quote"] in record


def test_what_belongs_elsewhere_is_no_reason_for_a_code() -> None:
    assert proposed("football") == {"codes": [], "missing": ""}


def test_no_more_codes_are_proposed_than_are_wanted() -> None:
    record = "We need a tent and a well and buckets for water."
    assert len(proposed(record)["codes"]) == 1
    assert 1 <= len(proposed(record, 3)["codes"]) <= 3


def test_candidates_are_scored_one_by_one() -> None:
    candidates = "1. Requests > Shelter | Tents.\n2. Thanks > Thanks for help"
    answer: Any = scores_answer(candidates, "We need a tent.")
    first, second = answer["scores"]
    assert first > second
    assert "offline" in answer["doubt"]


def test_the_whole_framework_finds_more_codes_of_the_demo_than_its_names_level_by_level() -> None:
    tree = json.loads((ROOT / "coding/demo/framework.json").read_text(encoding="utf-8"))["root_codes"]
    lines, ids = _written(tree)
    cases = [(record["content"], record["code"]) for record in DEMO if record["code"]]
    answers: list[Any] = [proposal_answer("\n".join(lines), 1, text)["codes"] for text, _ in cases]
    pairs = zip(answers, cases, strict=True)
    right = sum(bool(codes) and ids[codes[0]["id"] - 1] == code for codes, (_, code) in pairs)
    assert right / len(cases) >= 0.52


def test_real_quotes_find_their_type() -> None:
    if not IFRC.exists():
        pytest.skip("the shared development data is not on this machine")
    types = json.loads((IFRC / "coding_framework_trees/ifrc_covid19.dev.json").read_text(encoding="utf-8"))["types"]
    options = "\n".join(f"{number}: {each['name']}" for number, each in enumerate(types))
    quotes = list(_quotes(IFRC / "ifrc_covid_examples/quotes.jsonl"))
    right = sum(types[(selected(options, quote["text"]) or [0])[0]]["name"] == quote["type"] for quote in quotes)
    assert right / len(quotes) >= 0.7


def _written(nodes: Sequence[Node]) -> tuple[list[str], list[str]]:
    """Lines of a framework as the prompt has them, and the ids of its codes in the order of their numbers."""
    lines: list[str] = []
    ids: list[str] = []

    def write(node: Node, level: int) -> None:
        if not node["children"]:
            ids.append(node["id"])
        head = "" if node["children"] else f"{len(ids)}. "
        examples = f" | examples: {' / '.join(node['examples'][:3])}" if node["examples"] else ""
        lines.append(f"{' ' * level}{head}{node['name']} | {node['definition']}{examples}")
        for child in node["children"]:
            write(child, level + 1)

    for node in nodes:
        write(node, 0)
    return lines, ids


def _quotes(path: Path) -> Iterator[dict[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _best_path(tree: Sequence[Node], record: str) -> tuple[str, ...]:
    """Level by level, as the operation goes down: every pick judged, the leaf with the highest lowest score."""
    leaves: list[tuple[float, tuple[str, ...]]] = []
    branches: list[tuple[float, tuple[str, ...], str, Sequence[Node]]] = [(1.0, (), "", tree)]
    while branches:
        least, ids, path, nodes = branches.pop(0)
        for number in selected("\n".join(f"{at}: {node['name']}" for at, node in enumerate(nodes)), record):
            node = nodes[number]
            reached = min(least, score(node["name"], record, path))
            if node["children"]:
                branches.append((reached, (*ids, node["id"]), f"{path} > {node['name']}", node["children"]))
            else:
                leaves.append((reached, (*ids, node["id"])))
    return max(leaves, key=lambda leaf: leaf[0])[1] if leaves else ()


def test_the_engine_is_named_once_on_the_way_down() -> None:
    first, second = (str(judge_answer("Water", path, "We need water.")["explanation"]) for path in ("", "Requests"))
    assert "offline engine" in first
    assert "offline engine" not in second
