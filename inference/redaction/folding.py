"""One form of a word for looking it up: lower case, without accents, Arabic letters that are written alike made one."""

import unicodedata

_ARABIC = str.maketrans("أإآٱىيكةۀہھے", "اااایی" + "کههههی")
_ARABIC_MARKS = dict.fromkeys([*range(0x064B, 0x0660), 0x0670, 0x0640], None)
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "ё": "е"})


def fold(word: str) -> str:
    """The form under which the lexicon stores a word."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    lowered = lowered.translate(_ARABIC_MARKS).translate(_ARABIC).translate(_LETTERS)
    if lowered[:1] > "\u024f" and not "\u1e00" <= lowered[:1] <= "\u1eff":
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
