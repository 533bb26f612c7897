"""Places, virtues and institutions are not taken for people; a cue for a person still wins."""

import pytest

from inference.redaction import RedactionSession

TOWNS = """
    Kakuma Nyarugusu Maiduguri Gwoza Bentiu Malakal Juba Kasulu Mbarara Gulu Arua Kitgum Moroto Isiro Kindu Goma
    Bukavu Kananga Bunia Agadez Diffa Maradi Tahoua Dosso Kaya Djibo Gorom Kidal Gao Ménaka Kassala Nyala Baidoa
    Kismayo Bosaso Garowe Hargeisa Jijiga Gambella Mekelle Semera Nampula Pemba Quelimane Tete Cucuta Riohacha
    Leticia Tumbes Iquitos Tapachula Choluteca Jacmel Gonaïves Léogâne Teknaf Kutupalong Sukkur Larkana Quetta
    Peshawar Kunduz Herat Kandahar Aleppo Idlib Raqqa Deir Mosul Erbil Duhok Taiz Marib Hodeidah Kherson Mykolaiv
    Kharkiv
""".split()  # noqa: SIM905 -- a list of towns reads best as one text
SENTENCES = {
    "en": "{} has no water and the pump is broken.",
    "en: people": "The people of {} are waiting.",
    "fr": "{} n'a pas d'eau depuis trois jours.",
    "es": "{} no tiene agua desde hace días.",
    "ha": "Mutanen {} basu samu abinci ba.",
    "ht": "Moun {} yo pa jwenn anyen.",
    "so": "Dadka {} waxba ma helin.",
    "sw": "Watu wa {} hawana maji.",
}
MAX_SHARE_TAKEN = 0.06
"""Of the towns above, some of which are names of people as well."""


@pytest.mark.parametrize("language", SENTENCES)
def test_hardly_any_town_is_taken_for_a_person(session: RedactionSession, language: str) -> None:
    taken = [town for town in TOWNS if town not in session.redact(SENTENCES[language].format(town))]
    assert len(taken) <= MAX_SHARE_TAKEN * len(TOWNS), taken


@pytest.mark.parametrize(
    "text",
    [
        "Hope is what we have, and patience.",
        "We need peace, grace and faith, not words.",
        "The Hope Primary School and Grace Hospital are full.",
        "They met at Victory Church and Mercy Clinic.",
        "L'école La Paix et le centre de santé Espoir sont fermés.",
        "La escuela Esperanza y el hospital Soledad no atienden.",
        "A escola Esperança está cheia.",
        "Shule ya Amani imejaa.",
        "Barış İlkokulu dolu.",
        "Dağıtım yeri Umut İlkokulu, saat 9.",
        "Sevgi İmam Hatip Lisesi kapandı.",
        "1. water 2. food 3. blankets",
        "1. Water is dirty. 2. Toilets are full.",
        "Will you come? May we ask when?",
    ],
)
def test_virtues_institutions_and_lists_stay(session: RedactionSession, text: str) -> None:
    assert "PERSON" not in session.redact(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Hope and I am a widow.", "Hope"),
        ("Name: Grace\nAge: 30", "Grace"),
        ("mama Baraka hakupata chakula", "Baraka"),
        ("Me llamo Soledad y vivo aquí.", "Soledad"),
        ("My name is Juba Deng.", "Juba Deng"),
        ("they call him Aleppo", "Aleppo"),
    ],
)
def test_a_cue_for_a_person_wins_over_the_place_and_the_virtue(session: RedactionSession, text: str, name: str) -> None:
    assert name not in session.redact(text)
