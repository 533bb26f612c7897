"""The offline engine as a judge of codes that a model chose."""

from typing import Any

import pytest

from coding.offline.judging import judge_answer, scores_answer
from inference.text.concepts import broader
from inference.text.languages import LANGUAGES
from inference.text.phrases import phrase_book
from tests.support.offline_texts import PUMP


def score(candidate: str, record: str, path: str = "") -> float:
    return float(str(judge_answer(candidate, path, record)["score"]))


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


def test_candidates_are_scored_one_by_one() -> None:
    candidates = "1. Requests > Shelter | Tents.\n2. Thanks > Thanks for help"
    answer: Any = scores_answer(candidates, "We need a tent.")
    first, second = answer["scores"]
    assert first > second
    assert "offline" in answer["doubt"]


def test_the_engine_is_named_once_on_the_way_down() -> None:
    first, second = (str(judge_answer("Water", path, "We need water.")["explanation"]) for path in ("", "Requests"))
    assert "offline engine" in first
    assert "offline engine" not in second


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_every_concept(language: str) -> None:
    assert (
        phrase_book("concept_words", language).first_words.keys()
        == phrase_book("concept_words", "en").first_words.keys()
    )


def test_broader_concepts_are_concepts() -> None:
    known = phrase_book("concept_words", "en").first_words.keys()
    assert {*broader(), *(wider for several in broader().values() for wider in several)} <= known
