"""Split a text in any script into words, and fold and stem words for comparison.

Placeholders (`<PERSON_1>`) and character references (`&lt;`) of redaction are not words.
"""

import re
import unicodedata
from collections.abc import Iterator

PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]*_\d+>")
MAX_WORD_LENGTH = 40

_MARKS = "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0980-\u0983\u09bc-\u09cd"
_LETTER = rf"(?:[^\W\d_]|[{_MARKS}])"
_TOKEN = re.compile(
    rf"<[A-Z][A-Z_]*_\d+>|[A-Z][A-Z_]*_\d+_TYPED|&(?:lt|gt|amp|colon|lsqb|num);|[^\W\d_]{_LETTER}*(?:['’ʼ\u200c]{_LETTER}+)*"
)
_ELISIONS = frozenset(("l", "d", "j", "n", "s", "c", "m", "t", "qu", "jusqu", "lorsqu", "puisqu", "quelqu"))
_APOSTROPHES = re.compile(r"['’ʼ\u200c]")
_STRIPPED = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]")
_FOLDED = str.maketrans(
    {"ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ھ": "ه", "ɗ": "d", "ɓ": "b", "ƙ": "k", "ƴ": "y", "ł": "l", "ø": "o"}
)

_LATIN_ENDINGS = re.compile(r"(?:[aeiou]?s|[aeiou])$")
_CYRILLIC_ENDINGS = re.compile(
    r"(?:ами|ями|ою|ею|ого|ему|ому|ах|ях|ів|ов|ев|ей|ий|ый|ой|ом|ем|ам|ям|[аеиоуыэюяєіьйъ])$"
)
_ARABIC_FRONT = re.compile(r"^(?:[وف]?(?:ال|بال|كال|لل)|وال)(?=\w{3})")
_ARABIC_END = re.compile(r"(?<=\w{3})(?:هاي|ها|هم|نا|كم|ات|ون|ين|ان|ه|ي)$")
_STEM_LENGTH = 6


def found_words(text: str) -> Iterator[re.Match[str]]:
    """Yield the words of a text as written, without placeholders and character references."""
    for match in _TOKEN.finditer(text):
        if match[0][0] not in "<&" and not match[0].endswith("_TYPED"):
            yield match


def fold(text: str) -> str:
    """Return the text for comparison: in lower case, without accents, with one form per Arabic letter."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    return _STRIPPED.sub("", unicodedata.normalize("NFD", folded)).translate(_FOLDED)


def folded_parts(written: str) -> list[str]:
    """Split a written word into words: `l'eau` is two, `don't` and `ng'ombe` are one."""
    parts = _APOSTROPHES.split(fold(written))
    if len(parts) > 1 and parts[0] in _ELISIONS:
        return [parts[0], "".join(parts[1:])[:MAX_WORD_LENGTH]]
    return ["".join(parts)[:MAX_WORD_LENGTH]]


def without_elision(written: str) -> str:
    """Return a word without its elided article: `eau` of `l'eau`."""
    parts = _APOSTROPHES.split(written)
    return written[len(parts[0]) + 1 :] if len(parts) > 1 and fold(parts[0]) in _ELISIONS else written


def placed_words(text: str) -> list[tuple[str, int, int]]:
    """Return the folded words of a text in order, with start and end."""
    return [
        (part, match.start(), match.end()) for match in found_words(text) for part in folded_parts(match[0]) if part
    ]


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    return [part for match in found_words(text) for part in folded_parts(match[0]) if part]


def stem(word: str) -> str:
    """Return a rough stem that inflected forms share. It is not for display."""
    first = word[0] if word else ""
    if "\u0600" <= first <= "\u06ff":
        return _ARABIC_END.sub("", _ARABIC_FRONT.sub("", word))
    if len(word) > _STEM_LENGTH:
        return word[:_STEM_LENGTH]
    endings = _CYRILLIC_ENDINGS if "\u0400" <= first <= "\u04ff" else _LATIN_ENDINGS
    shorter = endings.sub("", word)
    return shorter if len(shorter) >= 3 else word


def trigrams(word: str) -> frozenset[str]:
    """Return the trigrams of a word, including its edges. Similar spellings share many trigrams."""
    padded = f"^{word}$"
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))
