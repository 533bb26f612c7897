"""Language detection is deterministic and knows the languages that feedback comes in."""

import pytest

from inference.redaction.language import detect_language, languages_by_segment


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We have not received the blankets and the water is dirty."),
        ("fr", "Nous n'avons pas reçu les couvertures et la pompe est en panne."),
        ("es", "No hemos recibido las cobijas y el agua está sucia."),
        ("pt", "Não recebemos as mantas e a água está suja."),
        ("nl", "Wij hebben de dekens niet gekregen en het water is vies."),
        ("sw", "Hatujapata blanketi na maji ni machafu sana."),
        ("ha", "Ba mu samu barguna ba kuma ruwa ba shi da tsabta."),
        ("so", "Bustayaal ma aan helin biyuhuna waa wasakh oo way dhammaadeen."),
        ("tr", "Battaniye almadık ve su çok kirli ama kimse gelmedi."),
        ("ht", "Nou pa jwenn dra yo epi dlo a sal anpil pou timoun yo."),
        ("ar", "لم نستلم البطانيات والماء ملوث."),
        ("fa", "ما کمپل نگرفتیم و آب کثیف است."),
        ("ps", "موږ کمپلې نه دي ترلاسه کړې او اوبه ککړې دي."),
        ("ur", "ہمیں کمبل نہیں ملے اور پانی گندا ہے۔"),
        ("uk", "Ми не отримали ковдри, вода брудна."),
        ("ru", "Мы не получили одеяла, вода грязная."),
        ("xx", "水很脏"),
        ("xx", "12345"),
    ],
)
def test_a_language_is_told_by_its_script_and_common_words(language: str, text: str) -> None:
    assert detect_language(text) == language
    assert {detect_language(text) for _ in range(3)} == {language}


def test_mixed_texts_are_told_sentence_by_sentence() -> None:
    text = "We have no water and the pump is broken. لم نستلم البطانيات والماء ملوث. OK."
    assert [language for _, _, language in languages_by_segment(text)] == ["en", "ar", "en"]
