"""Addresses put together from parts: a street, a dwelling with its number, a floor, a block.

One part says little: block 12 and tent 45 are counts that analyses need. Parts that stand together lead to a door
(Shelter 214, Block F12; Rua do Mercado, casa 41), and so does a dwelling whose number is called one (nyumba namba 31).
"""

from collections.abc import Iterator
from typing import NamedTuple

from inference.redaction.reading import Reading
from inference.redaction.recognisers.figures import has_unit_after
from inference.redaction.word_lists import words_in

_DWELLINGS, _FLOORS, _AREAS = words_in("dwellings"), words_in("floors"), words_in("areas")
_STREETS, _SIGNS, _ORDINALS = words_in("street_words"), words_in("number_signs") | {"º", "ª"}, words_in("ordinals")
_STREETS_BEHIND = frozenset(
    ["mah", "mahallesi", "mahalle", "sok", "sokak", "sokağı", "cad", "cadde", "caddesi", "bulvarı", "blv"]
)
_SMALL_WORDS = words_in("name_particles") | {"da", "do", "na", "wa", "ya", "dos", "des", "du"}
_BETWEEN = frozenset(["in", "of", "de", "du", "dans", "en", "em", "no", "na", "ya", "wa", "nan", "a", "à", "в", "у"])
_CAMPS = words_in("camps")
_ANY_PART = _DWELLINGS | _FLOORS | _AREAS | _STREETS | _STREETS_BEHIND | _CAMPS | {"no"}
_NEVER_ALONE = (_AREAS | _CAMPS) - _DWELLINGS - _FLOORS - _STREETS
_NUMBER_FIRST = _FLOORS | _STREETS_BEHIND
_AFTER_WORD = frozenset([" ", "", ": ", ":", ". ", ".", " #", " №", " № ", ".º ", " º", ".: ", " n°", "-", " : "])
_INSIDE_STREET = frozenset([" ", "'", "-", ". ", " '"])
_NUMBER_JOINTS = frozenset(["/", "-"])
_BETWEEN_PARTS = frozenset(" ,،;/-.\n'")
_MAX_GAP = 3
_MAX_STREET_WORDS = 3
_MAX_NUMBER_DIGITS = 5
_MAX_LETTER_NUMBER_LENGTH = 2

UNIT, AREA, STREET, NUMBER, PLACE = "unit", "area", "street", "number", "place"


class _Part(NamedTuple):
    """A part of an address: places of its first and last word. is_certain: its number is called a number."""

    kind: str
    first: int
    last: int
    is_certain: bool = False


def addresses_of_parts(reading: Reading) -> Iterator[tuple[int, int]]:
    """Start and end of each address whose parts stand together."""
    group: list[_Part] = []
    for part in _parts(reading):
        if group and not _stand_together(reading, group[-1], part):
            yield from _address(reading, group)
            group = []
        group.append(part)
    yield from _address(reading, group)


def _address(reading: Reading, group: list[_Part]) -> Iterator[tuple[int, int]]:
    while group and group[-1].kind == PLACE:
        group = group[:-1]
    kinds = [part.kind for part in group]
    has_number = UNIT in kinds or NUMBER in kinds
    leads_to_a_door = has_number and (STREET in kinds or AREA in kinds or len(group) > 1)
    if leads_to_a_door or any(part.is_certain for part in group):
        yield reading.word_starts[group[0].first], reading.word_ends[group[-1].last]


def _stand_together(reading: Reading, part: _Part, following: _Part) -> bool:
    words = [reading.words_lowered[place] for place in range(part.last + 1, following.first)]
    if len(words) > 1 or not _BETWEEN.issuperset(words):
        return False
    gaps = reading.gaps[part.last + 1 : following.first + 1]
    return all(len(gap) <= _MAX_GAP and _BETWEEN_PARTS.issuperset(gap) for gap in gaps)


def _parts(reading: Reading) -> Iterator[_Part]:
    done = 0
    for place in _places(reading):
        part = _part_at(reading, place) if place >= done else None
        if part:
            yield part
            done = part.last + 1


def _places(reading: Reading) -> list[int]:
    """Places of the words at which a part may begin."""
    present = reading.vocabulary & _ANY_PART
    if present <= _NEVER_ALONE and "#" not in reading.text:
        return []
    is_number_first = not present.isdisjoint(_NUMBER_FIRST) or "#" in reading.text
    has_behind = not present.isdisjoint(_STREETS_BEHIND)
    return [
        place
        for place, word in enumerate(reading.words_lowered)
        if word in present
        or (is_number_first and word[0] <= "9")
        or (has_behind and reading.word_texts[place].istitle())
    ]


def _part_at(reading: Reading, place: int) -> _Part | None:
    word = reading.words_lowered[place]
    if word[0].isdecimal():
        return _numbered_before(reading, place)
    if word in _DWELLINGS or word in _FLOORS:
        part = _numbered(reading, place, UNIT, takes_ordinals=word in _FLOORS)
        if part:
            return part
    if word in _AREAS and (part := _numbered(reading, place, AREA, takes_ordinals=True)):
        return part
    if word == "no" and reading.gaps[place + 1].strip() in {":", "."}:
        end = _end_of_number(reading, place + 1)
        return _Part(NUMBER, place, end, is_certain=end > place + 1) if end else None
    if word in _CAMPS and place + 1 < len(reading.word_texts) and reading.gaps[place + 1] == " ":
        return _Part(PLACE, place, place + 1)
    if word in _STREETS and (last := _end_of_street(reading, place)):
        number = _end_of_number(reading, last + 1) if _is_followed_by_number(reading, last) else None
        return _Part(STREET, place, last) if number is None else _Part(STREET, place, number, is_certain=True)
    if place + 1 < len(reading.word_texts) and reading.words_lowered[place + 1] in _STREETS_BEHIND:
        return _Part(STREET, place, place + 1) if reading.gaps[place + 1] in {" ", ". "} else None
    return None


def _is_followed_by_number(reading: Reading, last: int) -> bool:
    """Whether a house's number stands behind the name of a street, which then has a capital: Los Pinos 418."""
    following = last + 1
    if following >= len(reading.word_texts) or reading.gaps[following] not in {" ", ", "}:
        return False
    is_counting = has_unit_after(reading.text, reading.word_ends[following])
    return reading.word_texts[last][0].isupper() and not is_counting


def _numbered(reading: Reading, place: int, kind: str, *, takes_ordinals: bool) -> _Part | None:
    """A word of a dwelling or an area with the number behind it, "number" between them or not."""
    words, number = reading.word_texts, place + 1
    signs = 0
    while number < len(words) and words[number].lower() in _SIGNS and reading.gaps[number] in _AFTER_WORD:
        number, signs = number + 1, signs + 1
    if number >= len(words) or reading.gaps[number] not in _AFTER_WORD:
        return None
    is_certain = kind == UNIT and (signs > 0 or any(sign in reading.gaps[number] for sign in "#№º°"))
    if words[number][0].isdecimal():
        end = _end_of_number(reading, number)
        if end is None or (not is_certain and has_unit_after(reading.text, reading.word_ends[end])):
            return None
        return _Part(kind, place, end, is_certain)
    if takes_ordinals and words[number].lower() in _ORDINALS:
        return _Part(kind, place, number)
    if kind == AREA and _is_letter_number(reading, number):
        return _Part(kind, place, _end_of_letter_number(reading, number))
    return None


def _numbered_before(reading: Reading, place: int) -> _Part | None:
    """A floor or a Turkish street with its number before it, and a number behind # on its own."""
    words = reading.word_texts
    following = place + 1
    if following < len(words) and words[following].lower() in {"st", "nd", "rd", "th", "er", "ème", "eme", "e"}:
        following += reading.gaps[following] == ""
    if following < len(words) and reading.gaps[following] in {" ", ". "}:
        if words[following].lower() in _FLOORS:
            return _Part(UNIT, place, following)
        if words[following].lower() in _STREETS_BEHIND:
            return _Part(STREET, place, following)
    end = _end_of_number(reading, place) if reading.gaps[place].endswith("#") else None
    return None if end is None else _Part(NUMBER, place, end)


def _end_of_number(reading: Reading, place: int) -> int | None:
    """The place of the last word of a house's number: 41, 41B, 18/3; None if it is too long for one."""
    words = reading.word_texts
    if place >= len(words) or not words[place][0].isdecimal() or len(words[place]) > _MAX_NUMBER_DIGITS:
        return None
    end = place
    if end + 1 < len(words) and reading.gaps[end + 1] in _NUMBER_JOINTS and words[end + 1][0].isdecimal():
        end += 1
    if end + 1 < len(words) and reading.gaps[end + 1] == "" and len(words[end + 1]) == 1:
        end += 1
    return end if len(words[end]) <= _MAX_NUMBER_DIGITS else None


def _is_letter_number(reading: Reading, place: int) -> bool:
    word = reading.word_texts[place]
    return len(word) <= _MAX_LETTER_NUMBER_LENGTH and not word.islower() and reading.gaps[place] == " "


def _end_of_letter_number(reading: Reading, place: int) -> int:
    """Where a block's letter ends, with the digits that touch it: F12."""
    following = place + 1
    touches = following < len(reading.word_texts) and reading.gaps[following] in {"", "-"}
    return following if touches and reading.word_texts[following][0].isdecimal() else place


def _end_of_street(reading: Reading, place: int) -> int | None:
    """The place of the last word of a street's name."""
    last, named = place, 0
    for following in range(place + 1, min(place + 2 + 2 * _MAX_STREET_WORDS, len(reading.word_texts))):
        word = reading.word_texts[following]
        gap = reading.gaps[following]
        if gap not in _INSIDE_STREET and not (following == place + 1 and gap == ". "):
            break
        lowered = word.lower()
        if lowered in _DWELLINGS or (word[0].isdecimal() and named):
            break
        if lowered not in _SMALL_WORDS:
            named, last = named + 1, following
        if named == _MAX_STREET_WORDS:
            break
    return last if named else None
