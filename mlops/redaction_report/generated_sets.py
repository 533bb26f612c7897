"""Held-out sets made on the spot: values and sentences that no list, pattern or model was made from. Needs Faker."""

import random
from collections.abc import Callable
from pathlib import Path

import faker
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from mlops.name_model.sources import HELD_OUT_LOCALES, faker_names
from mlops.redaction_report.scores import LabelledText, Value

SEED = 4_636
_REGIONS = """
    KE UG TZ RW BI CD SO ET SS SD NG NE ML BF SN SL LR GN CM TD CF MZ AO MW ZM ZW MG HT CO VE EC PE GT
    HN MX BR AR SY IQ LB JO YE PS EG LY TN MA AF PK IR BD NP MM PH ID VN TR UA RU PL RO MD DE FR NL BE
    ES PT IT GB US
""".split()  # noqa: SIM905 -- a list of countries reads best as one text
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_OWN_DIGITS = {"ar": _ARABIC_DIGITS, "fa": _PERSIAN_DIGITS, "ps": _PERSIAN_DIGITS, "ur": _PERSIAN_DIGITS}
_ARABIC_LANGUAGES = ("ar", "fa", "ps", "ur")


def _carriers(slot: str) -> dict[str, list[str]]:
    by_language: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "carriers.txt").read_text("utf-8").splitlines():
        language, _, sentence = line.partition(" ")
        if slot in sentence and language != "#":
            by_language.setdefault(language, []).append(sentence)
    return by_language


def structured(per_language: int = 120) -> list[LabelledText]:
    """Every structured kind in every language, local phone formats of 65 countries among them."""
    chooser = random.Random(SEED)
    values = value_makers(chooser)
    texts = []
    for language, sentences in _carriers("{V}").items():
        for kind, make in values.items():
            for _ in range(per_language):
                value = make()
                if language in _OWN_DIGITS and kind == "PHONE" and chooser.random() < 0.5:
                    value = value.translate(_OWN_DIGITS[language])
                texts.append(_filled(language, chooser.choice(sentences), "{V}", value, kind))
    return texts


def value_makers(chooser: random.Random) -> dict[str, Callable[[], str]]:
    """Return a function that makes a value, by structured kind."""
    fake = faker.Faker(["en_GB", "fr_FR", "es_ES", "de_DE", "tr_TR", "pt_PT"])
    fake.seed_instance(SEED)
    return {
        "PHONE": lambda: _phone(chooser),
        "EMAIL": lambda: str(fake.email()),
        "IBAN": lambda: str(fake.iban()),
        "CARD": lambda: str(fake.credit_card_number()),
        "URL": lambda: str(fake.uri()),
        "IP": lambda: str(chooser.choice((fake.ipv4, fake.ipv6))()),
        "CASE_NUMBER": lambda: _case_number(chooser),
        "COORDINATES": lambda: f"{chooser.uniform(-35, 50):.5f}, {chooser.uniform(-90, 90):.5f}",
    }


def _phone(chooser: random.Random) -> str:
    """A number of a real country's numbering plan, its last digits changed, as people there write it."""
    while True:
        region = chooser.choice(_REGIONS)
        number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if number is None:
            continue
        digits = str(number.national_number)
        changed = digits[:-5] + "".join(chooser.choice("0123456789") for _ in range(5))
        parsed = phonenumbers.PhoneNumber(country_code=number.country_code, national_number=int(changed))
        form = chooser.choice(
            (
                PhoneNumberFormat.NATIONAL,
                PhoneNumberFormat.NATIONAL,
                PhoneNumberFormat.INTERNATIONAL,
                PhoneNumberFormat.E164,
            )
        )
        return phonenumbers.format_number(parsed, form)


def _case_number(chooser: random.Random) -> str:
    """Forms in which organisations number households, cards and registrations."""
    letters = "".join(chooser.choice("ABCDEFGHKLMNPRSTUVWXYZ") for _ in range(3))

    def digits(count: int) -> str:
        return "".join(chooser.choice("0123456789") for _ in range(count))

    forms = (
        f"{letters[:2]}-{digits(6)}",
        f"{letters}{digits(7)}",
        f"{letters}/{digits(4)}/{digits(5)}",
        f"{digits(3)}-{digits(2)}C{digits(5)}",
        f"{letters[0]}{digits(8)}",
        f"{digits(9)}",
        f"{letters[:2]}.{digits(3)}.{digits(4)}",
        f"{letters}-{digits(4)}-{letters[:2]}",
    )
    return chooser.choice(forms)


def unseen_names(per_locale: int = 60) -> list[LabelledText]:
    """Names of locales that the trial model has not met, in sentences it has not met; kind is the locale."""
    chooser = random.Random(SEED)
    carriers = _carriers("{P}")
    texts = []
    for locale in sorted(HELD_OUT_LOCALES):
        names = faker_names(locale)
        if not names.given or not names.family:
            continue
        languages = _languages_for(names.given[0], carriers)
        for _ in range(per_locale):
            language = chooser.choice(languages)
            name = f"{chooser.choice(names.given)} {chooser.choice(names.family)}"
            texts.append(_filled(language, chooser.choice(carriers[language]), "{P}", name, locale))
    return texts


def _languages_for(name: str, carriers: dict[str, list[str]]) -> list[str]:
    if "\u0600" <= name[0] <= "\u06ff":
        return [language for language in _ARABIC_LANGUAGES if language in carriers]
    if "\u0400" <= name[0] <= "\u04ff":
        return ["uk", "ru"]
    return [language for language in carriers if language not in {*_ARABIC_LANGUAGES, "uk", "ru"}]


def _filled(language: str, sentence: str, slot: str, value: str, kind: str) -> LabelledText:
    start = sentence.index(slot)
    return LabelledText(language, sentence.replace(slot, value), (Value(start, start + len(value), kind),))
