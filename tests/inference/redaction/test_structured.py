"""Phones, addresses of every kind, numbers of people: found by form in every language, amounts and dates left alone."""

import pytest

from inference.redaction import RedactionPolicy, get_redactor

SENTENCES = {
    "en": "My number is {}, nobody came.",
    "fr": "Mon numéro est le {}, personne n'est venu.",
    "es": "Mi número es {}, nadie vino.",
    "pt": "O meu número é {}, ninguém veio.",
    "nl": "Mijn nummer is {}, niemand kwam.",
    "ar": "رقمي هو {} ولم يأت أحد.",
    "fa": "شماره من {} است و کسی نیامد.",
    "ps": "زما شمېره {} ده او څوک رانغلل.",
    "ur": "میرا نمبر {} ہے اور کوئی نہیں آیا۔",
    "uk": "Мій номер {}, ніхто не прийшов.",
    "ru": "Мой номер {}, никто не пришёл.",
    "sw": "Nambari yangu ni {}, hakuna aliyekuja.",
    "ha": "Lambata {} ce, ba wanda ya zo.",
    "so": "Lambarkaygu waa {}, cidna ma iman.",
    "tr": "Numaram {}, kimse gelmedi.",
    "ht": "Nimewo mwen se {}, pèsonn pa vini.",
    "xx": "Tēnā koe {} kāore he tangata.",
}
VALUES = {
    "international phone": "+256 700 000 990",
    "phone with dashes": "+1-555-010-0199",
    "phone in brackets": "(0170) 555 0199",
    "local phone": "0700 000 255",
    "West African phone": "76 00 01 75",
    "French phone": "06 12 34 56 78",
    "compact phone": "0770000167",
    "Spanish phone": "612 345 678",
    "dotted phone": "070.000.0255",
    "Arabic-Indic phone": "٠٧٧٠٠٠٠١٦٧",
    "Persian phone": "۰۷۰۰۱۲۳۴۵۶",
    "full-width phone": "０７００１２３４５６",
    "spaced digits": "0 7 0 0 1 2 3 4 5 6",
    "phone of keycaps": "0️⃣7️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣",
    "phone struck through": "0̶7̶0̶0̶1̶2̶3̶4̶5̶6̶",
    "raised phone": "⁰⁷⁰⁰¹²³⁴⁵⁶",
    "phone of black circles": "⓿❼⓿⓿❶❷❸❹❺❻",
    "phone with middle dots": "0700·123·456",
    "phone with underscores": "0700_123_456",
    "coordinates on two lines": "-1.28333,\n36.81667",
    "phone with zero-width": "0700\u200b123\u200b456",
    "phone with marks of direction": "\u200e0700 123 456\u200e",
    "Devanagari phone": "०७००१२३४५६",
    "e-mail": "amina.d@example.org",
    "e-mail with plus": "a+b@mail.example.co.ke",
    "full-width e-mail": "amina＠example．org",
    "spelled e-mail": "amina.d at gmail dot com",
    "bracketed e-mail": "amina (at) example.org",
    "IBAN": "GB29 NWBK 6016 1331 9268 19",
    "IBAN without spaces": "DE89370400440532013000",
    "card": "4111 1111 1111 1111",
    "IPv4": "192.168.10.14",
    "IPv6": "2001:db8::8a2e:370:7334",
    "MAC": "00:1A:2B:3C:4D:5E",
    "link": "https://example.org/u/amina?id=5",
    "bare link": "www.example.org/amina",
    "domain": "example.co.ke",
    "handle": "@amina_d77",
    "coordinates": "15.12345, 36.45678",
    "degrees": "15°07'24\"N 36°27'24\"E",
    "plus code": "6GCRPR6C+24",
    "household number": "HH-015698",
    "registration": "RC0094690",
    "case number": "NYR/2021/00345",
    "spaced registration": "ID 00090859",
    "long number": "12345678901234567890",
}


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("kind", VALUES)
def test_a_structured_value_is_found_in_every_language(language: str, kind: str) -> None:
    value = VALUES[kind]
    session = get_redactor().open_session(RedactionPolicy())
    redacted = session.redact(SENTENCES[language].format(value))
    before, after = SENTENCES[language].split("{}")
    assert "<" in redacted
    left = redacted.removeprefix(before).removesuffix(after)
    assert not any(char.isdecimal() for char in left.replace("_1>", "").replace("_2>", "")), redacted
    assert "amina" not in left.lower()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("My case number is 4521.", "4521"),
        ("dossier n° 4521", "4521"),
        ("رقم البطاقة 4521", "4521"),
        ("household no. 778 got nothing", "778"),
        ("номер справи 4521", "4521"),
        ("kadi namba 4521", "4521"),
        ("ration card: 90412", "90412"),
        ("call 12345", "12345"),
        ("the truck with plate UAX 123B hit him", "UAX 123B"),
        ("matrícula AB-123-CD", "AB-123-CD"),
        ("my account 3341 2 at the bank, cuenta 88123", "88123"),
        ("zero seven double one two three four five six seven", "seven"),
        ("sifuri saba moja mbili tatu nne tano sita", "sifuri"),
        ("нуль п'ять нуль один два три чотири", "чотири"),
        ("صفر سبعة سبعة واحد اثنين ثلاثة أربعة", "سبعة"),
        ("telegram: amina_77", "amina_77"),
        ("I live at 12 Market Road", "12 Market Road"),
        ("J'habite 14 rue des Lilas", "14 rue des Lilas"),
        ("Vivo en la calle Bolívar 41", "Bolívar 41"),
        ("P.O. Box 1234", "1234"),
        ("вул. Шевченка, 5", "Шевченка"),
        ("///filled.count.soap", "filled.count.soap"),
    ],
)
def test_what_needs_a_cue_is_found_with_it(text: str, hidden: str) -> None:
    session = get_redactor().open_session(RedactionPolicy())
    assert hidden not in session.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "We queued 3 hours for 20 litres of water and 25 kg of rice.",
        "They gave 1 500 000 francs, then 250,000 UGX and $2,500.00.",
        "On 12/03/2024 at 10:30 and on 2024-03-12 at 14h30 nobody came.",
        "Most in 2026-W27, least in 2025-W53, in 2026-07 nothing.",
        "In 2019-2020 and 2021 we got nothing, in 2022 little.",
        "The price rose from 12.50 to 13.75, by 10 %.",
        "1500000 people and 350.000 pesos, 1.234.567,89 € in all.",
        "The toilets in block 12 have not been cleaned for 5 days.",
        "COVID-19, B12, H1N1, 4x4, 2nd round, 50/50, 24/7.",
        "Blood pressure 120/80, temperature 38.5, weight 7.2 kg.",
        "نحن 45 عائلة في القطاع 12 وننتظر منذ 2019.",
        "Нас 15 сімей, чекаємо з 2022 року, 300 000 гривень.",
        "Watu 5000 walipata kilo 25 za mchele.",
        "We are 350 households, 1800 people, 12 km from the road.",
        "Version 2.0.1 of the form, page 3 of 12, question 4.",
    ],
)
def test_figures_that_are_nobodys_number_stay(text: str) -> None:
    session = get_redactor().open_session(RedactionPolicy())
    assert session.redact(text) == text


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Ring us (07700 900 476) today.", "Ring us (<PHONE_NUMBER_1>) today."),
        ("Ring (0170) 555 0199 today.", "Ring <PHONE_NUMBER_1> today."),
        ("Ring (+44) 7700 900476 today.", "Ring <PHONE_NUMBER_1> today."),
        ("My card RC-118-44215 was taken.", "My card <ID_NUMBER_1> was taken."),
        ("The form RC-118-44215 was taken.", "The form <ID_NUMBER_1> was taken."),
        ("Tel.: 665 563 491 (Ext): 518-229", "Tel.: <PHONE_NUMBER_1> (Ext): <PHONE_NUMBER_2>"),
        ("61 51 81 office", "<PHONE_NUMBER_1> office"),
        ("they gave us word1000 or food500 today", "they gave us word1000 or food500 today"),
        ("my household is hh1000 here", "my household is <ID_NUMBER_1> here"),
        ("We live in Kalverstraat 12 now.", "We live in <ADDRESS_1> now."),
    ],
)
def test_a_number_is_cut_and_called_as_it_stands(text: str, redacted: str) -> None:
    assert get_redactor().open_session(RedactionPolicy()).redact(text) == redacted


def test_country_hints_find_short_local_numbers() -> None:
    text = "Ring me: my line 222 334 is always open, thanks 445 566"
    hinted = get_redactor().open_session(RedactionPolicy(country_hints=("FO",)))
    plain = get_redactor().open_session(RedactionPolicy())
    assert "445 566" in plain.redact(text)
    assert "445 566" not in hinted.redact(text) or hinted.counts


def test_a_checksum_names_a_national_identity_number() -> None:
    session = get_redactor().open_session(RedactionPolicy())
    assert (
        session.redact("10000000146 and 12345678Z and 44051401359")
        == "<NATIONAL_ID_1> and <NATIONAL_ID_2> and <NATIONAL_ID_3>"
    )


def test_dates_of_birth_and_ages_are_redacted_on_request() -> None:
    text = "I am 33 years old, born on 12/03/1991."
    asked = get_redactor().open_session(RedactionPolicy(extra_entities=frozenset({"AGE", "DATE_OF_BIRTH"})))
    assert asked.redact(text) == "I am <AGE_1> years old, born on <DATE_OF_BIRTH_1>."
    assert get_redactor().open_session(RedactionPolicy()).redact(text) == text


def test_places_and_organisations_are_redacted_on_request() -> None:
    text = "We fled from Aleppo to Gaziantep."
    asked = get_redactor().open_session(RedactionPolicy(extra_entities=frozenset({"LOCATION"})))
    assert asked.redact(text) == "We fled from <LOCATION_1> to <LOCATION_2>."
    assert get_redactor().open_session(RedactionPolicy()).redact(text) == text
