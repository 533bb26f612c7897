"""Return the engine's own phrases, in the language of the text that it answers about."""

import functools
import importlib.resources
import re
import tomllib

from inference.text.languages import LANGUAGES
from inference.text.reading import ReadText

FALLBACK_LANGUAGE = "en"
_SIGNATURES = ("engine", "summary", "themes")
_HEADINGS = ("about_question", "main_themes", "by_period", "no_overlap", "few", "short")
_COUNT = re.compile(r" \(\D*\d+\D+\d+\D*\)$")
_PERIOD_LINE = re.compile(r"^- .+: \d+ \(\d{4}-\S+\)")
_NAMES = {
    "en": ("en", "english"),
    "fr": ("fr", "french", "français", "francais"),
    "es": ("es", "spanish", "español", "espanol"),
    "pt": ("pt", "portuguese", "português", "portugues"),
    "sw": ("sw", "swahili", "kiswahili"),
    "ar": ("ar", "arabic", "العربية"),
    "fa": ("fa", "persian", "farsi", "dari", "فارسی"),
    "uk": ("uk", "ukrainian", "українська"),
    "ru": ("ru", "russian", "русский"),
    "ha": ("ha", "hausa"),
    "so": ("so", "somali", "soomaali"),
    "nl": ("nl", "dutch", "nederlands"),
    "tr": ("tr", "turkish", "türkçe", "turkce"),
    "ht": ("ht", "haitian", "haitian creole", "kreyòl", "kreyol", "kreyòl ayisyen"),
    "ur": ("ur", "urdu", "اردو"),
}


def said(phrase: str, language: str) -> str:
    """Return a phrase of wording.toml, in English if the language is missing."""
    phrases = _wording()
    return phrases.get(language, phrases[FALLBACK_LANGUAGE])[phrase]


def signature(phrase: str, language: str, *, is_known: bool = True) -> str:
    """Return a note that the engine made the answer, with the languages of its word lists.

    phrase: `engine`, `summary` or `themes`. is_known: whether the language of the text is one of them.
    """
    languages = said("languages", language).format(languages=", ".join(sorted(LANGUAGES)))
    unknown = [] if is_known else [said("unknown", language)]
    return " ".join([said(phrase, language), languages, *unknown])


def signed(text: ReadText, phrase: str = "engine") -> str:
    """Return the signature of an answer about a text."""
    return signature(phrase, text.language, is_known=text.is_known_language)


def spoken_language(asked: str) -> str | None:
    """Return the language of a code, English or native name, None if the engine has no wording for it."""
    wanted = asked.strip().casefold()
    return next((code for code, names in _NAMES.items() if wanted in names), None)


def without_own_words(text: str) -> str:
    """Return an earlier answer of the engine without signature and headings, which are not merged or judged."""
    lines = (line for line in text.splitlines() if line.strip().rstrip(":") not in _own_lines())
    return "\n".join(lines)


def without_counts(text: str) -> str:
    """Return theme lines without `(14 of 60 records)` and without lines of counts by period."""
    return "\n".join(_COUNT.sub("", line) for line in text.splitlines() if not _PERIOD_LINE.match(line))


@functools.cache
def _wording() -> dict[str, dict[str, str]]:
    path = importlib.resources.files("inference.offline").joinpath("wording.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@functools.cache
def _own_lines() -> frozenset[str]:
    headings = {phrases[name] for phrases in _wording().values() for name in _HEADINGS}
    signatures = {
        signature(name, language, is_known=is_known)
        for language in _wording()
        for name in _SIGNATURES
        for is_known in (True, False)
    }
    return frozenset(headings | signatures)
