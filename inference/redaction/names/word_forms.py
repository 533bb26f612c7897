"""Stems of everyday words: a word without the endings and prefixes of a language.

No list holds every form of a Turkish or Swahili verb. A word that is a form of an everyday word is an everyday word,
unless it is a name as well. The rules are rough: a stem that
is no word is not in the lexicon and does no harm.

Words are folded (see folding.py): Turkish letters are without their marks, Arabic letters are Persian ones.
"""

import re
from collections.abc import Iterator
from itertools import chain

_MIN_STEM_LENGTH = 3
_MIN_LONG_STEM_LENGTH = 4
_MIN_ENDING_LENGTH = 3
"""In Latin letters: shorter endings are those of names as well."""
_SLAVIC_ENDING = re.compile(
    r"(?:иями|ями|ами|ього|ьому|ого|ему|ому|ими|ими|ымы|ыми|ией|ією|ою|ею|єю|ої|ій|ій|ий|ый|ая|яя|ое|ее|ие|ые|ів|їв|"
    r"ов|ев|ев|ей|ой|ом|ем|ям|ам|ах|ях|ую|юю|их|ых|ати|яти|ити|іти|ути|ать|ять|ить|еть|уть|"
    r"ала|яла|ила|іла|ела|ула|али|яли|или|іли|ели|ули|ало|яло|ило|іло|ело|ав|яв|ив|ів|ув|ал|ял|ил|ел|"
    r"аємо|яємо|имо|ають|яють|ають|ают|яют|ять|ать|ує|ують|ует|уют|ає|яє|ает|яет|ит|ить|еш|иш|ешь|ишь|"
    r"ься|ся|сь|[аеиіоуыэюяєїйь])$"
)
_SLAVIC_PREFIX = re.compile(
    r"(?:не)?(?:пере|пре|при|про|под|роз|раз|рас|воз|вос|без|бес|від|над|ви|вы|за|на|по|до|от|об|из|ис|со|зі|у|с|з|о)?"
)
_TURKISH_ENDING = re.compile(
    r"(?:(?:l[ae]r)(?:i?m?i?z?|in)?(?:i|in|in[ae]|[ae])?"
    r"|(?:i|u|si|su|imiz|umuz|iniz|unuz|leri|lari)?(?:y|n)?(?:[dt][ae]n?|[dt][ae]ki|l[ae]|c[ae]|[ae]|i|u|in|un)"
    r"|[iu]?yor(?:um|sun|uz|sunuz|l[ae]r|du|dum|duk|dul[ae]r|mus)?"
    r"|(?:[dt][iu])(?:m|n|k|niz|nuz|l[ae]r)?|m[iu]s(?:l[ae]r|im|ti|sin|tir|iz)?"
    r"|(?:y?[ae]c[ae])(?:k|gim|giz|kl[ae]r|ksin|kti|gi|gini)?|m[ae]l[iu](?:yiz|yim|l[ae]r)?"
    r"|[dt][iu]g(?:im|i|in|imiz|iniz|ind[ae]|ini|inden|inda)?|y?[ae]bil|y?[iu]p|y?[ae]r[ae]k|y?[iu]nc[ae]"
    r"|l[iu]k|s[iu]z|l[iu]|c[iu]|m[ae]|[iu]l|[iu]n|t|m[ae]d[ae]n|[ae]n|m[ae]k|m[ae]z|[ae]r|[iu]r|s[ae]|s[ae]k)$"
)
_MAX_TURKISH_ENDINGS = 4
_SWAHILI_PREFIX = re.compile(
    r"(?:ha|si|hatu|ham|hawa|hai|haya|hazi|haku|ni|u|a|tu|m|wa|i|ya|li|zi|ki|vi|ku)(?:na|li|me|ta|ka|ki|nge|ngali|ja|ku|tak|naku|meku)?"
    r"(?:o|ye|cho|lo|yo|zo|po|vyo)?(?:ni|ku|m|mw|tu|wa|u|i|li|ya|ki|vi|zi|ji)?"
)
_SOMALI_ENDING = re.compile(
    r"(?:ay(?:aan|aa|saa|naa|so|say|sid|nay)|ey(?:aan|saa|naa|say)|aan|een|teen|seen|neen|taa|naa|tay|say|nay|sho|tid"
    r"|ooyin(?:ka|kii)?|yaal(?:ka|kii)?|[kgthdl](?:ii|an|aas|ayga|aaga|iisa|eeda|eena|ooda|ayda|aada)|shii)$"
)
_ROMANCE_ENDING = re.compile(
    r"(?:ando|iendo|endo|indo|aron|ieron|aram|eram|iram|aba[ns]|abamos|ava[ms]|avamos|ian|iam|iamos"
    r"|ados|adas|idos|idas|arme|arse|arlo|arla|arnos|erse|irse|[aei]mos|aste|iste|aran|eran|iran"
    r"|aria[nms]?|eria[nms]?|iria[nms]?|mente|aciones|acion|acoes|acao|itos|itas|inhos|inhas"
    r"|ait|aient|ions|iez|eront|erait|eraient|ement|euse|eurs|euses|ages)$"
)
_ROMANCE_LEMMAS = ("ar", "er", "ir", "re", "o", "a", "e", "ado", "ada", "")
_ENGLISH_ENDING = re.compile(r"(?:ing|ed|ly|ness|ment|ments|less|able|ful|fully|ingly|edly)$")
_ARABIC_ARTICLE = re.compile(r"(?:[وفبک]?ال|[وف]?لل)")
_ARABIC_ENDING = re.compile(r"(?:تهم|تها|تنا|هم|ها|نا|کم|هن|ون|ین|ات|وا|نی|تم)$")
_PERSIAN_VERB = re.compile(r"ن?می")
_PERSIAN_ENDING = re.compile(
    r"(?:هایشان|هایمان|هایتان|هایم|هایش|هایت|هایی|های|ها|ترین|تر|شان|مان|تان|گان|گی|اند|ند|یم|ید|ایم|اید|است)$"
)
_PERSIAN_PERSON = re.compile(r"(?:ند|یم|ید|م|د|ی|ه|شه|ن|ره)$")
_PERSIAN_LEMMAS = ("", "ن", "دن", "تن", "یدن", "ه")
_URDU_ENDING = re.compile(r"(?:تا|تی|نا|نی|وں|یں|یوں|یاں|وانا|وایا|ایا|اتا|اتی|انا|انی|ائی)$")


def slavic_stem(folded: str) -> str:
    """Return a Cyrillic word without its ending, marked as a stem; empty for other words and short stems."""
    if not "\u0400" <= folded[:1] <= "\u04ff":
        return ""
    stem = _SLAVIC_ENDING.sub("", folded.removesuffix("ся").removesuffix("сь"))
    return f"{stem}~" if len(stem) >= _MIN_STEM_LENGTH else ""


def stems_of(folded: str) -> Iterator[str]:
    """Words and stems that an unknown word may be a form of, in the languages of its script."""
    first = folded[:1]
    if "\u0400" <= first <= "\u04ff":
        yield from _slavic(folded)
    elif "\u0600" <= first <= "\u06ff":
        yield from chain(_persian(folded), _urdu(folded), _arabic(folded))
    elif first.isascii():
        yield from chain(_turkish(folded), _swahili(folded), _somali(folded), _romance(folded), _english(folded))


def _slavic(word: str) -> Iterator[str]:
    """Its opposite counts as well, and a verb with another prefix: недійсний is a form of дійсний."""
    for form in (word, word[_end(_SLAVIC_PREFIX, word) :]):
        if stem := slavic_stem(form):
            yield stem


def _turkish(word: str) -> Iterator[str]:
    length = len(word)
    for _ in range(_MAX_TURKISH_ENDINGS):
        ending = _TURKISH_ENDING.search(word)
        if not ending or ending.start() < _MIN_STEM_LENGTH:
            return
        word = word[: ending.start()]
        if length - len(word) < _MIN_ENDING_LENGTH:
            continue
        if len(word) >= _MIN_LONG_STEM_LENGTH:
            yield word
        yield f"{word}mek"
        yield f"{word}mak"
        if word[-1] in "gbd" and len(word) >= _MIN_LONG_STEM_LENGTH:
            yield word[:-1] + {"g": "k", "b": "p", "d": "t"}[word[-1]]


def _swahili(word: str) -> Iterator[str]:
    if word[-1] not in "aeiou":
        return
    for start in range(2, min(_end(_SWAHILI_PREFIX, word), len(word) - _MIN_STEM_LENGTH) + 1):
        if _SWAHILI_PREFIX.fullmatch(word, 0, start):
            yield f"ku{word[start:]}"
            yield f"ku{word[start:-1]}a"


def _somali(word: str) -> Iterator[str]:
    yield from _without(_SOMALI_ENDING, word, ("", "o", "id", "in", "a", "e"), _MIN_LONG_STEM_LENGTH)


def _romance(word: str) -> Iterator[str]:
    yield from _without(_ROMANCE_ENDING, word, _ROMANCE_LEMMAS, _MIN_LONG_STEM_LENGTH)


def _english(word: str) -> Iterator[str]:
    yield from _without(_ENGLISH_ENDING, word, ("", "e"), _MIN_LONG_STEM_LENGTH)


def _persian(word: str) -> Iterator[str]:
    verb = _PERSIAN_VERB.match(word)
    if verb and len(word) - verb.end() >= _MIN_STEM_LENGTH:
        yield word[verb.end() :]
        yield from _without(_PERSIAN_PERSON, word[verb.end() :], _PERSIAN_LEMMAS, 2)
    yield from _without(_PERSIAN_ENDING, word, ("",), _MIN_STEM_LENGTH)


def _urdu(word: str) -> Iterator[str]:
    yield from _without(_URDU_ENDING, word, ("نا",), 2)
    yield from _without(_URDU_ENDING, word, ("", "ا"), _MIN_LONG_STEM_LENGTH)


def _arabic(word: str) -> Iterator[str]:
    if word.startswith("ال") and word.endswith("ی"):  # "of a place": the form of a family name, not of a possessive
        return
    rest = word[_end(_ARABIC_ARTICLE, word) :]
    if len(rest) >= _MIN_STEM_LENGTH and rest != word:
        yield from (rest, f"ال{rest}")
    yield from _without(_ARABIC_ENDING, rest, ("", "ه"), _MIN_LONG_STEM_LENGTH)


def _without(ending: re.Pattern[str], word: str, lemmas: tuple[str, ...], min_length: int) -> Iterator[str]:
    """The word without its ending, with the endings of the forms under which dictionaries list it."""
    match = ending.search(word)
    if match and match.start() >= min_length and match[0]:
        yield from (word[: match.start()] + lemma for lemma in lemmas)


def _end(prefix: re.Pattern[str], word: str) -> int:
    start = prefix.match(word)
    return start.end() if start else 0
