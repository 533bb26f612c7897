"""Detect the language of a text: by its script, by letters that only one language has, by its common words.

Deterministic and small; it chooses among trained name models and fills statistics. Nothing that redacts depends on
it, so a wrong guess weakens nothing.
"""

import re
from functools import lru_cache

UNKNOWN = "xx"
_COMMON_WORDS = {
    "en": "the and is are was were to of in for we not have has they you this that with my our from but very no it",
    "fr": "le la les et est sont des du une nous pas pour dans que qui avec je vous mon notre sur mais très on ne il",
    "es": "el la los las y es son del una no para en que con nos mi se por muy pero hay está al lo nuestra como",
    "pt": "o os as e é são do da uma não para em que com nos meu minha se por muito mas há está ao na no",
    "nl": "de het een en is zijn van niet voor in dat met wij we mijn ons op maar zeer er naar ik te ook geen",
    "sw": "na ya wa kwa ni za la katika sisi hatuna kuna watu yangu wetu lakini sana hii hakuna cha wana tuna si bado",
    "ha": "da a na mu ba ne ce ya ta sun mun muna ina don amma yana kuma su wannan babu zuwa daga ko mutane sai",
    "so": "waa iyo oo ka ku u la ma in waxaan waxay ayaa aan way wuu laakiin uu ay soo si badan wax kuma maxaa noo",
    "tr": "ve bir bu için çok ne de da biz bize değil var yok ama gibi daha ile mi en her olan oldu kadar sonra benim",
    "ht": "nou mwen yo pa nan ak pou yon gen se li ki te ap sa la men tout anpil bezwen nan lan moun kay kote ou",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON_WORDS.items()}
_ONLY = (
    ("ps", re.compile(r"[ټډړږښڼېۍځڅ]")),
    ("ur", re.compile(r"[ٹڈڑےںہھ]")),
    ("fa", re.compile(r"[پچژگکی]")),
)
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
_RUSSIAN = re.compile(r"[ыэъё]", re.IGNORECASE)
_UKRAINIAN_WORDS = frozenset(
    ("ми", "та", "що", "але", "отримали", "отримала", "дуже", "вже", "коли", "наш", "нам", "брудна")
)
_LETTER = re.compile(r"[^\W\d_]+")
_SEGMENT = re.compile(r"[^.!?؟۔。\n]+[.!?؟۔。\n]*")
_READ_CHARS = 2_000
_MIN_WORDS = 3


@lru_cache(maxsize=1)
def supported() -> tuple[str, ...]:
    """The languages that can be told apart."""
    return (*_WORDS, "ar", "fa", "ps", "ur", "uk", "ru")


def detect_language(text: str) -> str:
    """The language of a text, `xx` when it is none of the supported ones or too short to tell."""
    words = _LETTER.findall(text[:_READ_CHARS].lower())
    letters = "".join(words)
    if not letters:
        return UNKNOWN
    arabic = sum("\u0600" <= char <= "\u06ff" for char in letters)
    cyrillic = sum("\u0400" <= char <= "\u04ff" for char in letters)
    if arabic * 2 > len(letters):
        return next((language for language, only in _ONLY if len(only.findall(letters)) * 50 > arabic), "ar")
    if cyrillic * 2 > len(letters):
        return _east_slavic(letters, words)
    return _by_common_words(words)


def _east_slavic(letters: str, words: list[str]) -> str:
    if _UKRAINIAN.search(letters):
        return "uk"
    return "ru" if _RUSSIAN.search(letters) or _UKRAINIAN_WORDS.isdisjoint(words) else "uk"


def _by_common_words(words: list[str]) -> str:
    counts = {language: sum(word in common for word in words) for language, common in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    enough = counts[best] * 12 >= len(words) and (counts[best] > 1 or len(words) <= _MIN_WORDS)
    return best if counts[best] and enough else UNKNOWN


def languages_by_segment(text: str) -> list[tuple[int, int, str]]:
    """(start, end, language) of the sentences; sentences too short to tell have the language of the whole text."""
    whole = detect_language(text)
    segments = []
    for match in _SEGMENT.finditer(text):
        language = detect_language(match[0])
        segments.append((match.start(), match.end(), whole if language == UNKNOWN else language))
    return segments
