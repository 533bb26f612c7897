"""Find the likely languages of a text, and their stop words."""

import functools
import importlib.resources
from collections.abc import Sequence

from inference.text.identification import identified
from inference.text.phrases import phrase_book, word_forms
from inference.text.words import words

LATIN = ("en", "fr", "es", "pt", "sw", "ha", "so")
CYRILLIC = ("uk", "ru")
ARABIC = ("ar", "fa")
LANGUAGES = (*LATIN, *CYRILLIC, *ARABIC)

NEAR_ENOUGH = 0.6
ENOUGH_WORDS = 400
MIN_WORDS_TO_IDENTIFY = 4
"""Letter sequences of fewer words, such as a name or a misspelt word, fit languages by chance."""
# Russian, Ukrainian and Arabic inflect more than the lists have forms for.
MIN_LISTED_SHARES = {LATIN: 0.3, CYRILLIC: 0.15, ARABIC: 0.15}

_TELLING_LETTERS = {"uk": "іїєґ", "ru": "ыэъё", "fa": "پچژگ", "ar": "ةإأؤ"}


@functools.cache
def stop_words(language: str) -> frozenset[str]:
    """Return the folded stop words of a language."""
    path = importlib.resources.files("inference.text").joinpath("stopwords", f"{language}.txt")
    return frozenset(words(path.read_text(encoding="utf-8")))


@functools.cache
def _known_words(language: str) -> frozenset[str]:
    """Return concept and cue words, because short texts may have no stop words."""
    listed = phrase_book("concept_words", language).vocabulary | phrase_book("cues", language).vocabulary
    return frozenset(word for word in listed if len(word) > 2)


@functools.cache
def _every_stop_word(script: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(stop_words(language) for language in script))


def likely_languages(text: str, text_words: Sequence[str]) -> tuple[str, ...]:
    """Return the likely languages of a text, the likeliest first.

    The first one is identified by letter sequences. Others follow whose words the text has too. Returns all languages
    of its script for a few words of which none is on a list, and () for other scripts.
    """
    script = _script_of(text_words)
    sample = text_words[:ENOUGH_WORDS]
    scores = {language: _score(language, sample, text[:3000]) for language in script}
    if not script:
        return ()
    best = max(scores.values())
    if not best and len(sample) < MIN_WORDS_TO_IDENTIFY:
        return script
    first = identified(text, script)
    near = [language for language in script if scores[language] >= best * NEAR_ENOUGH and language != first]
    return (first, *sorted(near, key=lambda language: -scores[language]))


def carries_nothing(languages: Sequence[str]) -> frozenset[str]:
    """Return the stop words to leave out of a text in these languages."""
    if len(languages) == 1:
        return stop_words(languages[0])
    return _every_stop_word(tuple(languages))


def _script_of(text_words: Sequence[str]) -> tuple[str, ...]:
    """Return the languages of the script in which the majority of words begin."""
    counts = {LATIN: 0, CYRILLIC: 0, ARABIC: 0}
    for word in text_words[:ENOUGH_WORDS]:
        first = word[:1]
        if "a" <= first <= "z":
            counts[LATIN] += 1
        elif "\u0400" <= first <= "\u04ff":
            counts[CYRILLIC] += 1
        elif "\u0600" <= first <= "\u06ff":
            counts[ARABIC] += 1
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] else ()


def is_likely_in(language: str, text_words: Sequence[str]) -> bool:
    """Return whether the share of words on the language's lists is high enough for a text in it."""
    sample = text_words[:ENOUGH_WORDS]
    return listed_share(language, sample) >= MIN_LISTED_SHARES[_script_of(sample)]


def listed_share(language: str, text_words: Sequence[str]) -> float:
    """Return the share of words that are on one of the language's lists, from 0 to 1; 0 without words."""
    listed = stop_words(language) | _known_words(language)
    return sum(any(form in listed for form in word_forms(word)) for word in text_words) / max(len(text_words), 1)


def _score(language: str, sample: Sequence[str], text: str) -> float:
    stopped, known = stop_words(language), _known_words(language)
    score = sum(1.0 for word in sample if word in stopped)
    score += sum(1.0 for word in sample if word in known)
    return score + 2.0 * any(letter in text.casefold() for letter in _TELLING_LETTERS.get(language, ""))
