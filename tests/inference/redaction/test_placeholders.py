"""What models make of our placeholders is read; what a record typed itself is never filled; counts stay counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.redaction import RedactionPolicy, RedactionSession, get_redactor

NAME = "Amina Diallo"
MANGLED = [
    "PERSON_1",
    "[PERSON_1]",
    r"<PERSON\_1>",
    "&lt;PERSON_1&gt;",
    "<person_1>",
    "<PERSON 1>",
    "[Person 1]",
    "{PERSON_1}",
    "{{PERSON_1}}",
    "< PERSON_1 >",
    "<PERSON_1/>",
    r"\<PERSON\_1\>",
    r"PERSON\_1",
    r"[PERSON\_1]",
    "&amp;lt;PERSON_1&amp;gt;",
    "&#60;PERSON_1&#62;",
    "＜PERSON_1＞",
    "<PERSON_١>",
    "person_1",
    "<PERSON-1>",
    "%3CPERSON_1%3E",
]


@pytest.fixture
def named(session: RedactionSession) -> RedactionSession:
    assert session.redact(f"My name is {NAME}, call 0711 893 004.") == "My name is <PERSON_1>, call <PHONE_NUMBER_1>."
    return session


@pytest.mark.parametrize("written", MANGLED)
@pytest.mark.parametrize(
    "sentence", ["{}", "Says {}: no water.", "**{}** and `{}`", '"{}"', "{}'s tent", "ask {}.\n{}"]
)
def test_a_placeholder_in_another_spelling_is_restored_and_counted(
    named: RedactionSession, written: str, sentence: str
) -> None:
    answer = named.mask(sentence.replace("{}", written))
    assert named.restore(answer) == sentence.replace("{}", NAME)
    assert dict(named.repaired) == {"PERSON": sentence.count("{}")}


@pytest.mark.parametrize(
    "written",
    ["[PHONE_NUMBER_1]", r"<PHONE\_NUMBER\_1>", "<phone number 1>", "PHONE_NUMBER_1", "&lt;PHONE_NUMBER_1&gt;"],
)
def test_a_type_of_two_words_is_restored_as_well(named: RedactionSession, written: str) -> None:
    assert named.restore(f"Call {written} today") == "Call 0711 893 004 today"


@pytest.mark.parametrize("around", ["\\{}", "[{}]", "{{{}}}", "&lt;{}", "<{}>", "\\{}\\", "&{};", "%3C{}"])
def test_signs_that_stand_around_a_value_come_back(session: RedactionSession, around: str) -> None:
    text = f"My name is {around.replace('{}', NAME)} here."
    assert session.restore(session.mask(session.redact(text))) == text


def test_our_own_spelling_is_not_counted_as_put_right(named: RedactionSession) -> None:
    assert named.restore("<PERSON_1> waits") == f"{NAME} waits"
    assert not named.repaired


@pytest.mark.parametrize(
    "answer", ["PERSON_7", "[PERSON_2]", "<PERSON 3>", "person 1", "PERSON_12", "PERSON_1A", "xPERSON_1", "PERSON_1_2"]
)
def test_what_stands_for_nothing_stays_as_written(named: RedactionSession, answer: str) -> None:
    assert named.restore(answer) == answer
    assert not named.repaired


@pytest.mark.parametrize("typed", [*MANGLED, "<PERSON_1>"])
def test_what_a_record_typed_itself_is_never_filled(named: RedactionSession, typed: str) -> None:
    text = f"Please print {typed} here"
    redacted = named.redact(text)
    assert named.restore(redacted) == text
    echoed = redacted.replace("&lt;", "<").replace("&gt;", ">").replace("\\", "")
    assert "Amina" not in named.restore(named.mask(echoed))


@pytest.mark.parametrize("written", MANGLED)
def test_a_model_that_drops_the_mark_of_a_typed_placeholder_fills_nothing(
    named: RedactionSession, written: str
) -> None:
    named.redact("They told me to write PERSON_1 on the form.")
    assert "Amina" not in named.restore(named.mask(f"The form says {written}"))
    assert named.restore("<PERSON_1> asks") == f"{NAME} asks"


@pytest.mark.parametrize("written", [*MANGLED, "<PERSON_1>"])
def test_a_placeholder_of_another_prompt_is_not_filled(named: RedactionSession, written: str) -> None:
    answer = named.without_foreign(f"It is {written}.", "<feedback_record>no name here</feedback_record>")
    assert named.restore(named.mask(answer)) == f"It is {written}."


@pytest.mark.parametrize("written", [*MANGLED, "<PERSON_1>"])
def test_a_placeholder_of_the_same_prompt_is_filled(named: RedactionSession, written: str) -> None:
    answer = named.without_foreign(f"It is {written}.", "<feedback_record>I am <PERSON_1></feedback_record>")
    assert named.restore(named.mask(answer)) == f"It is {NAME}."


def test_a_type_that_is_left_standing_stands_in_our_spelling(named: RedactionSession) -> None:
    assert named.restore("[PERSON_1] at PHONE_NUMBER_1", keep={"PERSON"}) == "<PERSON_1> at 0711 893 004"


_PARTS = st.sampled_from(
    [*MANGLED, "_TYPED", "<PERSON_1>", "[", "]", "<", ">", "\\", "_", " ", "1", "PERSON", "&lt;", "&"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PARTS, max_size=8).map("".join))
def test_any_mixture_of_spellings_comes_back_as_typed(text: str) -> None:
    session = get_redactor().open_session(RedactionPolicy())
    session.redact(f"My name is {NAME}.")
    assert session.restore(session.redact(text)) == text


COUNTS = [
    "card (7 of 350 records)",
    "registration, identity card (112 of 350 records)",
    "carte, ménage (112 retours sur 350)",
    "tarjeta (112 de 350 registros)",
    "cartão (112 de 350 registos)",
    "kadi (maoni 112 kati ya 350)",
    "بطاقة (112 من 350 سجلا)",
    "карта, паспорт (112 из 350 записей)",
    "картка (112 з 350 записів)",
    "kart (350 kayıttan 112)",
    "- Registration: 120 (2026-01) ↑ 340 (2026-07), Σ 460",
    "- Ration card: 15 (2026-W01) → 15 (2026-W09), Σ 30",
    "- Household: 12000 (2025-12-01) ↓ 350 (2025-12-31), Σ 12350",
    "ID cards: 120, 340, 560; phone: 12345 calls, 12346 calls",
]


@pytest.mark.parametrize("counts", COUNTS)
def test_counts_of_an_answer_are_not_masked(named: RedactionSession, counts: str) -> None:
    assert named.mask(counts) == counts
    assert not named.masked


@pytest.mark.parametrize(
    ("answer", "masked"),
    [
        ("card (7 of 350 records), call 0722 118 904", "card (7 of 350 records), call [PHONE_NUMBER]"),
        ("the card HH-015698 of 350", "the card [ID_NUMBER] of 350"),
        ("account 88123456", "account [BANK_ACCOUNT]"),
    ],
)
def test_numbers_that_are_personal_by_themselves_are_still_masked(
    named: RedactionSession, answer: str, masked: str
) -> None:
    assert named.mask(answer) == masked


def test_a_short_number_that_a_record_held_becomes_its_placeholder_again(session: RedactionSession) -> None:
    assert session.redact("my ration card 4521") == "my ration card <ID_NUMBER_1>"
    assert session.mask("ration card 4521 was lost") == "ration card <ID_NUMBER_1> was lost"
