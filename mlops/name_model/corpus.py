"""Synthetic sentences: our templates filled with names, places and organisations, with a label for every word."""

import random
import re
import string
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from inference.redaction.word_lists import phrases_in
from mlops.name_model import sources
from mlops.name_model.inflection import inflected_words
from mlops.name_model.lexicon_building import LANGUAGES, Words, inflected, is_everyday
from mlops.name_model.sources import Names

_SLOT = re.compile(r"\{([PFLGONTDWKAZVY])\}")
_ROUNDS = {"P": "PERSON", "F": "PERSON", "L": "PERSON", "Y": "PERSON", "G": "LOCATION", "O": "ORGANISATION"}
_LOCALES = {
    "en": "en en_US en_GB en_NG en_KE en_IN en_PK en_NZ en_IE own_latin own_latin own_latin_more own_latin_more",
    "fr": "fr_FR fr_BE fr_DZ fr_CA mimesis_fr own_latin own_latin own_latin_more",
    "es": "es_ES es_MX es_CO es_AR es_CL es mimesis_es-mx own_latin own_latin_more",
    "pt": "pt_BR pt_PT mimesis_pt own_latin own_latin own_latin_more",
    "nl": "nl_NL nl_BE tr_TR own_latin",
    "ht": "fr_FR own_latin own_latin own_latin_more own_latin_more",
    "sw": "sw own_latin own_latin own_latin_more own_latin_more en_KE",
    "ha": "ha_NG en_NG own_latin own_latin_more own_latin_more",
    "so": "own_latin own_latin_more own_latin_more",
    "tr": "tr_TR mimesis_tr mimesis_az own_latin own_latin_more",
    "ur_latn": "en_PK en_IN own_latin own_latin_more own_latin_more",
    "uk": "uk_UA mimesis_uk own_cyrillic own_cyrillic_more",
    "ru": "ru_RU mimesis_ru mimesis_kk own_cyrillic own_cyrillic_more own_cyrillic_more",
    "ar": "ar_SA ar_PS ar_AA mimesis_ar mimesis_ar-sy mimesis_ar-dz mimesis_ar-ye own_arabic own_arab own_arab",
    "fa": "fa_IR mimesis_fa own_arabic own_persian own_persian",
    "ps": "fa_IR mimesis_fa own_arabic own_persian own_urdu",
    "ur": "own_arabic own_urdu own_urdu own_urdu",
}
_AGENCIES = """
    UNHCR UNICEF WFP IOM MSF IFRC ICRC WHO OCHA FAO UNDP NRC DRC IRC ACF CARE Oxfam Caritas Plan Tearfund Mercy-
    Corps Concern Medair Intersos Solidarités HI ZOA GOAL CRS ADRA Cordaid BRAC WaterAid Goal PIN Acted
""".split()  # noqa: SIM905 -- a list of names reads best as one text
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
_ANNOUNCED = 0.3
_WITH_TITLE = 0.12
_NICKNAME_IS_EVERYDAY_WORD = 0.3
_LOWER_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")
_SCRIPTS = {"uk": "CYRILLIC", "ru": "CYRILLIC", "ar": "ARABIC", "fa": "ARABIC", "ps": "ARABIC", "ur": "ARABIC"}


@dataclass(frozen=True)
class Example:
    """A text and where its names are: (start, end, label)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


class Corpus:
    """An endless supply of examples, the same for the same seed.

    languages: those of the sentences; all of them by default.
    """

    def __init__(self, words: Words, seed: int, languages: Collection[str] | None = None) -> None:
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
        self._languages = set(self._templates) - {"any"} if languages is None else set(languages)
        self._calendar = sources.calendar()
        self._peoples = sources.peoples()
        self._everyday = {
            language: sorted(word for word in vocabulary if is_everyday(words.flags, word))
            for language, vocabulary in sources.vocabularies(self._templates).items()
        }
        inflected = sorted(word for word in set(inflected_words()) if is_everyday(words.flags, word))
        self._vocabularies = [*self._everyday.values(), inflected]
        self._everyday_names = sources.everyday_names()
        self._place_cues = sources.place_cues()
        self._phrases = {
            name: {language: [" ".join(phrase) for phrase in phrases] for language, phrases in phrases_in(name).items()}
            for name in ("name_fields", "nickname_cues", "nickname_tails", "ask_cues")
        }
        self._titles = {
            name: {
                language: [title for phrase in phrases for title in phrase] for language, phrases in by_language.items()
            }
            for name, by_language in ((name, phrases_in(name)) for name in ("titles_before", "titles_after"))
        }
        self._interface = list(sources.interface_texts(LANGUAGES))

    def examples(self, count: int) -> Iterator[Example]:
        """Examples in every language, a few sentences each, some of them in lower case or capitals throughout."""
        languages = sorted(self._languages)
        for _ in range(count):
            chance = self._random.random()
            if chance < _WORD_SALAD:
                yield Example(self._word_salad(), ())
            elif chance < _WORD_SALAD + _OTHER_WORDS:
                yield Example(self._random.choice(self._interface)[1], ())
            else:
                yield self._styled(self._message(self._random.choice(languages)))

    def sentences_of(self, language: str, count: int) -> Iterator[Example]:
        """Single sentences of ours in one language, filled."""
        for _ in range(count):
            yield self._filled(self._random.choice(self._templates[language]), language)

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
            sentence = self._filled(self._template(language), language)
            if text:
                text += self._random.choice((" ", " ", " ", "\n", "\n\n"))
            spans += [(start + len(text), end + len(text), label) for start, end, label in sentence.spans]
            text += sentence.text
        return Example(text, tuple(spans))

    def _template(self, language: str) -> str:
        """A sentence of ours, or one made of a phrase that announces a name or a place."""
        chance = self._random.random()
        if chance < _ANY_LANGUAGE:
            return self._random.choice(self._templates["any"])
        if chance < _ANY_LANGUAGE + _ANNOUNCED:
            return self._announced(language) or self._random.choice(self._templates[language])
        return self._random.choice(self._templates[language])

    def _announced(self, language: str) -> str:
        """A phrase with what it announces, everyday words around it; empty where the language has no such phrase."""
        kind = self._random.choice(
            ("nickname", "tail", "ask", "ask", "field", "csv", "place", "place", "start", "none")
        )
        end = self._random.choice((".", ".", "", "!", f" {self._words(language, 3)}.", f", {self._words(language, 4)}"))
        if kind == "nickname" and (cue := self._phrase("nickname_cues", language)):
            return f"{self._words(language, 2)} {cue} {self._nickname(language)}{end}"
        if kind == "tail" and (cue := self._phrase("nickname_tails", language)):
            return f"{self._words(language, 2)} {{F}} {cue}{end}"
        if kind == "ask" and (cue := self._phrase("ask_cues", language)):
            return f"{cue} {self._random.choice(('{F}', '{F}', '{P}'))}{end}"
        if kind == "field" and (label := self._phrase("name_fields", language)):
            joint = self._random.choice((": ", ":", " : ", "=", " - "))
            return f"{label.capitalize()}{joint}{self._random.choice(('{P}', '{P}', '{F}'))}"
        if kind == "csv":
            joint = self._random.choice((",", ";", "\t", " | ", "، " if language in {"ar", "fa", "ur", "ps"} else ", "))
            return joint.join(("{N}", "{P}", self._random.choice(("{T}", "{N}")), "{G}"))
        if kind == "place" and (cues := self._place_cues.get(language)):
            return f"{self._random.choice(cues)} {{G}}{end}"
        if kind == "start":
            return f"{{G}} {self._words(language, 3)}{end}"
        cues = [*self._titles["titles_before"].get(language, ()), *self._phrases["ask_cues"].get(language, ())]
        return f"{self._random.choice(cues)} {self._words(language, 3)}{end}" if cues else ""

    def _phrase(self, name: str, language: str) -> str:
        phrases = self._phrases[name].get(language)
        return self._random.choice(phrases) if phrases else ""

    def _nickname(self, language: str) -> str:
        """A slot for a name, or for an everyday word that somebody is called by."""
        return "{Y}" if self._random.random() < _NICKNAME_IS_EVERYDAY_WORD else "{F}"

    def _words(self, language: str, limit: int) -> str:
        vocabulary = self._everyday.get(language)
        return " ".join(self._random.sample(vocabulary, self._random.randint(1, limit))) if vocabulary else ""

    def _titled(self, language: str, text: str) -> tuple[str, str]:
        """A title before a name and one behind it, now and then."""
        if self._random.random() >= _WITH_TITLE or text[-1:].isalnum():
            return "", ""
        before = self._titles["titles_before"].get(language, [])
        after = self._titles["titles_after"].get(language, [])
        if after and self._random.random() < 0.5:
            return "", f" {self._random.choice(after)}"
        if not before:
            return "", ""
        title = self._random.choice(before)
        return f"{title if self._random.random() < 0.6 else title.capitalize()} ", ""

    def _filled(self, template: str, language: str) -> Example:
        text, spans, position = "", [], 0
        for slot in _SLOT.finditer(template):
            text += template[position : slot.start()]
            value = self._value(slot[1], language)
            before, after = self._titled(language, text) if slot[1] in "PFL" else ("", "")
            text += before
            if slot[1] in _ROUNDS:
                spans.append((len(text), len(text) + len(value), _ROUNDS[slot[1]]))
            text += value + after
            position = slot.end()
        return Example(text + template[position:], tuple(spans))

    def _value(self, slot: str, language: str) -> str:
        if slot == "G":
            return self._random.choice(self._places[_SCRIPTS.get(language, "LATIN")])
        if slot == "O":
            return self._organisation(language)
        if slot == "V":
            word = self._random.choice(self._everyday_names.get(language) or self._everyday_names["en"])
            return word if self._random.random() < 0.7 else word.lower()
        if slot == "Y":
            word = self._random.choice(self._everyday.get(language) or ["water"])
            return word.capitalize() if self._random.random() < 0.7 else word
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
        """A word with a capital that is nobody's name: a day, a people, an acronym, a letter."""
        if slot == "W":
            return self._random.choice(self._calendar.get(language) or self._calendar["en"])
        if slot == "K":
            return self._random.choice(self._peoples)
        letters = string.ascii_uppercase
        if slot == "Z":
            return self._random.choice(letters)
        chosen = [self._random.choice(letters) for _ in range(self._random.choice((2, 2, 3, 3, 3, 4, 5)))]
        return (".".join(chosen) + ".") if self._random.random() < 0.15 else "".join(chosen)

    def _pool(self, language: str) -> Names:
        if self._random.random() < 0.6:
            local = [self._names[locale] for locale in _LOCALES[language].split() if locale in self._names]
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
