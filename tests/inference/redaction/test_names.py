"""Names are found in many languages and styles, and everyday words are not taken for names."""

import gzip
import json
import math

import pytest

from inference.redaction import RedactionPolicy, RedactionSession, get_redactor
from inference.redaction.names.lexicon import Lexicon
from inference.redaction.names.name_model import NameModel, features, sentence_of
from inference.redaction.reading import Reading
from inference.redaction.redactor import NAME_DATA, build_engine


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Amina Diallo and I live here.", "Amina Diallo"),
        ("my name is amina diallo and i live here", "amina diallo"),
        ("MY NAME IS AMINA DIALLO AND I LIVE HERE", "AMINA DIALLO"),
        ("Nurse Okonkwo shouted at us.", "Okonkwo"),
        ("The volunteer Jean-Baptiste N'Diaye took our cards.", "Jean-Baptiste N'Diaye"),
        ("I spoke with María de la Cruz yesterday.", "María de la Cruz"),
        ("Ask J. P. Mbeki at the gate.", "Mbeki"),
        ("Je m'appelle Fatou Traoré.", "Fatou Traoré"),
        ("Je m'appelle Fatou Traore\u0301.", "Traore\u0301"),
        ("Me llamo Lucía Quispe Mamani.", "Lucía Quispe Mamani"),
        ("O meu nome é Graça Machel.", "Graça Machel"),
        ("Ik heet Annelies van den Berg.", "Annelies van den Berg"),
        ("Jina langu ni Neema Mushi.", "Neema Mushi"),
        ("Sunana Hauwa Bello.", "Hauwa Bello"),
        ("Magacaygu waa Hodan Warsame.", "Hodan Warsame"),
        ("Benim adım Zeynep Yılmaz.", "Zeynep Yılmaz"),
        ("Mwen rele Guerline Désir.", "Guerline Désir"),
        ("Мене звати Оксана Ткаченко.", "Оксана Ткаченко"),
        ("Зателефонуйте Оксані Ткаченко.", "Оксані Ткаченко"),
        ("Меня зовут Айгуль Каримова.", "Айгуль Каримова"),
        ("اسمي أحمد النجار ولم أستلم شيئا.", "أحمد النجار"),
        ("قالت فاطمة وخالد إن الماء ملوث.", "فاطمة"),
        ("نام من زهرا احمدی است.", "زهرا احمدی"),
        ("زما نوم ملالۍ ستانکزی دی.", "ملالۍ ستانکزی"),
        ("میرا نام ساجدہ قریشی ہے۔", "ساجدہ قریشی"),
    ],
)
def test_a_name_is_found(session: RedactionSession, text: str, name: str) -> None:
    assert name not in session.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "We queued for hours and got nothing. The nurses were kind.",
        "Water is dirty. Children are sick. When will the doctor come?",
        "On Monday and in August the Red Cross office was closed.",
        "Nous avons attendu longtemps. Les enfants ont faim.",
        "Los niños tienen hambre y no hay médico en el puesto.",
        "As crianças têm fome e não há médico no posto.",
        "Watoto wana njaa na hakuna daktari katika kituo.",
        "Діти голодні, а лікаря немає.",
        "الأطفال جائعون ولا يوجد طبيب في المركز.",
        "کودکان گرسنه هستند و داکتر نیست.",
        "THE FOOD IS NOT ENOUGH FOR MY FAMILY",
        "thank you for the help, grace and patience",
    ],
)
def test_everyday_words_stay(session: RedactionSession, text: str) -> None:
    assert session.redact(text) == text


def test_a_name_is_found_again_where_nothing_hints_at_it(session: RedactionSession) -> None:
    redacted = session.redact("My name is Zoltána Qvist. Later they wrote Qvist on another list.")
    assert "Qvist" not in redacted


def test_the_same_text_gives_the_same_answer() -> None:
    text = "Amina Diallo met Okonkwo in Gulu, HH-015698."
    answers = {get_redactor().open_session(RedactionPolicy()).redact(text) for _ in range(5)}
    assert len(answers) == 1


def test_a_place_a_role_and_an_event_together_are_warned_of() -> None:
    warning = get_redactor().quasi_identifiers("The midwife was raped in Maiduguri on Friday.")
    assert warning.could_identify
    assert not get_redactor().quasi_identifiers("The water in Maiduguri is dirty.").could_identify


def test_a_possessive_ending_is_left_to_the_sentence(session: RedactionSession) -> None:
    assert session.redact("They took Amina Diallo's tent.") == "They took <PERSON_1>'s tent."


def test_no_span_of_a_name_is_longer_than_six_words() -> None:
    text = "my name is " + "zoltana qvistrom " * 30
    names = [text[span.start : span.end] for span in build_engine({}).find(text, RedactionPolicy())]
    assert names
    assert max(len(name.split()) for name in names) <= 6
    session = get_redactor().open_session(RedactionPolicy())
    assert "qvistrom" not in session.redact(text)


def test_the_models_kept_sums_are_the_sums_of_its_features() -> None:
    """Training describes words by features, the service by kept sums of their weights: both must say the same."""
    lexicon, model = Lexicon.load(NAME_DATA / "lexicon.json.gz"), NameModel.load(NAME_DATA / "name_model.json.gz")
    content = json.loads(gzip.decompress((NAME_DATA / "name_model.json.gz").read_bytes()))
    for text in ("Nurse Okonkwo shouted at us, then J. P. Mbeki left.", "اسمي أحمد النجار", "we call 07 amina, Kyiv"):
        sentence = sentence_of(Reading(text, RedactionPolicy()), lexicon)
        for index in range(len(sentence.texts)):
            rows = [content["weights"].get(name, (0, 0, 0)) for name in features(sentence, index, "P")]
            odds = [math.exp(sum(column) * content["scale"]) for column in zip(*rows, strict=True)]
            expected = [value / (1 + sum(odds)) for value in odds]
            assert model.probabilities(model.weights(sentence, index, "P")) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mwombaji Juma", ["Juma"]),
        ("the cook there was Comfort Tarawally", ["Comfort", "Tarawally"]),
        ("ask for Aida", ["Aida"]),
        ("le demandeur Zara", ["Zara"]),
        ("mai neman Lami", ["Lami"]),
        ("orada Zeliha ve Emine oturuyordu", ["Zeliha", "Emine"]),
        ("وہاں رخسانہ اور شبانہ بیٹھے تھے", ["رخسانہ", "شبانہ"]),
        ("Neema na Zuhura walikaa pale", ["Zuhura"]),
        ("там сидели Зухра и Гульнара", ["Зухра", "Гульнара"]),
        ("were seen near the well: Nyabol, Achol", ["Nyabol", "Achol"]),
    ],
)
def test_a_listed_name_is_found_at_the_end_and_beside_another(
    session: RedactionSession, text: str, names: list[str]
) -> None:
    assert not [name for name in names if name in session.redact(text)]
