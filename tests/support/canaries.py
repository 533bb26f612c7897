"""Records with personal values that exist nowhere else, in ten languages: where one turns up, it leaked.

No value can come about by chance: serials are longer than any fraction of a second, coordinates lie above 60 degrees,
where no clock and no latency gets, and no two names share a word.
"""

import json
import random
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import re2

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
    "latin": "ba be bo da de di ka ke ko la le lo ma me mo na ne no ra re ro sa se so ta te to va ve vo za ze zo",
    "ar": "با بي دا دو را ري سا سو كا كو لا لي ما مو نا ني فا في",
    "uk": "ба бо ва во га да до ка ко ла ло ма мо на но ра ро са со та то",
}
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True)
class Canary:
    """One record and the values in it.

    names: the two words of a name. structured: what is found by its form, as the text has it. rewritten: the same
    values as something that normalises them would write them.
    """

    language: str
    text: str
    names: tuple[str, str]
    structured: tuple[str, ...]
    rewritten: tuple[str, ...]

    @property
    def email(self) -> str:
        return self.structured[1]


def canaries(count: int, *, seed: int) -> list[Canary]:
    """So many records, their values unique to the seed; every fourth Arabic-script phone in its own digits."""
    chooser = random.Random(seed)
    used: set[str] = set()
    return [_canary(chooser, used, language, number) for number, language in enumerate(islice(cycle(GREETINGS), count))]


def _canary(chooser: random.Random, used: set[str], language: str, number: int) -> Canary:
    names = (_word(chooser, used, language), _word(chooser, used, language))
    serial = f"{chooser.randint(10**5, 10**6 - 1)}{number:05d}"
    digits = f"07{serial[2:4]} {serial[4:7]} {serial[7:]}"
    phone = digits.translate(_ARABIC_DIGITS) if language in {"ar", "fa"} and number % 4 == 0 else digits
    email = f"canary{serial}@example.org"
    latitude, longitude = f"{chooser.uniform(61, 85):.6f}", f"{chooser.uniform(86, 179):.6f}"
    card = f"HH-{serial}"
    text = GREETINGS[language].format(
        name=" ".join(names), phone=phone, email=email, place=f"{latitude}, {longitude}", card=card
    )
    structured = (phone, email, latitude, longitude, card)
    return Canary(language, text, names, structured, rewritten=(digits, digits.replace(" ", ""), serial))


def _word(chooser: random.Random, used: set[str], language: str) -> str:
    """A name that nobody else in this flock has."""
    script = "ar" if language in {"ar", "fa"} else "uk" if language == "uk" else "latin"
    while (word := "".join(chooser.choices(_SYLLABLES[script].split(), k=chooser.randint(3, 4)))) in used:
        pass
    used.add(word)
    return word if script == "ar" else word.capitalize()


class CanaryFinder:
    """Finds the values of a flock in any amount of text, in one pass.

    A value counts in any case, and as JSON, a URL or a column of bytes would write it. Names count as whole words.
    """

    def __init__(self, flock: Iterable[Canary]) -> None:
        self._names: dict[str, str] = {}
        self._structured: dict[str, str] = {}
        for canary in flock:
            self._names |= {form: name for name in canary.names for form in _forms(name)}
            self._structured |= {
                form: value for value in canary.structured + canary.rewritten for form in _forms(value)
            }
        self._words = {name.lower() for name in self._names.values()}
        options = re2.Options()
        options.max_mem = 1 << 30
        self._any = re2.compile("|".join(map(re2.escape, self._names | self._structured)).encode(), options)

    def structured(self, text: str) -> set[str]:
        """The phones, addresses, places and cards in a text."""
        return {self._structured[form] for form, _ in self._found(text) if form in self._structured}

    def names(self, text: str) -> set[str]:
        """The words of names in a text."""
        found = {form for form, is_word in self._found(text) if is_word or form not in self._words}
        return {self._names[form] for form in found if form in self._names}

    def all(self, text: str) -> set[str]:
        return self.structured(text) | self.names(text)

    def _found(self, text: str) -> Iterator[tuple[str, bool]]:
        """Each form found, and whether it stands as a word of its own."""
        searched = text.lower().replace("\\n", " ").encode(errors="replace")
        for match in self._any.finditer(searched):
            before = searched[max(0, match.start() - 8) : match.start()].decode(errors="ignore")
            after = searched[match.end() : match.end() + 8].decode(errors="ignore")
            yield match[0].decode(), not (before[-1:].isalpha() or after[:1].isalpha())


def _forms(value: str) -> Sequence[str]:
    forms = (value, value.encode().hex(), urllib.parse.quote(value), json.dumps(value)[1:-1])
    return list(dict.fromkeys(form.lower() for form in forms))
