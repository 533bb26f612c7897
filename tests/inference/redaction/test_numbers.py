"""What says that a number is somebody's wins over what stands beside it; figures of everyday life stay."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.redaction import RedactionPolicy, RedactionSession, get_redactor
from mlops.redaction_report.generated_layouts import Layouts

COUNTED = {
    "en": "children are sick",
    "fr": "familles déplacées",
    "es": "hogares sin agua",
    "pt": "crianças doentes",
    "sw": "watoto wagonjwa",
    "ha": "mutane suna jira",
    "so": "qoys ayaa sugaya",
    "tr": "aile bekliyor",
    "ht": "fanmi ap tann",
    "ru": "человек ждут",
    "uk": "сімей чекають",
    "ar": "عائلة تنتظر",
    "fa": "خانوار منتظر است",
    "ur": "خاندان انتظار میں ہیں",
}
BESIDE = ("dollars", "USD", "%", "kg", "km", "shillings", "€", "litres", "days", "household size", ",5", "/2")
NUMBERS = ("98700041172", "4149499311802276", "987-00041172", "254711893004", "0711893", "+254711893004", "71893004512")


def redact(text: str) -> str:
    return get_redactor().open_session(RedactionPolicy()).redact(text)


@pytest.mark.parametrize("language", COUNTED)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_before_a_counted_word_is_taken_out(language: str, number: str) -> None:
    assert number not in redact(f"{number} {COUNTED[language]}")


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_beside_money_or_a_measure_is_taken_out(number: str, beside: str) -> None:
    assert number not in redact(f"write {number} {beside} not paid")
    assert number not in redact(f"USD {number}")


@pytest.mark.parametrize("number", ["5551234", "98700000", "1500000", "7200450"])
@pytest.mark.parametrize("beside", ["people", "dollars", "litres", "حصة", ""])
def test_a_cue_word_wins_over_what_stands_behind(number: str, beside: str) -> None:
    assert number not in redact(f"my ration card is {number} {beside}")


@pytest.mark.parametrize("joint", [",", ";", "/", "|", ", ", "،", "\n", "\t", ",and "])
@pytest.mark.parametrize(
    "values",
    [
        ("0711893004", "0798110233"),
        ("+221770001234", "+221781112233", "+221760009988"),
        ("5105105105105100", "4012888888881881"),
        ("07 11 22 33 44", "07 55 66 77 88"),
        ("711893004", "798110233"),
        ("KB-118822", "KB-118823"),
        ("amina.d@example.org", "b.k@example.com"),
    ],
)
def test_no_value_of_a_list_shields_its_neighbour(values: tuple[str, ...], joint: str) -> None:
    redacted = redact(joint.join(values))
    assert not any(value in redacted for value in values)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("we were 3.0711893004 is my line", "0711893004"),
        ("room 12.0711893004", "0711893004"),
        ("7,0711893004,F,34", "0711893004"),
        ("12;Hodan;711893004;25", "711893004"),
        ("711893004,25", "711893004"),
        ("__0711893004__", "0711893004"),
        ("0711,893,004 call", "893"),
        ("0711:893:004", "893"),
        ("+211,912,345,678", "912"),
        ("tel 2012-1955", "2012-1955"),
        ("98700041172kg", "98700041172"),
        ("TZS0711893000", "0711893000"),
        ("1,KB118822,F", "KB118822"),
        ("case numbers 5117,5118,5119", "5118"),
        ("vouchers 5117, 5118 et 5119", "5119"),
        ("household 778 6 people", "778"),
        ("HH No|778|yes", "778"),
        ('{"case": "5117", "size": 4}', "5117"),
        ("Case number\n5117\nSize\n4", "5117"),
        ("cards 1500000,1600000", "1600000"),
        ("4 711893004 3 bags", "711893004"),
    ],
)
def test_a_neighbour_does_not_make_a_number_a_figure(text: str, hidden: str) -> None:
    assert hidden not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Families 1200-1500 got food, blocks 1234-1256 did not.",
        "Tents 2301-2340 leak. Les familles 400 - 450 attendent.",
        "It was on 20260714, the form says 14072026.",
        "between 500 000 - 600 000 francs, 50000-60000 shillings",
        "an account of 50 000 francs and one of 1 500 000 francs",
        "we registered 350 households, 120 families and 1800 people",
        "we registered 350, 420 and 500 people",
        "12 500 000 francs, 7 000 000 000 people, 2 345 678 people",
        "from 2019-2020 to 2019-2020-2021, in 2021 2020 2019",
        "1,234,567 dollars and 12,5 % of 1.500.000 pesos",
        "The pipe of 1200 m costs 750000 KES, or 1250.50 USD a metre.",
        "at 00:00:05,123 and 12:30:45 on 05.06.24 at 10:20",
        "250000 مستفيد و 45 عائلة، 1500000 ليرة",
        "5000 qoys, 12000 carruur, 1500000 shilin",
    ],
)
def test_amounts_counts_ranges_and_dates_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Tent 45. 0733911820 3 children", "Tent 45. <PHONE_NUMBER_1> 3 children"),
        ("we are 5.0733911820", "we are 5.<PHONE_NUMBER_1>"),
        ("Phone:0733911820;Size:4", "Phone:<PHONE_NUMBER_1>;Size:4"),
        ("0733911820,4", "<PHONE_NUMBER_1>,4"),
    ],
)
def test_a_count_beside_a_number_is_left_to_the_sentence(text: str, redacted: str) -> None:
    assert redact(text) == redacted


_PLAIN_NUMBERS = st.integers(10**9, 10**15).map(str)


@settings(max_examples=200, deadline=None)
@given(
    _PLAIN_NUMBERS, st.sampled_from(sorted(COUNTED.values()) + list(BESIDE)), st.sampled_from(["", "1,", "5.", "a "])
)
def test_ten_digits_and_more_are_never_a_count(number: str, after: str, before: str) -> None:
    assert number not in redact(f"{before}{number} {after}")


def test_every_value_of_every_layout_is_taken_out() -> None:
    layouts = Layouts(seed=random.Random(51).randint(0, 10**6)).texts(count=42)
    leaked = [
        (value.kind, text.text[value.start : value.end])
        for text in layouts
        for value in text.values
        if text.text[value.start : value.end] in redact(text.text)
    ]
    assert not leaked


@pytest.mark.parametrize(
    "text", ["mi registro es 72338-72350", "registration number 41200-41250", "case no. 70010/70020"]
)
def test_two_long_numbers_behind_a_word_for_an_identifier_are_no_range(session: RedactionSession, text: str) -> None:
    assert not any(map(str.isdecimal, session.redact(text).replace("_1>", "")))
