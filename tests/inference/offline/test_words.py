"""Words and sentences in many scripts; placeholders and what redaction escaped are never touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.text.languages import LANGUAGES, likely_languages
from inference.text.reading import read_text
from inference.text.sentences import MAX_SENTENCE_LENGTH, sentences, shortened
from inference.text.words import placed_words, stem, words
from tests.support.offline_texts import DEMO


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("L'eau n'est pas potable", ["l", "eau", "n", "est", "pas", "potable"]),
        ("don't take ng'ombe", ["dont", "take", "ngombe"]),
        ("Él está aquí", ["el", "esta", "aqui"]),
        ("أُمِّي والأرز", ["امي", "والارز"]),
        ("می\u200cخواهم کتاب", ["ميخواهم", "كتاب"]),
        ("ƙasa ɗaya", ["kasa", "daya"]),
        ("<PERSON_1> said R&amp;B &lt;b&gt; PERSON_2_TYPED", ["said", "r", "b", "b"]),
        ("3 days, 300 people", ["days", "people"]),
    ],
)
def test_words_are_folded_and_placeholders_are_none(written: str, found: list[str]) -> None:
    assert words(written) == found


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("waters", "water"),
        ("distribution", "distributed"),
        ("водою", "води"),
        ("палатками", "палатки"),
        ("الخيمة", "خيمة"),
        ("aguas", "agua"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, another: str) -> None:
    assert stem(words(one)[0]) == stem(words(another)[0])


@given(st.text(max_size=200))
def test_every_word_stands_where_it_is_said_to(text: str) -> None:
    assert all(0 <= start < end <= len(text) for _, start, end in placed_words(text))


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Dr. Amina came. She left.", ["Dr. Amina came.", "She left."]),
        ("Is it open? yes! thanks…", ["Is it open?", "yes!", "thanks…"]),
        ("متى التوزيع؟ نحن ننتظر.", ["متى التوزيع؟", "نحن ننتظر."]),
        ("first line\n- second line\n\n3) third", ["first line", "second line", "third"]),
        ("вул. Лісова, буд. 4. Води нема.", ["вул. Лісова, буд. 4.", "Води нема."]),
        ("...", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, cut: list[str]) -> None:
    assert sentences(text) == cut


@given(st.lists(st.sampled_from(["<PERSON_12>", "water", "&lt;", "x" * 90, ",", "eau."]), max_size=80), st.booleans())
def test_no_cut_goes_through_a_placeholder_or_a_reference(pieces: list[str], apart: bool) -> None:
    text = (" " if apart else "").join(pieces)
    cut = [*sentences(text), shortened(text, 60)]
    assert all(len(piece) <= MAX_SENTENCE_LENGTH + 2 for piece in cut)
    for piece in cut:
        left = piece.replace("<PERSON_12>", "").replace("&lt;", "")
        assert not set(left) & set("<>&_;")


def test_the_language_of_every_demo_record_is_found() -> None:
    wrong = [
        record["id"]
        for record in DEMO
        if record["content"].strip()
        and likely_languages(record["content"], words(record["content"]))[:1] != (record["language"],)
    ]
    assert wrong == []
    assert {record["language"] for record in DEMO} == set(LANGUAGES)


def test_a_script_of_no_known_language_has_no_language() -> None:
    assert likely_languages("ውሃ የለም", words("ውሃ የለም")) == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Gracias por todo, chicos", "es"),
        ("Obrigado por tudo, pessoal", "pt"),
        ("Немає світла вже тиждень", "uk"),
        ("Воды нет вторую неделю", "ru"),
        ("آب نداریم", "fa"),
        ("لا يوجد ماء", "ar"),
        ("Maji hakuna wiki mbili", "sw"),
    ],
)
def test_short_texts_are_in_the_language_of_their_letter_sequences(text: str, language: str) -> None:
    assert read_text(text).language == language
