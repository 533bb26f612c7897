"""Codes ranked by words and by concepts, also where record and framework are in two languages."""

import json
from typing import Any

import pytest

from coding.frameworks.tree import CodeNode, PlacedCode, Tree
from coding.strategies.offline_coder import OfflineCoder
from tests.support.offline_texts import DEMO, ROOT

SHARED = ROOT.parent / "shared/data"
NEEDS = [CodeNode(name="Shelter"), CodeNode(name="Water and latrines"), CodeNode(name="Food")]


def node_of(written: dict[str, Any]) -> CodeNode:
    return CodeNode(
        name=written["name"],
        id=written["id"],
        definition=written["definition"],
        include=written.get("include", ""),
        examples=tuple(written.get("examples", ())),
        children=tuple(map(node_of, written.get("children", ()))),
    )


def demo_framework() -> Tree:
    written = json.loads((ROOT / "coding/demo/framework.json").read_text(encoding="utf-8"))
    return tuple(map(node_of, written["root_codes"]))


def first(coder: OfflineCoder, text: str) -> PlacedCode:
    return coder.rank(text)[0].placed


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
def test_a_record_in_any_language_meets_a_code_in_another(record: str) -> None:
    assert first(OfflineCoder(NEEDS), record).code.name == "Water and latrines"


def test_words_that_no_code_has_say_nothing() -> None:
    assert OfflineCoder(NEEDS).rank("zzz qqq")[0].similarity == 0


def test_a_similarity_is_from_0_to_1() -> None:
    coder = OfflineCoder([CodeNode(name="Water"), CodeNode(name="Food")])
    assert 0.4 < coder.rank("water")[0].similarity <= 1


@pytest.mark.parametrize(("languages", "types", "codes"), [(("en",), 0.7, 0.55), (("ar", "fa", "ru", "uk"), 0.65, 0.5)])
def test_demo_records_find_their_codes_often_enough_to_show_something(
    languages: tuple[str, ...], types: float, codes: float
) -> None:
    coder = OfflineCoder(demo_framework())
    records = [record for record in DEMO if record["code"] and record["language"] in languages]
    cases = [(record["content"], record["code"]) for record in records]
    found = [(first(coder, text), code) for text, code in cases]
    assert sum(code.startswith(placed.path[0].id) for placed, code in found) / len(cases) >= types
    assert sum(placed.code.id == code for placed, code in found) / len(cases) >= codes


def test_real_quotes_find_their_type() -> None:
    if not SHARED.exists():
        pytest.skip("the shared development data is not on this machine")
    written = json.loads((SHARED / "coding_framework_trees/ifrc_covid19.dev.json").read_text(encoding="utf-8"))
    tree = [
        CodeNode(name=kind["name"], children=tuple(CodeNode(name=group["name"]) for group in kind["categories"]))
        for kind in written["types"]
    ]
    coder = OfflineCoder(tree)
    lines = (SHARED / "ifrc_covid_examples/quotes.jsonl").read_text(encoding="utf-8").splitlines()
    quotes = [json.loads(line) for line in lines]
    right = sum(first(coder, quote["text"]).path[0].name == quote["type"] for quote in quotes)
    assert right / len(quotes) >= 0.7
