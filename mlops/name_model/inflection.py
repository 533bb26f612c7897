"""Forms of everyday words in languages that inflect much and that no list covers.

Swahili, Somali and Turkish from stems of their own; Hausa, Persian and Arabic from our lists of everyday words.

Rough on purpose: a form that nobody says does no harm in a lexicon, a form that is missing is taken for a name.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

_STEMS = Path(__file__).parent / "stems"

_VOCABULARY = Path(__file__).parent / "vocabulary"
_MIN_STEM = 3
_ENDINGS_BY_LANGUAGE = {
    "ha": (
        "n",
        "r",
        "nmu",
        "rmu",
        "nku",
        "nsu",
        "rsu",
        "nsa",
        "rsa",
        "nta",
        "rta",
        "nka",
        "rka",
        "na",
        "ta",
        "nmu",
        "nan",
    ),
    "fa": (
        "ها",
        "های",
        "هایی",
        "هایم",
        "هایش",
        "هایشان",
        "ی",
        "ای",
        "م",
        "ت",
        "ش",
        "مان",
        "تان",
        "شان",
        "هم",
        "ه",
        "و",
    ),
    "ar": ("ه", "ها", "هم", "هن", "نا", "كم", "ك", "ي", "ين", "ون", "ان", "ات", "ة", "وا", "ت"),
}
_BACK, _ROUND = "aıou", "oöuü"
_HARD = "çfhkpsşt"
_VOWELS = "aeıioöuü"

_SUBJECTS = ("ni", "u", "a", "tu", "m", "wa", "i", "ki", "vi", "li", "ya", "zi")
_TENSES = ("na", "li", "me", "ta", "ka", "ki", "nge")
_PEOPLE = ("ni", "u", "a", "tu", "m", "wa")
_OBJECTS = ("ni", "ku", "m", "tu", "wa")
_NEGATIVES = ("si", "hu", "ha", "hatu", "ham", "hawa", "hai", "hazi")
_RELATIVES = ("anaye", "wanao", "aliye", "walio", "ili", "zilizo", "yanayo", "inayo", "wata", "asiye", "wasio")

_PLACED = ("ni", "u", "yu", "tu", "m", "wa", "i", "ki", "vi", "li", "ya", "zi", "pa", "ku")
_NOT_PLACED = ("si", "hu", "hayu", "hatu", "ham", "hawa", "hai", "haki", "havi", "hali", "haya", "hazi", "hapa")
_PLACES = ("po", "ko", "mo")
_WHEN = ("li", "ta", "ki", "nge", "ngali", "me")

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
    yield from map("".join, product((*_PLACED, *_NOT_PLACED), _PLACES))
    yield from (f"{subject}{tense}ku{place}" for subject, tense, place in product(_PLACED, _WHEN, _PLACES))
    yield from (stem + ending for stem in _stems("so_verbs") for ending in _PERSONS)
    yield from (form for stem in _stems("tr") for form in _turkish_noun(stem))
    yield from (form for stem in _stems("tr_verbs") for form in _turkish_verb(stem))
    for language, endings in _ENDINGS_BY_LANGUAGE.items():
        words = (_VOCABULARY / f"{language}.txt").read_text("utf-8").replace("\u200c", "").split()
        yield from (word + ending for word in words for ending in endings if len(word) >= _MIN_STEM)


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


def _harmony(stem: str) -> tuple[str, str]:
    """The two vowels that endings take after a stem: a or e; ı, i, u or ü."""
    last = next((char for char in reversed(stem) if char in _VOWELS), "e")
    is_back, is_round = last in _BACK, last in _ROUND
    return ("a" if is_back else "e"), ("u" if is_round else "ı") if is_back else ("ü" if is_round else "i")


def _turkish_noun(stem: str) -> Iterator[str]:
    """Singular and plural, possessed or not, in all cases."""
    low, high = _harmony(stem)
    plural = f"{stem}l{low}r"
    ends_in_vowel = stem[-1] in _VOWELS
    soft = stem[:-1] + {"k": "ğ", "p": "b", "ç": "c", "t": "d"}.get(stem[-1], stem[-1]) if len(stem) > 2 else stem
    joint = "" if ends_in_vowel else high
    possessed = [f"{soft}{joint}{end}" for end in ("m", "n", f"m{high}z", f"n{high}z")]
    possessed.append(f"{stem}s{high}" if ends_in_vowel else f"{soft}{high}")
    plural_high = "ı" if low == "a" else "i"
    possessed += [f"{plural}{plural_high}{end}" for end in ("", "m", "n", f"m{plural_high}z", f"n{plural_high}z")]
    for base in (stem, plural, *possessed):
        yield base
        yield from _turkish_cases(base, soft if base == stem else base)


def _turkish_cases(base: str, soft: str) -> Iterator[str]:
    low, high = _harmony(base)
    locative = "t" if base[-1] in _HARD else "d"
    is_vowel = base[-1] in _VOWELS
    joint = "n" if is_vowel and len(base) > 3 else "y" if is_vowel else ""
    yield from (f"{base}{locative}{low}", f"{base}{locative}{low}n", f"{base}{locative}{low}ki", f"{base}l{low}")
    yield from (
        f"{base}nd{low}",
        f"{base}nd{low}n",
        f"{base}nd{low}ki",
        f"{base}yl{low}",
        f"{base}l{high}k",
        f"{base}s{high}z",
    )
    for start in {soft, base}:
        yield from (
            f"{start}{joint}{high}",
            f"{start}{joint}{low}",
            f"{start}{joint or ''}{high}n",
            f"{start}y{high}",
            f"{start}y{low}",
        )


def _turkish_verb(stem: str) -> Iterator[str]:
    """Tenses and persons, denied or not."""
    low, high = _harmony(stem)
    past = ("t" if stem[-1] in _HARD else "d") + high
    yield from (
        f"{stem}m{low}k",
        f"{stem}m{low}",
        f"{stem}{high}n",
        f"{stem}{high}n{high}z",
        f"{stem}s{high}n",
        f"{stem}{low}n",
    )
    for denied, high_ending in (("", high), (f"m{low}", "ı" if low == "a" else "i")):
        base = stem + denied
        tense_past = past if not denied else f"d{high_ending}"
        yield from (f"{base}{tense_past}{person}" for person in ("", "m", "n", "k", f"n{high_ending}z", f"l{low}r"))
        yield from (f"{base}m{high_ending}ş{person}" for person in ("", f"l{low}r", f"t{high_ending}"))
        progressive = f"{stem}m{high}yor" if denied else f"{stem[:-1] if stem[-1] in _VOWELS else stem}{high}yor"
        yield from (f"{progressive}{person}" for person in ("", "um", "sun", "uz", "sunuz", "lar", "du", "duk"))
        future = f"{base}{'y' if base[-1] in _VOWELS else ''}{low}c{low}"
        yield from (f"{future}{person}" for person in ("k", f"ğ{high_ending}m", f"ğ{high_ending}z", f"kl{low}r"))
