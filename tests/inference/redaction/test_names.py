"""Names are found in many languages and styles, and everyday words are not taken for names."""

import pytest

from inference.redaction import RedactionPolicy, RedactionSession, get_redactor


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
