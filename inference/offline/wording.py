"""The engine's own words, in the language of the text that it answers on."""

import functools
import importlib.resources
import re
import tomllib

FALLBACK_LANGUAGE = "en"
_OWN_LINES = ("engine", "summary", "themes", "about_question", "main_themes", "by_period", "no_overlap", "few")
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
}


def said(phrase: str, language: str) -> str:
    """A phrase of wording.toml; in English where the language is not one of ours."""
    phrases = _wording()
    return phrases.get(language, phrases[FALLBACK_LANGUAGE])[phrase]


def spoken_language(asked: str) -> str | None:
    """The language a caller asks for by code or by its English or own name, if there are words in it."""
    wanted = asked.strip().casefold()
    return next((code for code, names in _NAMES.items() if wanted in names), None)


def without_own_words(text: str) -> str:
    """An earlier answer of ours without what it says of itself and without headings: neither is merged or judged."""
    kept = (line for line in text.splitlines() if line.strip().rstrip(":") not in _own_lines())
    return "\n".join(kept)


def without_counts(text: str) -> str:
    """Theme lines without `(14 of 60 records)`, and no lines of counts by period: words alone can be compared."""
    return "\n".join(_COUNT.sub("", line) for line in text.splitlines() if not _PERIOD_LINE.match(line))


@functools.cache
def _wording() -> dict[str, dict[str, str]]:
    path = importlib.resources.files("inference.offline").joinpath("wording.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@functools.cache
def _own_lines() -> frozenset[str]:
    return frozenset(phrases[name] for phrases in _wording().values() for name in _OWN_LINES)
