"""Forms of everyday words in languages that inflect much and that no list covers: Swahili and Somali.

Rough on purpose: a form that nobody says does no harm in a lexicon, a form that is missing is taken for a name.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

_STEMS = Path(__file__).parent / "stems"

_SUBJECTS = ("ni", "u", "a", "tu", "m", "wa", "i", "ki", "vi", "li", "ya", "zi")
_TENSES = ("na", "li", "me", "ta", "ka", "ki", "nge")
_PEOPLE = ("ni", "u", "a", "tu", "m", "wa")
_OBJECTS = ("ni", "ku", "m", "tu", "wa")
_NEGATIVES = ("si", "hu", "ha", "hatu", "ham", "hawa", "hai", "hazi")
_RELATIVES = ("anaye", "wanao", "aliye", "walio", "ili", "zilizo", "yanayo", "inayo", "wata", "asiye", "wasio")

_CONSONANTS = ("k", "g", "h", "t", "d", "")
_ENDINGS = ("a", "u", "ii", "an", "aas", "ayga", "ayda", "eena", "ooda", "iisa", "eeda")
_ARTICLES = (
    *map("".join, product(_CONSONANTS, _ENDINGS)),
    *("yaal", "yaasha", "yada", "o", "ada", "adii", "yo", "le", "na", "ba"),
)
_PERSONS = """
    ay aa aan ayaa aysaa eysaa naa naynaa aynaa taa tay nay een teen neen aysay anayaa anaya aynaa o to no
    in i n a tid id ayn nin ni ta sho shay shaa sheen tey ney ayey aynay aysay ayeen iyay isay inay iyeen
    iyaa isaa inaa ideen iyo iso ino in iska ayn aada da day deen ey
""".split()  # noqa: SIM905 -- a list of endings reads best as one text


def inflected_words() -> Iterator[str]:
    """Every form of every stem."""
    yield from (form for stem in _stems("sw") for form in _swahili(stem))
    yield from (form for stem in _stems("so") for form in _somali_noun(stem))
    yield from (stem + ending for stem in _stems("so_verbs") for ending in _PERSONS)


def _stems(name: str) -> list[str]:
    return (_STEMS / f"{name}.txt").read_text("utf-8").split()


def _swahili(stem: str) -> Iterator[str]:
    negative = stem[:-1] + "i"
    subjunctive = stem[:-1] + "e"
    yield from (stem, f"{stem}ni", f"hu{stem}", f"ku{stem}", f"kuto{stem}")
    yield from (subject + tense + stem for subject, tense in product(_SUBJECTS, _TENSES))
    yield from (subject + tense + stem for subject, tense in product(_NEGATIVES, ("ku", "ja", "ta")))
    yield from (relative + stem for relative in _RELATIVES)
    for thing in ("", *_OBJECTS) if not stem.endswith(("wa", "ika", "eka", "ana")) else ("",):
        yield from (f"ku{thing}{stem}", f"{thing}{subjunctive}", f"{thing}{subjunctive}ni")
        yield from (subject + tense + thing + stem for subject, tense in product(_PEOPLE, ("na", "li", "me")))
        yield from (subject + thing + negative for subject in _NEGATIVES)
        yield from (subject + thing + subjunctive for subject in _PEOPLE)


def _somali_noun(stem: str) -> Iterator[str]:
    yield stem
    base = stem[:-1] + "a" if stem[-1] in "oe" else stem
    yield from (base + article for article in _ARTICLES)
    if stem[-1] == "l":
        yield from (stem[:-1] + "sh" + ending for ending in ("a", "u", "ii", "an", "ayda", "eena", "ooda"))
