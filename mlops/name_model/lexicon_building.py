"""Build the lexicon from lists of words."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from inference.redaction.folding import fold
from inference.redaction.names.lexicon import (
    CAPITAL_ONLY,
    COMMON_SHIFT,
    FAMILY,
    GIVEN,
    PLACE,
    RAREST,
    letter_groups,
)
from inference.redaction.names.word_forms import slavic_stem
from mlops.name_model import sources
from mlops.name_model.inflection import inflected_words
from mlops.name_model.sources import Names

LANGUAGES = ("en", "fr", "es", "pt", "nl", "sw", "tr", "uk", "ru", "ar", "fa", "ur", "de", "it", "id")
_SMOOTHING = 3.0
_MIN_GROUP_COUNT = 8
_MIN_SOUND_WEIGHT = 0.3
_MAX_WORD_LENGTH = 24
_LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэіїєґ", "abvgdeziyklmnoprstufyeiieg", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ь": "", "ъ": ""}
)
_OWN_RANK = 2
_COMMON_RANKS = (1, 2)
_FIRST_LETTERS = (("other", "\u0900"), ("arabic", "\u0600"), ("cyrillic", "\u0400"), ("latin", ""))
"""Where the letters of a script begin, in descending order."""


@dataclass
class Words:
    """Everything the lexicon is made from, before it is folded."""

    names: list[Names]
    places: set[str]
    flags: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sounds: dict[str, float] = field(default_factory=dict)


def collect(*, without: Collection[str] = ()) -> Words:
    """Gather names, places and everyday words.

    without: locales of Faker whose names are left out, wherever else they are listed.
    """
    words = Words(_all_names(), sources.places())
    if without:
        unknown = _parts_of_names(map(sources.faker_names, without))
        words.names = [_without(names, unknown) for names in words.names if names.locale not in without]
    _flag_everyday_words(words.flags, words.names)
    for names in words.names:
        _flag_names(words.flags, names)
    _flag_places(words.flags, words.places)
    words.sounds = sound_weights(words.flags)
    return words


def _all_names() -> list[Names]:
    return [
        *map(sources.faker_names, sources.person_locales()),
        *map(sources.mimesis_names, sources.mimesis_locales()),
        *sources.own_names(),
    ]


def _without(names: Names, unknown: Collection[str]) -> Names:
    """The names without those that have an unknown part."""

    def is_known(name: str) -> bool:
        return not any(fold(part) in unknown for part in sources.words_of(name))

    return Names(names.locale, tuple(filter(is_known, names.given)), tuple(filter(is_known, names.family)))


def _flag_names(flags: dict[str, int], names: Names) -> None:
    """Flag given and family names; a list that is long and not checked word by word adds no everyday word."""
    everyday = frozenset(word for word, bits in flags.items() if bits >> COMMON_SHIFT in _COMMON_RANKS)
    is_long_list = names.locale.startswith("mimesis_")
    for listed, flag in ((names.given, GIVEN), (names.family, FAMILY)):
        _flag(flags, [name for name in listed if not (is_long_list and fold(name) in everyday)], flag, everyday)


def _flag_places(flags: dict[str, int], places: Iterable[str]) -> None:
    """Flag places of one word, and of longer ones the words that are nothing else: not the Pedro of San Pedro."""
    for place in places:
        parts = place.replace("-", " ").split()
        _flag(flags, [part for part in parts if len(parts) == 1 or not flags.get(fold(part))], PLACE)


def _flag(flags: dict[str, int], names: Iterable[str], flag: int, not_inflected: frozenset[str] = frozenset()) -> None:
    """Flag the words of names and the forms of Slavic ones, except forms that are everyday words."""
    for name in names:
        for part in sources.words_of(name.replace("-", " ").replace("’", "'")):
            if len(part) > 1 and (part[0].isupper() or not part[0].islower()):
                forms = {fold(form) for form in inflected(part)} - not_inflected
                for form in {fold(part), *forms}:
                    flags[form] |= flag


def inflected(name: str) -> list[str]:
    """The cases of a Slavic name, roughly: enough to be recognised, not enough to be printed."""
    if not ("\u0400" <= name[0] <= "\u04ff") or len(name) < 3:
        return []
    if name[-1] in "аяАЯ":
        return [name[:-1] + ending for ending in ("и", "і", "у", "ю", "ы", "е", "ї", "ою", "ею", "ой", "ей", "єю", "є")]
    if name.endswith(("ський", "цький", "ский", "цкий")):
        return [name[:-2] + ending for ending in ("ого", "ому", "им", "а", "у", "ої", "ій", "ою", "ая", "ой")]
    if name[-1] in "йьЙЬ":
        return [name[:-1] + ending for ending in ("я", "ю", "єм", "ем", "еві", "єві", "ї", "і", "е")]
    if name[-1] in "оіеиу":
        return []
    return [name + ending for ending in ("а", "у", "ом", "ем", "ові", "і", "е", "ым", "им", "ою", "ой", "ої", "ій")]


def _flag_everyday_words(flags: dict[str, int], names: Iterable[Names]) -> None:
    ranks: dict[str, int] = {}
    capitalised: set[str] = set()
    for word, rank in sources.vocabulary():
        if word[0].isupper():
            capitalised.add(fold(word))
        else:
            ranks.setdefault(fold(word), rank)
    ranks.update(dict.fromkeys(map(fold, sources.stop_words()), 1))
    _learn_lists(ranks)
    capital_only = capitalised - set(ranks)
    _learn_listed_words(ranks, capital_only | _parts_of_names(names))
    for word, rank in ranks.items():
        flags[word] |= rank << COMMON_SHIFT
        if stem := slavic_stem(word):
            flags[stem] |= RAREST << COMMON_SHIFT
    for word in capital_only - set(ranks):
        flags[word] |= CAPITAL_ONLY


def _learn_lists(ranks: dict[str, int]) -> None:
    """Our own lists and sentences, translations of Django's, and forms of words that we inflect ourselves."""
    for word in sources.own_vocabulary():
        _learn_words(ranks, word, _OWN_RANK)
    for texts in sources.templates().values():
        for text in texts:
            _learn_words(ranks, text, _OWN_RANK)
    for _, text in sources.interface_texts(LANGUAGES):
        _learn_words(ranks, text, RAREST)
    for word in inflected_words():
        ranks.setdefault(fold(word), RAREST)


def _learn_listed_words(ranks: dict[str, int], not_everyday: Collection[str]) -> None:
    """Words of films and of Faker's fillers, without people's names, in Latin letters as well."""
    listed = (*sources.spoken_words().values(), *sources.filler_words().values())
    for word in (fold(word) for words in listed for word in words):
        if word not in not_everyday and in_latin(word) not in not_everyday:
            ranks.setdefault(fold(word), RAREST)


def _parts_of_names(names: Iterable[Names]) -> set[str]:
    """Each word of the names, folded: people in films have names too."""
    listed = (name for locale in names for name in (*locale.given, *locale.family))
    return {fold(part) for name in listed for part in sources.words_of(name)}


def in_latin(word: str) -> str:
    """A Cyrillic word in Latin letters, to find out foreign names; any other word as it is."""
    return word.translate(_LATIN)


def is_everyday(flags: Mapping[str, int], word: str) -> bool:
    """Whether a word is in a list of everyday words and in none of names."""
    bits = flags.get(fold(word), 0)
    return bool(bits >> COMMON_SHIFT) and not bits & (GIVEN | FAMILY)


def _learn_words(ranks: dict[str, int], text: str, rank: int) -> None:
    """Words in lower case, and every word of scripts without case."""
    for word in sources.words_of(text):
        if word.islower() or not (word.isupper() or word[0].isupper()):
            folded = fold(word)
            ranks[folded] = min(ranks.get(folded, 3), rank)


def sound_weights(flags: Mapping[str, int], fold_number: int | None = None) -> dict[str, float]:
    """Log odds of letter groups, names against everyday words; fold_number leaves half of the words out."""
    counts: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for word, bits in flags.items():
        if len(word) > _MAX_WORD_LENGTH or (fold_number is not None and half_of(word) == fold_number):
            continue
        is_name, is_common = bool(bits & (GIVEN | FAMILY)), bool(bits >> COMMON_SHIFT)
        if is_name != is_common:
            counts[is_name].update(set(letter_groups(word)))
    names, common = counts[True], counts[False]
    scales = _scales_by_script(names, common)
    weights = {}
    for group in set(names) | set(common):
        if names[group] + common[group] < _MIN_GROUP_COUNT:
            continue
        scaled = names[group] * scales[_script_of(group)]
        weights[group] = round(math.log((scaled + _SMOOTHING) / (common[group] + _SMOOTHING)), 2)
    return {group: weight for group, weight in weights.items() if abs(weight) > _MIN_SOUND_WEIGHT}


def _scales_by_script(names: Counter[str], common: Counter[str]) -> dict[str, float]:
    """How many times more everyday words than names are listed, by script: lists of one script shift no other."""
    totals: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for counts, total in ((names, totals[0]), (common, totals[1])):
        for group, count in counts.items():
            total[_script_of(group)] += count
    return {script: (totals[1][script] + 1) / (totals[0][script] + 1) for script in totals[0] | totals[1]}


def _script_of(group: str) -> str:
    letter = group.strip("^$")[:1]
    return next((script for script, first in _FIRST_LETTERS if letter >= first), "")


def half_of(word: str) -> int:
    """0 or 1, the same for the same word in every run."""
    return sum(map(ord, word)) % 2
