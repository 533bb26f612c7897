"""Words to learn from: names and cities of Faker's locales, everyday words of tokeniser vocabularies, lists of our own.

Faker and mimesis (MIT), GeoNames' towns (CC BY 4.0, see gazetteer.py), phonenumbers (Apache-2.0, place names of its
geodata), tiktoken's o200k vocabulary as LiteLLM ships it (MIT), Django's translations (BSD), spaCy's stop words (MIT),
Faker's filler words and occupations (MIT), and pyspellchecker's word lists (MIT, counted from film subtitles; of them
only which words there are). No text of real people is used.
"""

import base64
import gettext
import gzip
import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import django
import faker.providers.address
import faker.providers.person
import spacy.lang

from inference.redaction.reading import MARKS
from mlops.name_model.gazetteer import towns

HERE = Path(__file__).parent
HELD_OUT_LOCALES = frozenset(
    [
        "fi_FI",
        "hu_HU",
        "it_IT",
        "pl_PL",
        "ro_RO",
        "vi_VN",
        "id_ID",
        "yo_NG",
        "tw_GH",
        "zu_ZA",
        "bg_BG",
        "cs_CZ",
        "ar_DZ",
        "az_AZ",
        "lt_LT",
    ]
)
"""Locales that no list and no model of a trial run has seen: names of these are the test of unknown names."""

_O200K = "fb374d419588a4632f3f557e76b4b70aebbca790"
_LETTERS = rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*"
_WORD = re.compile(rf"{_LETTERS}(?:['’-]{_LETTERS})*")
_SLOT = re.compile(r"\{\w\}")
_MIN_WORDS = 40
_LANGUAGES_OF_LISTS = {"uk_ru": ("uk", "ru"), "slavic": ("uk", "ru"), "roman_south_asian": ("ur_latn",)}
_VERY_COMMON, _COMMON = 25_000, 80_000
_MIN_TIMES_SAID = {"en": 100, "fr": 100, "es": 100, "pt": 100, "ru": 60, "ar": 300}
"""Minimum per language: words added by hand count 50, names among them; in Arabic no capital marks a name."""
_FILLER_LOCALES = ("ar_AA", "fa_IR", "fr_FR", "nl_NL", "ru_RU", "tr_TR", "uk_UA")
"""Those whose filler texts are of real words."""
_UNWANTED = re.compile(r"formats|prefix|suffix|romanized|unique|honorific|translit|middle_name_initial", re.IGNORECASE)


class Names(NamedTuple):
    """Given and family names of one locale."""

    locale: str
    given: tuple[str, ...]
    family: tuple[str, ...]


def person_locales() -> list[str]:
    """Every locale that Faker has names for."""
    return [module.name for module in pkgutil.iter_modules(faker.providers.person.__path__)]


def faker_names(locale: str) -> Names:
    """Names of one of Faker's locales, weights and titles left out."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    given: set[str] = set()
    family: set[str] = set()
    for name in dir(provider):
        value = getattr(provider, name)
        if _UNWANTED.search(name) or callable(value) or not hasattr(value, "__iter__") or isinstance(value, str):
            continue
        if "last_name" in name:
            family.update(_plain(value))
        elif "first_name" in name or "middle_name" in name:
            given.update(_plain(value))
    return Names(locale, tuple(sorted(given)), tuple(sorted(family)))


def mimesis_locales() -> list[str]:
    """Every locale that mimesis has names for."""
    return sorted(path.parent.name for path in _mimesis_folder().glob("*/person.json"))


def mimesis_names(locale: str) -> Names:
    """Names of one of mimesis' locales."""
    content = json.loads((_mimesis_folder() / locale / "person.json").read_text("utf-8"))
    given, family = _texts_in(content.get("names", [])), _texts_in(content.get("surnames", []))
    return Names(f"mimesis_{locale}", tuple(sorted(set(_plain(given)))), tuple(sorted(set(_plain(family)))))


def _mimesis_folder() -> Path:
    package = find_spec("mimesis")
    if package is None or package.origin is None:
        raise FileNotFoundError("mimesis is not installed: see the development dependencies")
    return Path(package.origin).parent / "datasets"


def _texts_in(value: object) -> Iterator[str]:
    """Every text in lists and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in _texts_in(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in _texts_in(item))


def _plain(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        text = str(value[0] if isinstance(value, tuple) else value).strip()
        if text and "{" not in text and not any(char.isdecimal() for char in text):
            yield text


def own_names() -> list[Names]:
    """Our own lists, one Names per file."""
    names = []
    for path in sorted((HERE / "names").glob("*.txt")):
        lines = [line for line in path.read_text("utf-8").splitlines() if line[:2] in {"F ", "L "}]
        given = [name for line in lines if line[0] == "F" for name in line.split()[1:]]
        family = [name for line in lines if line[0] == "L" for name in line.split()[1:]]
        names.append(Names(f"own_{path.stem}", tuple(given), tuple(family)))
    return names


def places() -> set[str]:
    """Names of cities, regions and countries, in many scripts."""
    names: set[str] = set()
    for module in pkgutil.iter_modules(faker.providers.address.__path__):
        provider = importlib.import_module(f"faker.providers.address.{module.name}").Provider
        for name in ("cities", "city_names", "countries", "states", "provinces", "regions", "districts", "counties"):
            names.update(_plain(getattr(provider, name, ())))
    geodata = importlib.import_module("phonenumbers.geodata.data0")
    for by_language in geodata.data.values():
        for text in by_language.values():
            names.update(part.strip() for part in re.split(r"[,/()-]", text) if part.strip())
    names.update((HERE / "places.txt").read_text("utf-8").split("\n"))
    names.update(towns())
    for path in _mimesis_folder().glob("*/address.json"):
        names.update(_texts_in(json.loads(path.read_text("utf-8")).get("city", [])))
    return {place for place in names if place and len(place) < 40 and not any(char.isdecimal() for char in place)}


def vocabulary() -> Iterator[tuple[str, int]]:
    """Whole words of the tokeniser in order of how common they are, with a rank from 1 (very common) to 3."""
    package = find_spec("litellm")
    if package is None or package.origin is None:
        raise FileNotFoundError("LiteLLM is not installed")
    path = Path(package.origin).parent / "litellm_core_utils" / "tokenizers" / _O200K
    for line in path.read_bytes().splitlines():
        token, _, rank = line.partition(b" ")
        try:
            text = base64.b64decode(token).decode()
        except UnicodeDecodeError:
            continue
        if text[0] == " " and len(text) > 2 and text[1:].isalpha():
            yield text[1:], 1 if int(rank) < _VERY_COMMON else 2 if int(rank) < _COMMON else 3


def spoken_words() -> dict[str, list[str]]:
    """Words that are often said in films, by language; names among them are for the caller to leave out."""
    package = find_spec("spellchecker")
    if package is None or package.origin is None:
        raise FileNotFoundError("pyspellchecker is not installed: see the development dependencies")
    words = {}
    for language, minimum in _MIN_TIMES_SAID.items():
        path = Path(package.origin).parent / "resources" / f"{language}.json.gz"
        counts: dict[str, int] = json.loads(gzip.decompress(path.read_bytes()))
        words[language] = sorted(word for word, count in counts.items() if count >= minimum and word.isalpha())
    return words


def filler_words() -> dict[str, list[str]]:
    """Words of Faker's filler texts and occupations, by locale; words with a capital only are left out."""
    by_locale: dict[str, set[str]] = {}
    for kind, attribute in (("lorem", "word_list"), ("job", "jobs")):
        package = importlib.import_module(f"faker.providers.{kind}")
        for module in pkgutil.iter_modules(package.__path__):
            if module.name in _FILLER_LOCALES:
                provider = importlib.import_module(f"{package.__name__}.{module.name}").Provider
                words = words_of(" ".join(map(str, getattr(provider, attribute))))
                by_locale.setdefault(module.name, set()).update(word for word in words if not word[0].isupper())
    return {locale: sorted(words) for locale, words in by_locale.items()}


def stop_words() -> set[str]:
    """Function words of every language spaCy knows."""
    stop_words: set[str] = set()
    for module in pkgutil.iter_modules(spacy.lang.__path__):
        name = f"spacy.lang.{module.name}.stop_words"
        if module.ispkg and find_spec(name):
            stop_words.update(importlib.import_module(name).STOP_WORDS)
    return {word for word in stop_words if word.isalpha()}


def interface_texts(languages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Translated sentences of Django's admin and forms: (language, text), none of them about a person."""
    root = Path(django.__file__).parent
    for language in languages:
        for path in sorted(root.glob(f"**/locale/{language}/LC_MESSAGES/django.mo")):
            with path.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)
            for text in catalogue._catalog.values():  # type: ignore[attr-defined] # noqa: SLF001 -- no public way
                if isinstance(text, str) and 1 < len(text.split()) < 40 and "<" not in text:
                    yield language, re.sub(r"%\(?\w*\)?[a-z]?|\{\w*\}", "", text)


def own_vocabulary() -> set[str]:
    """Everyday words of languages that the tokeniser knows little of, lists of our own."""
    return {word for path in sorted((HERE / "vocabulary").glob("*.txt")) for word in path.read_text("utf-8").split()}


def vocabularies(texts: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """Everyday words by language: our own lists, the words of our own sentences, films, Faker's fillers."""
    by_language: dict[str, set[str]] = {}
    for path in sorted((HERE / "vocabulary").glob("*.txt")):
        for language in _LANGUAGES_OF_LISTS.get(path.stem, (path.stem,)):
            by_language.setdefault(language, set()).update(path.read_text("utf-8").split())
    for language, lines in texts.items():
        written = (word for line in lines for word in words_of(_SLOT.sub(" ", line)))
        by_language.setdefault(language, set()).update(word for word in written if not word[0].isupper())
    listed = {language.partition("_")[0]: words for language, words in filler_words().items()}
    for language, words in (*spoken_words().items(), *listed.items()):
        by_language.setdefault(language, set()).update(words)
    return {language: words for language, words in by_language.items() if len(words) > _MIN_WORDS}


def calendar() -> dict[str, list[str]]:
    """Days, months and feasts per language."""
    lines = (HERE / "calendar.txt").read_text("utf-8").splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines if line}


def peoples() -> list[str]:
    """Peoples, languages, faiths, diseases and products: written with a capital, and nobody's name."""
    return (HERE / "peoples.txt").read_text("utf-8").split()


def everyday_names() -> dict[str, list[str]]:
    """Everyday words that are names as well, by language: Hope, Espoir, Amani."""
    return {language: words for language, *words in _lines("virtues")}


def place_cues() -> dict[str, list[str]]:
    """Phrases that stand before a place, by language."""
    lines = {language.removesuffix(":"): " ".join(words) for language, *words in _lines("place_cues")}
    return {language: [phrase.strip() for phrase in phrases.split("|")] for language, phrases in lines.items()}


def _lines(name: str) -> Iterator[list[str]]:
    for line in (HERE / f"{name}.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()


def words_of(text: str) -> list[str]:
    """Runs of letters of a text, without the joiners that Persian writes inside words."""
    return _WORD.findall(text.replace("\u200c", ""))


def templates() -> dict[str, list[str]]:
    """Our own sentences per language; braces hold what is filled in."""
    return {
        path.stem: [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        for path in sorted((HERE / "sentences").glob("*.txt"))
    }
