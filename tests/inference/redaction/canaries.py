"""Records with personal values that exist nowhere else, in ten languages: where one turns up, it leaked."""

import random
from dataclasses import dataclass
from itertools import cycle, islice

GREETINGS = {
    "en": "My name is {name}. Call {phone} or write to {email}. We live at {place}, card {card}. Nobody came.",
    "fr": "Je m'appelle {name}. Appelez le {phone} ou écrivez à {email}. Nous sommes à {place}, carte {card}.",
    "es": "Me llamo {name}. Llamen al {phone} o escriban a {email}. Estamos en {place}, tarjeta {card}.",
    "pt": "O meu nome é {name}. Liguem para {phone} ou escrevam para {email}. Estamos em {place}, cartão {card}.",
    "sw": "Jina langu ni {name}. Piga {phone} au andika {email}. Tuko {place}, kadi {card}.",
    "ar": "اسمي {name}. اتصلوا على {phone} أو اكتبوا إلى {email}. نحن في {place} والبطاقة {card}.",
    "fa": "نام من {name} است. به {phone} زنگ بزنید یا به {email} بنویسید. ما در {place} هستیم، کارت {card}.",
    "uk": "Мене звати {name}. Телефонуйте {phone} або пишіть {email}. Ми тут: {place}, картка {card}.",
    "tr": "Benim adım {name}. {phone} numarasını arayın veya {email} adresine yazın. Yerimiz {place}, kart {card}.",
    "so": "Magacaygu waa {name}. Wac {phone} ama u qor {email}. Waxaan joognaa {place}, kaarka {card}.",
}
_SYLLABLES = {
    "latin": [
        "ba",
        "be",
        "bo",
        "da",
        "de",
        "di",
        "ka",
        "ke",
        "ko",
        "la",
        "le",
        "lo",
        "ma",
        "me",
        "mo",
        "na",
        "ne",
        "no",
        "ra",
        "re",
        "ro",
        "sa",
        "se",
        "so",
        "ta",
        "te",
        "to",
        "va",
        "ve",
        "vo",
        "za",
        "ze",
        "zo",
    ],
    "ar": ["با", "بي", "دا", "دو", "را", "ري", "سا", "سو", "كا", "كو", "لا", "لي", "ما", "مو", "نا", "ني", "فا", "في"],
    "uk": [
        "ба",
        "бо",
        "ва",
        "во",
        "га",
        "да",
        "до",
        "ка",
        "ко",
        "ла",
        "ло",
        "ма",
        "мо",
        "на",
        "но",
        "ра",
        "ро",
        "са",
        "со",
        "та",
        "то",
    ],
}
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True)
class Canary:
    """One record and the values in it: the name, and everything that is found by its form."""

    language: str
    text: str
    name: str
    structured: tuple[str, ...]


def canaries(count: int, *, seed: int) -> list[Canary]:
    """So many records, their values unique to the seed; every fourth Arabic-script phone in its own digits."""
    chooser = random.Random(seed)
    return [_canary(chooser, language, number) for number, language in enumerate(islice(cycle(GREETINGS), count))]


def _canary(chooser: random.Random, language: str, number: int) -> Canary:
    name = f"{_word(chooser, language)} {_word(chooser, language)}"
    serial = f"{chooser.randint(10_000, 99_999)}{number:04d}"
    digits = f"07{serial[:2]} {serial[2:5]} {serial[5:]}"
    phone = digits.translate(_ARABIC_DIGITS) if language in {"ar", "fa"} and number % 4 == 0 else digits
    email = f"canary{serial}@example.org"
    place = f"{chooser.uniform(1, 60):.6f}, {chooser.uniform(1, 60):.6f}"
    card = f"HH-{serial}"
    text = GREETINGS[language].format(name=name, phone=phone, email=email, place=place, card=card)
    return Canary(language, text, name, (phone, email, place, *place.split(", "), card, serial))


def _word(chooser: random.Random, language: str) -> str:
    script = "ar" if language in {"ar", "fa"} else "uk" if language == "uk" else "latin"
    word = "".join(chooser.choices(_SYLLABLES[script], k=chooser.randint(3, 4)))
    return word if script == "ar" else word.capitalize()
