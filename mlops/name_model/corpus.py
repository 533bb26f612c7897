"""Synthetic sentences: our templates filled with names, places and organisations, each word labelled."""

import random
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

from mlops.name_model import sources
from mlops.name_model.inflection import inflected_words
from mlops.name_model.lexicon_building import LANGUAGES, Words, inflected, is_everyday
from mlops.name_model.sources import Names

_SLOT = re.compile(r"\{([PFLGONTDWKAZ])\}")
_ROUNDS = {"P": "PERSON", "F": "PERSON", "L": "PERSON", "G": "LOCATION", "O": "ORGANISATION"}
_LOCALES = {
    "en": (
        "en",
        "en_US",
        "en_GB",
        "en_NG",
        "en_KE",
        "en_IN",
        "en_PK",
        "en_NZ",
        "en_IE",
        "own_latin",
        "own_latin",
        "own_latin",
    ),
    "fr": ("fr_FR", "fr_BE", "fr_DZ", "fr_CA", "own_latin", "own_latin"),
    "es": ("es_ES", "es_MX", "es_CO", "es_AR", "es_CL", "es", "own_latin"),
    "pt": ("pt_BR", "pt_PT", "own_latin", "own_latin"),
    "nl": ("nl_NL", "nl_BE", "tr_TR", "own_latin"),
    "ht": ("fr_FR", "own_latin", "own_latin"),
    "sw": ("sw", "own_latin", "own_latin", "en_KE"),
    "ha": ("ha_NG", "en_NG", "own_latin"),
    "so": ("own_latin",),
    "tr": ("tr_TR", "own_latin"),
    "uk": ("uk_UA", "own_cyrillic"),
    "ru": ("ru_RU", "own_cyrillic"),
    "ar": ("ar_SA", "ar_PS", "ar_AA", "own_arabic", "own_arabic"),
    "fa": ("fa_IR", "own_arabic"),
    "ps": ("fa_IR", "own_arabic"),
    "ur": ("own_arabic",),
}
_AGENCIES = [
    "UNHCR",
    "UNICEF",
    "WFP",
    "IOM",
    "MSF",
    "IFRC",
    "ICRC",
    "WHO",
    "OCHA",
    "FAO",
    "UNDP",
    "NRC",
    "DRC",
    "IRC",
    "ACF",
    "CARE",
    "Oxfam",
    "Caritas",
    "Plan",
    "Tearfund",
    "Mercy-Corps",
    "Concern",
    "Medair",
    "Intersos",
    "Solidarités",
    "HI",
    "ZOA",
    "GOAL",
    "CRS",
    "ADRA",
    "Cordaid",
    "BRAC",
    "WaterAid",
    "Goal",
    "PIN",
    "Acted",
]
_COMPANY_FORMS = (
    "{L} Group",
    "{L} and Sons",
    "{L}-{L}",
    "{L} Inc",
    "{L} Ltd",
    "{L} LLC",
    "{G} Hospital",
    "{G} Health Centre",
    "{G} Primary School",
    "{L}, {L} and {L}",
    "{G} Water Company",
    "Bank of {G}",
    "University of {G}",
    "{G} Red Cross",
    "Save the Children",
    "Islamic Relief",
    "Hospital de {G}",
    "Clínica {L}",
    "Hôpital {G}",
    "Norwegian Refugee Council",
    "World Vision",
    "Mercy Corps",
    "{G} FC",
)
_LOCAL_AGENCIES = {
    "ar": (
        "اليونيسف",
        "الأونروا",
        "المفوضية",
        "برنامج الأغذية العالمي",
        "منظمة كير",
        "أطباء بلا حدود",
        "جمعية الإغاثة",
    ),
    "fa": ("یونیسف", "یونیسف", "سازمان ملل", "کمیته نروژ", "هلال احمر"),
    "ps": ("یونیسف", "ملګري ملتونه"),
    "ur": ("یونیسف", "ہلال احمر", "اقوام متحدہ"),
    "uk": ("ЮНІСЕФ", "УВКБ ООН", "Карітас", "Червоний Хрест", "ООН", "ДСНС", "Фонд Відродження"),
    "ru": ("ЮНИСЕФ", "УВКБ ООН", "Каритас", "ООН", "Фонд Надежда"),
}
_OTHER_WORDS = 0.10
_WORD_SALAD = 0.09
_SALAD_IN_LOWER_CASE = 0.5
_ANY_LANGUAGE = 0.1
_LOWER_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")
_SCRIPTS = {"uk": "CYRILLIC", "ru": "CYRILLIC", "ar": "ARABIC", "fa": "ARABIC", "ps": "ARABIC", "ur": "ARABIC"}


@dataclass(frozen=True)
class Example:
    """A text and where its names are: (start, end, label)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


class Corpus:
    """An endless supply of examples, the same for the same seed."""

    def __init__(self, words: Words, seed: int) -> None:
        self._random = random.Random(seed)
        self._names = {names.locale: names for names in words.names if names.given or names.family}
        self._by_script: dict[str, list[Names]] = {"LATIN": [], "CYRILLIC": [], "ARABIC": []}
        for names in self._names.values():
            script = _script((names.given or names.family)[0])
            if script in self._by_script:
                self._by_script[script].append(names)
        self._places: dict[str, list[str]] = {"LATIN": [], "CYRILLIC": [], "ARABIC": []}
        for place in sorted(words.places):
            if _script(place) in self._places:
                self._places[_script(place)].append(place)
        self._templates = sources.templates()
        self._calendar = sources.calendar()
        self._peoples = sources.peoples()
        self._vocabularies = [
            sorted(word for word in vocabulary if is_everyday(words.flags, word))
            for vocabulary in [*sources.vocabularies(self._templates), set(inflected_words())]
        ]
        self._interface = list(sources.interface_texts(LANGUAGES))

    def examples(self, count: int) -> Iterator[Example]:
        """Examples in every language, a few sentences each, some of them in lower case or capitals throughout."""
        languages = sorted(set(self._templates) - {"any"})
        for _ in range(count):
            chance = self._random.random()
            if chance < _WORD_SALAD:
                yield Example(self._word_salad(), ())
            elif chance < _WORD_SALAD + _OTHER_WORDS:
                yield Example(self._random.choice(self._interface)[1], ())
            else:
                yield self._styled(self._message(self._random.choice(languages)))

    def _word_salad(self) -> str:
        """Everyday words of one language in no order: however it sounds, none of them is a name here."""
        vocabulary = self._random.choice(self._vocabularies)
        texts = [
            " ".join(self._random.sample(vocabulary, self._random.randint(2, 8)))
            for _ in range(self._random.choice((1, 1, 2)))
        ]
        if self._random.random() < _SALAD_IN_LOWER_CASE:
            return " ".join(texts)
        return " ".join(text[:1].upper() + text[1:] + self._random.choice(".!?,") for text in texts)

    def _message(self, language: str) -> Example:
        text, spans = "", []
        for _ in range(self._random.choice((1, 1, 2, 2, 3, 4))):
            kind = "any" if self._random.random() < _ANY_LANGUAGE else language
            sentence = self._filled(self._random.choice(self._templates[kind]), language)
            if text:
                text += self._random.choice((" ", " ", " ", "\n", "\n\n"))
            spans += [(start + len(text), end + len(text), label) for start, end, label in sentence.spans]
            text += sentence.text
        return Example(text, tuple(spans))

    def _filled(self, template: str, language: str) -> Example:
        text, spans, position = "", [], 0
        for slot in _SLOT.finditer(template):
            text += template[position : slot.start()]
            value = self._value(slot[1], language)
            if slot[1] in _ROUNDS:
                spans.append((len(text), len(text) + len(value), _ROUNDS[slot[1]]))
            text += value
            position = slot.end()
        return Example(text + template[position:], tuple(spans))

    def _value(self, slot: str, language: str) -> str:
        if slot == "G":
            return self._random.choice(self._places[_SCRIPTS.get(language, "LATIN")])
        if slot == "O":
            return self._organisation(language)
        if slot == "N":
            return str(self._random.randint(2, 40))
        if slot == "T":
            return "0" + "".join(self._random.choice("0123456789") for _ in range(9))
        if slot == "D":
            return f"{self._random.randint(1, 28)}/{self._random.randint(1, 12)}/2026"
        if slot in "WKAZ":
            return self._capitalised(slot, language)
        names = self._pool(language)
        name = {"F": self._given, "L": self._family, "P": self._full_name}[slot](names)
        if language in {"uk", "ru"} and self._random.random() < 0.3:
            name = " ".join(self._random.choice(inflected(part) or [part]) for part in name.split())
        return name

    def _capitalised(self, slot: str, language: str) -> str:
        """What is written with a capital and is nobody's name: a day, a people, an acronym, a letter."""
        if slot == "W":
            return self._random.choice(self._calendar[language])
        if slot == "K":
            return self._random.choice(self._peoples)
        letters = string.ascii_uppercase
        if slot == "Z":
            return self._random.choice(letters)
        chosen = [self._random.choice(letters) for _ in range(self._random.choice((2, 2, 3, 3, 3, 4, 5)))]
        return (".".join(chosen) + ".") if self._random.random() < 0.15 else "".join(chosen)

    def _pool(self, language: str) -> Names:
        if self._random.random() < 0.6:
            local = [self._names[locale] for locale in _LOCALES[language] if locale in self._names]
            if local:
                return self._random.choice(local)
        return self._random.choice(self._by_script[_SCRIPTS.get(language, "LATIN")])

    def _given(self, names: Names) -> str:
        return self._random.choice(names.given or names.family)

    def _family(self, names: Names) -> str:
        return self._random.choice(names.family or names.given)

    def _full_name(self, names: Names) -> str:
        given, family = self._given(names), self._family(names)
        form = self._random.random()
        if form < 0.55:
            return f"{given} {family}"
        if form < 0.65:
            return given
        if form < 0.73:
            return f"{given} {self._family(names)} {family}"
        if form < 0.79:
            return f"{given} {self._given(names)} {family}"
        if form < 0.85:
            return f"{family} {given}"
        if form < 0.90 and _script(given) == "LATIN":
            return f"{given} {self._random.choice('ABCDEFGHJKLMNPRSTW')}. {family}"
        if form < 0.93 and _script(given) != "ARABIC":
            return f"{given[0]}. {family}"
        if form < 0.96:
            return f"{given} {family}-{self._family(names)}"
        return family

    def _organisation(self, language: str) -> str:
        if language in _LOCAL_AGENCIES and self._random.random() < 0.7:
            return self._random.choice(_LOCAL_AGENCIES[language])
        if self._random.random() < 0.5:
            return self._random.choice(_AGENCIES)
        form = self._random.choice(_COMPANY_FORMS)
        names = self._random.choice(self._by_script["LATIN"])
        while "{L}" in form:
            form = form.replace("{L}", self._family(names), 1)
        return form.replace("{G}", self._random.choice(self._places["LATIN"]))

    def _styled(self, example: Example) -> Example:
        """The same text as hurried people write it: without capitals, all in capitals, names only without, misspelt."""
        chance = self._random.random()
        text, spans = example.text, example.spans
        if chance < 0.13:
            changed = text.lower()
        elif chance < 0.17:
            changed = text.upper()
        elif chance < 0.20:
            changed = text.title()
        elif chance < 0.26:
            changed = text
            for start, end, _ in spans:
                changed = changed[:start] + changed[start:end].lower() + changed[end:]
        elif chance < 0.55:
            changed = _LOWER_WORD.sub(self._mistyped, text) if not spans else self._mistyped_outside(text, spans)
        else:
            return example
        return Example(changed, spans) if len(changed) == len(text) else example

    def _mistyped_outside(self, text: str, spans: tuple[tuple[int, int, str], ...]) -> str:
        def change(match: re.Match[str]) -> str:
            inside = any(start <= match.start() < end for start, end, _ in spans)
            return match[0] if inside else self._mistyped(match)

        return _LOWER_WORD.sub(change, text)

    def _mistyped(self, match: re.Match[str]) -> str:
        """A word with a capital, two letters swapped or one changed, now and then."""
        word, chance = match[0], self._random.random()
        if chance < 0.10:
            return word.capitalize()
        if chance < 0.13:
            return word.upper()
        if chance < 0.19 and len(word) > 3:
            place = self._random.randrange(len(word) - 1)
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        if chance < 0.25 and len(word) > 3:
            place = self._random.randrange(len(word))
            return word[:place] + self._random.choice(word) + word[place + 1 :]
        return word


def _script(text: str) -> str:
    first = next((char for char in text if char.isalpha()), "a")
    if "\u0400" <= first <= "\u04ff":
        return "CYRILLIC"
    if "\u0600" <= first <= "\u06ff":
        return "ARABIC"
    return "LATIN" if first < "\u0250" or "\u1e00" <= first <= "\u1eff" else "OTHER"
