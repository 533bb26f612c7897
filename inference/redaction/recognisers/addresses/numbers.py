"""Numbers of houses, blocks, floors and streets: 41, 41B, 18/3, D-114, # 23-10, the third."""

import re
from bisect import bisect_left

from inference.redaction.reading import Reading
from inference.redaction.recognisers.figures import has_unit_after
from inference.redaction.word_lists import words_in

SIGNS, WEAK_SIGNS = words_in("number_signs") | {"º", "ª"}, words_in("weak_number_signs")
"""Words for number. The weak ones mean other things as well: no, na, mai."""
ORDINALS, LETTER_WORDS = words_in("ordinals"), words_in("letter_words")
_LINKS = frozenset(["ya", "ta", "wa", "la"])
"""Between a word and its number in Swahili and Hausa: ghorofa ya 3, shiyya ta B."""
_CAPITAL = "[A-ZА-ЯІЇЄ]"
_NUMBER = re.compile(
    rf"(?:{_CAPITAL}{{1,2}}[ -]?)?[0-9]{{1,5}}(?: ?[-/] ?[0-9]{{1,4}}){{0,2}}"
    rf"(?:-?[A-Za-zА-Яа-яІЇЄіїє](?!\w)|[ -]{_CAPITAL}(?![\w.]))?(?!\w)(?![.,][0-9])"
    rf"|{_CAPITAL}{{1,2}}(?!\w)(?!\. ?[A-Z])|[\u0621-\u064a](?!\w)"
)
ORDINAL = re.compile(
    r"[0-9]{1,4}(?:st|nd|rd|th|er|e|ère|ème|eme|è|yèm|aad|[.º°ª]|-?(?:й|я|ша|га|тя)"
    r"|\.? ?(?:inci|nci|ncı|ıncı))?(?![0-9])"
)
SIGN_GAP = re.compile(r"[ ]?[.:#№º°-]{0,3}(?: ?n[º°]\.?)?[ #№]{0,2}")
_HOUSE_GAP = re.compile(r"[ ]?,?،? ?[#№]? ?")
_MAX_SIGNS = 3
_MAX_HOUSE_DIGITS = 4


def last_word(reading: Reading, end: int) -> int:
    return bisect_left(reading.word_starts, end) - 1


def number_at(reading: Reading, place: int, *, is_ordinal: bool = False) -> int | None:
    """The end in the text of the number of a house or a block that begins at a word; None if none does."""
    if place >= len(reading.word_texts):
        return None
    start = reading.word_starts[place]
    match = _NUMBER.match(reading.text, start)
    if match:
        return match.end()
    if is_ordinal and reading.words_lowered[place] in ORDINALS | LETTER_WORDS:
        return reading.word_ends[place]
    ordinal = ORDINAL.match(reading.text, start) if is_ordinal else None
    return ordinal.end() if ordinal else None


def behind_signs(reading: Reading, place: int) -> tuple[int | None, bool]:
    """The place of the word behind a word and its signs for number, and whether there are signs."""
    words, number, has_signs = reading.words_lowered, place + 1, False
    while number < len(words):
        gap = reading.gaps[number]
        if not SIGN_GAP.fullmatch(gap):
            return None, False
        has_signs = has_signs or any(sign in gap for sign in "#№º°")
        if (words[number] not in SIGNS and words[number] not in _LINKS) or number > place + _MAX_SIGNS:
            return number, has_signs
        number, has_signs = number + 1, has_signs or words[number] in SIGNS
    return None, False


def house_behind(reading: Reading, last: int, end: int, *, is_named: bool) -> int | None:
    """Where the number of a house behind a street ends; behind a name it is plain, behind a number it has a sign."""
    following = last + 1
    if following >= len(reading.word_texts) or not reading.word_texts[following][0].isdecimal():
        return None
    gap = reading.text[end : reading.word_starts[following]]
    is_capital = reading.word_texts[last][0].isupper()
    if not _HOUSE_GAP.fullmatch(gap) or not (("#" in gap or "№" in gap) or (is_named and is_capital)):
        return None
    house = number_at(reading, following)
    return None if house is None or has_unit_after(reading.text, house) else house


def house_before(reading: Reading, place: int) -> int | None:
    """The place of a house's number right before a street: 16, ri Dezalin."""
    number = place - 1
    is_number = (
        number >= 0 and reading.word_texts[number].isdecimal() and len(reading.word_texts[number]) <= _MAX_HOUSE_DIGITS
    )
    is_apart = is_number and reading.gaps[place] in {" ", ", "} and reading.gaps[number] not in {"", ".", ",", "-", "/"}
    return number if is_apart else None
