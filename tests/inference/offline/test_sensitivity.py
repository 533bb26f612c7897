"""Cues of sensitive matters, measured on texts of ours: see docs/decisions/0050 for what the figures are worth."""

import re
from pathlib import Path

import pytest

from feedback.offline.sensitivity import sensitive_matters, sensitivity_answer
from feedback.sensitivity import SensitivityType
from inference.offline.wording import said, signature
from inference.text.languages import LANGUAGES, stop_words
from inference.text.phrases import EXCEPT, MIN_AFFIX_LENGTH, NOT, phrase_book, read_lists
from inference.text.reading import read_text
from inference.text.words import words
from tests.support.offline_texts import DEMO, ROOT

TYPES = [name.value for name in SensitivityType]
HERE = Path(__file__).parent


def flagged(text: str) -> frozenset[str]:
    return sensitive_matters(read_text(text))


def texts(name: str) -> list[tuple[str, str]]:
    """Type and text, one a line."""
    lines = (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[2]) for line in lines if not line.startswith("#")]


def recall_and_false_alarms(cases: list[tuple[bool, str]]) -> tuple[float, float]:
    found = [(is_sensitive, bool(flagged(text))) for is_sensitive, text in cases]
    sensitive = [was_found for is_sensitive, was_found in found if is_sensitive]
    plain = [was_found for is_sensitive, was_found in found if not is_sensitive]
    return sum(sensitive) / len(sensitive), sum(plain) / len(plain)


@pytest.mark.parametrize(
    ("name", "least_recall"),
    [("sensitive_texts", 0.95), ("sensitive_texts_held_out", 0.55)],
    ids=["texts the cues were widened on", "texts never tuned on"],
)
def test_sensitive_texts_are_flagged_and_plain_ones_are_not(name: str, least_recall: float) -> None:
    recall, false_alarms = recall_and_false_alarms([(kind != "NONE", text) for kind, text in texts(name)])
    assert recall >= least_recall
    assert false_alarms <= 0.05


def test_the_sensitive_demo_records_are_flagged_and_few_others() -> None:
    recall, false_alarms = recall_and_false_alarms([(record["sensitive"], record["content"]) for record in DEMO])
    assert recall >= 0.9
    assert false_alarms <= 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_cues_for_every_type_and_nothing_else(language: str) -> None:
    text = (ROOT / f"inference/text/cues/{language}.txt").read_text(encoding="utf-8")
    assert {name for name, _ in read_lists(text)} == {*TYPES, NOT, EXCEPT}


@pytest.mark.parametrize("folder", ["cues", "concept_words"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_a_stop_word_or_begins_with_too_little(folder: str, language: str) -> None:
    text = (ROOT / f"inference/text/{folder}/{language}.txt").read_text(encoding="utf-8")
    for name, phrase in read_lists(text):
        affixes = [part.strip("*") for part in phrase.split() if "*" in part]
        assert all(len(affix) >= MIN_AFFIX_LENGTH - 1 for affix in affixes), phrase
        assert phrase.split()[0] != "~"
        assert name in (NOT, EXCEPT) or phrase not in stop_words(language), phrase


def test_a_cue_behind_a_negation_is_taken_back() -> None:
    assert flagged("There was theft at the store.") == {"THEFT"}
    assert flagged("There was no theft at the store.") == frozenset()


def test_a_matter_that_only_sounds_sensitive_is_left_alone() -> None:
    assert flagged("The sun is beating down on us and my mother had a heart attack last year.") == frozenset()


def test_arabic_words_match_with_the_particles_written_to_them() -> None:
    assert "THEFT" in flagged("وسرقوا الخيمة")
    assert "THREATS_AND_PHYSICAL_VIOLENCE" in flagged("جاء بالسكين")


def test_words_in_a_gap_do_not_hide_a_phrase() -> None:
    book = phrase_book("cues", "en")
    found = book.matches(words("he keeps all of the money for himself"))
    assert "EMBEZZLEMENT" in {match.name for match in found}


def test_the_explanation_names_types_and_engine_and_quotes_nothing() -> None:
    answer = sensitivity_answer("Le gardien demande de l'argent et menace ma fille Awa.", TYPES)
    assert answer["sensitivity_types"] == ["THREATS_AND_PHYSICAL_VIOLENCE", "GIFTS_BRIBES_AND_KICKBACKS"]
    explanation = str(answer["explanation"])
    assert "THREATS_AND_PHYSICAL_VIOLENCE" in explanation
    assert explanation.endswith(signature("engine", "fr"))
    assert not re.search("gardien|Awa|menace", explanation)


def test_only_types_that_are_asked_for_are_named() -> None:
    assert sensitivity_answer("They stole the pump.", ["FRAUD"])["sensitivity_types"] == []


def test_a_plain_request_is_explained_as_such() -> None:
    answer = sensitivity_answer("Please send soap.", TYPES)
    assert answer == {"sensitivity_types": [], "explanation": f"{said('no_cues', 'en')} {signature('engine', 'en')}"}
