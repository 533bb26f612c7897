"""Addresses made of parts: a street, a dwelling with its number, a floor, a block.

A single part stays in the text, because analyses need it: block 12, tent 45. Parts side by side are an address
(Shelter 214, Block F12; Rua do Mercado, casa 41), and so is a dwelling with a word for number (nyumba namba 31).
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from inference.redaction.reading import Reading
from inference.redaction.recognisers.addresses.numbers import (
    LETTER_WORDS,
    ORDINAL,
    ORDINALS,
    SIGN_GAP,
    SIGNS,
    WEAK_SIGNS,
    behind_signs,
    house_before,
    house_behind,
    last_word,
    number_at,
)
from inference.redaction.recognisers.figures import has_unit_after
from inference.redaction.word_lists import words_in

_DWELLINGS, _BUILDINGS, _FLOORS = words_in("dwellings"), words_in("buildings"), words_in("floors")
_AREAS, _AREAS_BEHIND = words_in("areas"), words_in("areas_behind")
_STREETS, _STREETS_BEHIND = words_in("street_words"), words_in("streets_behind")
_NUMBERED = words_in("numbered_words")
_SMALL_WORDS = words_in("name_particles") | words_in("address_fillers")
_BETWEEN = words_in("address_fillers")
_CAMPS = words_in("camps")
_UNITS = _DWELLINGS | _FLOORS
_ANY_PART = _UNITS | _BUILDINGS | _AREAS | _AREAS_BEHIND | _STREETS | _STREETS_BEHIND | _CAMPS | SIGNS | WEAK_SIGNS
_ANCHORS = _ANY_PART - WEAK_SIGNS - _CAMPS - _BETWEEN - {"c", "av"} | {"no"}
_DOORS = (_UNITS | _STREETS | _STREETS_BEHIND | (SIGNS - WEAK_SIGNS)) - _BETWEEN | {"no"}
_BEFORE_NUMBER, _BEHIND_NUMBER, _REACH, _MAX_DIGITS = 4, 4, 14, 5
"""Words that are read around a number: to find out whether it is of an address, and for the parts beside it."""

_PART_GAP = re.compile(r"[ ,،;/.\n'’–-]{1,4}")
_INSIDE_NAME = frozenset([" ", "'", "-", ". ", " '"])
_ADJECTIVE = re.compile(r"[А-ЯІЇЄ][а-яіїє]{2,}(?:ская|цкая|ная|вая|лая|рая|няя|ська|цька|ова|на)")
_MAX_STREET_WORDS = 3
_MAX_NAME_WORDS = 2
_MAX_FILLERS = 2

UNIT, AREA, STREET, NUMBER, PLACE = "unit", "area", "street", "number", "place"


class _Part(NamedTuple):
    """A part of an address: places of its first and last word, and its end in the text.

    is_certain: an address by itself, because its number is called a number or stands behind the name of a street.
    """

    kind: str
    first: int
    last: int
    end: int
    is_certain: bool = False


def addresses_of_parts(reading: Reading, streets: Iterable[tuple[int, int]] = ()) -> Iterator[tuple[int, int]]:
    """Yield start and end of the addresses.

    streets: start and end of streets with their numbers that were recognised by their form; other parts join them.
    """
    group: list[_Part] = []
    for part in _parts(reading, sorted(streets)):
        if group and not _stand_together(reading, group[-1], part):
            yield from _address(reading, group)
            group = []
        group.append(part)
    yield from _address(reading, group)


def _address(reading: Reading, group: list[_Part]) -> Iterator[tuple[int, int]]:
    while group and group[-1].kind == PLACE:
        group = group[:-1]
    kinds = {part.kind for part in group}
    has_number = UNIT in kinds or NUMBER in kinds
    leads_to_a_door = has_number and len(group) > 1 and kinds != {NUMBER}
    if leads_to_a_door or any(part.is_certain for part in group):
        yield reading.word_starts[group[0].first], group[-1].end


def _stand_together(reading: Reading, part: _Part, following: _Part) -> bool:
    between = range(part.last + 1, following.first)
    if len(between) > _MAX_FILLERS or not all(reading.words_lowered[place] in _BETWEEN for place in between):
        return False
    places = [*between, following.first]
    ends = [part.end, *(reading.word_ends[place] for place in between)]
    starts = [reading.word_starts[place] for place in places]
    return all(
        _PART_GAP.fullmatch(reading.text, end, start) or reading.text[end:start] in {", #", " #", ",#", "# "}
        for end, start in zip(ends, starts, strict=True)
    )


def _parts(reading: Reading, streets: list[tuple[int, int]]) -> Iterator[_Part]:
    known: dict[int, _Part] = {}
    for start, end in streets:
        street = _street_of_span(reading, start, end)
        if not _counts_on(reading, street) and (street.first not in known or known[street.first].end < end):
            known[street.first] = street
    done = 0
    for place in _places(reading, known):
        if place < done:
            continue
        part, street_here = _part_at(reading, place), known.get(place)
        if street_here and (part is None or part.end < street_here.end):
            part = street_here
        if part:
            yield part._replace(first=max(part.first, done))
            done = part.last + 1


def _counts_on(reading: Reading, part: _Part) -> bool:
    """Whether the number at the end of a part belongs to the word behind it: Cumhuriyet Mah. 1142. Sokak."""
    following = part.last + 1
    return following < len(reading.words_lowered) and reading.words_lowered[following] in _STREETS_BEHIND


def _street_of_span(reading: Reading, start: int, end: int) -> _Part:
    return _Part(STREET, bisect_left(reading.word_starts, start), last_word(reading, end), end, is_certain=True)


def _places(reading: Reading, known: Collection[int]) -> Iterator[int]:
    """Places of the words at which a part may begin, near the short numbers that have a word of addresses beside them.

    Most texts have none: nothing else of them is read.
    """
    done = 0
    for anchor in sorted({*_anchors(reading), *known}):
        for place in range(max(done, anchor - _REACH), min(anchor + _REACH, len(reading.word_texts))):
            if place in known or _may_begin(reading, place):
                yield place
        done = max(done, anchor + _REACH)


def _anchors(reading: Reading) -> Iterator[int]:
    """Places of numbers of at most five digits beside a word of addresses, behind a sign or a street's adjective."""
    words, text = reading.words_lowered, reading.text
    has_article = "'" in text
    has_door = has_article or "#" in text or "№" in text or not reading.vocabulary.isdisjoint(_DOORS)
    if not has_door and text.isascii():
        return
    for start, end in reading.digit_runs:
        if end - start > _MAX_DIGITS:
            continue
        place = bisect_left(reading.word_starts, start)
        around = words[max(0, place - _BEFORE_NUMBER) : place + _BEHIND_NUMBER]
        if has_article:
            around = list(map(_without_article, around))
        is_beside = has_door and not _ANCHORS.isdisjoint(around) and (has_article or _leads_to_a_door(reading, place))
        if is_beside or reading.gaps[place].endswith(("#", "№")) or _is_behind_adjective(reading, place):
            yield place


def _leads_to_a_door(reading: Reading, place: int) -> bool:
    """Whether a dwelling, a street or a word for number is near: not for block 12 alone."""
    near = reading.words_lowered[max(0, place - _REACH) : place + _REACH]
    return "#" in reading.text or not _DOORS.isdisjoint(near)


def _is_behind_adjective(reading: Reading, place: int) -> bool:
    is_cyrillic = place > 0 and "\u0400" <= reading.word_texts[place - 1][0] <= "\u04ff"
    return is_cyrillic and _ADJECTIVE.fullmatch(reading.word_texts[place - 1]) is not None


def _may_begin(reading: Reading, place: int) -> bool:
    word = reading.words_lowered[place]
    return (
        word in _ANY_PART
        or word[0] <= "9"
        or len(word) == 1
        or word in ORDINALS
        or not reading.word_texts[place][0].islower()
        or ("'" in word and _without_article(word) in _ANY_PART)
    )


def _part_at(reading: Reading, place: int) -> _Part | None:
    word = _without_article(reading.words_lowered[place])
    if word[0].isdecimal():
        return _counted(reading, place) or _signed(reading, place)
    is_number = (len(word) == 1 and reading.word_texts[place].isupper()) or word in ORDINALS
    return (
        (_counted(reading, place) if is_number else None)
        or (_numbered(reading, place, UNIT) if word in _UNITS else None)
        or (_named_street(reading, place) if word in _STREETS else None)
        or (_area(reading, place) if word in _AREAS else None)
        or (_named_building(reading, place) if word in _BUILDINGS else None)
        or (_number(reading, place) if word in SIGNS or word in WEAK_SIGNS else None)
        or (_Part(PLACE, place, place + 1, reading.word_ends[place + 1]) if _is_camp(reading, place) else None)
        or _street_behind(reading, place)
        or _adjective(reading, place)
    )


def _without_article(word: str) -> str:
    """A word without a French article: l'abri."""
    return word.rpartition("'")[2]


def _is_camp(reading: Reading, place: int) -> bool:
    is_followed = place + 1 < len(reading.word_texts) and reading.gaps[place + 1] == " "
    return is_followed and reading.words_lowered[place] in _CAMPS


def _numbered(reading: Reading, place: int, kind: str) -> _Part | None:
    """A word of a dwelling, a floor or an area with the number behind it, with or without a word for number."""
    number, signs = behind_signs(reading, place)
    if number is None:
        return None
    takes_ordinals = kind == AREA or reading.words_lowered[place] in _FLOORS
    end = number_at(reading, number, is_ordinal=takes_ordinals)
    is_letter = end is not None and not any(map(str.isdecimal, reading.text[reading.word_starts[number] : end]))
    is_ordinal = reading.words_lowered[number] in ORDINALS | LETTER_WORDS
    if end is None or (
        is_letter and kind == UNIT and not signs and not is_ordinal and not _is_capital(reading, number)
    ):
        return None
    is_certain = kind == UNIT and signs and not is_letter and reading.words_lowered[place] not in _FLOORS
    if not signs and _is_counting(reading, end):
        return None
    return _Part(kind, place, last_word(reading, end), end, is_certain)


def _is_counting(reading: Reading, end: int) -> bool:
    """Whether a number counts the things behind it: sector 4, 6 children; not street 20 house 5."""
    following = last_word(reading, end) + 1
    if not has_unit_after(reading.text, end):
        return False
    is_part = following < len(reading.word_texts) and reading.words_lowered[following] in _UNITS | _AREAS
    return not (is_part and _numbered(reading, following, UNIT) is not None)


def _is_capital(reading: Reading, place: int) -> bool:
    return reading.word_texts[place][0].isupper()


def _area(reading: Reading, place: int) -> _Part | None:
    """A block with its number or letter, or a quarter with its name."""
    part = _numbered(reading, place, AREA)
    if part or reading.words_lowered[place] not in _STREETS:
        return part
    return None


def _named_building(reading: Reading, place: int) -> _Part | None:
    last = _end_of_name(reading, place, _MAX_NAME_WORDS)
    return None if last is None else _Part(AREA, place, last, reading.word_ends[last])


def _named_street(reading: Reading, place: int) -> _Part | None:
    """A street with its name or number, and the number of the house behind it."""
    numbered = _numbered(reading, place, STREET)
    last = numbered.last if numbered else _end_of_name(reading, place, _MAX_STREET_WORDS)
    if last is None:
        return None
    end = numbered.end if numbered else reading.word_ends[last]
    first = house_before(reading, place) if numbered is None and _is_capital(reading, last) else None
    house = house_behind(reading, last, end, is_named=numbered is None)
    if house is not None:
        return _Part(STREET, place, last_word(reading, house), house, is_certain=True)
    return _Part(STREET, place if first is None else first, last, end, is_certain=first is not None)


def _end_of_name(reading: Reading, place: int, limit: int) -> int | None:
    """The place of the last word of the name of a street or a building."""
    last, named = None, 0
    for following in range(place + 1, min(place + 2 + 2 * limit, len(reading.word_texts))):
        text, lowered = reading.word_texts[following], reading.words_lowered[following]
        gap = reading.gaps[following]
        if gap not in _INSIDE_NAME and not (following == place + 1 and gap in {". ", "."}):
            break
        if lowered in _UNITS or lowered in SIGNS or (lowered in _AREAS and named) or text[0].isdecimal():
            break
        if lowered in _SMALL_WORDS:
            continue
        if named and text.islower():
            break
        named, last = named + 1, following
        if named == limit:
            break
    return last


def _counted(reading: Reading, place: int) -> _Part | None:
    """A floor, a street or a block with its number before it: 3rd floor, 12. Sokak, B Blok, 44 nolu çadır."""
    end = number_at(reading, place, is_ordinal=True)
    ordinal = ORDINAL.match(reading.text, reading.word_starts[place])
    end = max(end or 0, ordinal.end() if ordinal else 0)
    last = last_word(reading, end) if end else place
    following, is_called = last + 1, False
    if following < len(reading.word_texts) and reading.words_lowered[following] in _NUMBERED:
        following, is_called = following + 1, True
    if following >= len(reading.word_texts) or reading.gaps[following] not in {" ", ". ", ".", ""}:
        return None
    word = reading.words_lowered[following]
    if word in _FLOORS or (is_called and word in _UNITS):
        return _Part(UNIT, place, following, reading.word_ends[following], is_called)
    is_ordinal = ordinal is not None and not ordinal[0].isdecimal()
    if word in _STREETS_BEHIND:
        return _with_house(reading, _Part(STREET, place, following, reading.word_ends[following]))
    if word in _AREAS_BEHIND and (is_ordinal or "." in reading.gaps[following] or not ordinal):
        return _Part(AREA, place, following, reading.word_ends[following])
    if word in _DWELLINGS and (is_ordinal or reading.words_lowered[place] in ORDINALS):
        return _Part(UNIT, place, following, reading.word_ends[following])
    return None


def _with_house(reading: Reading, street: _Part) -> _Part:
    house = house_behind(reading, street.last, street.end, is_named=True)
    if house is None:
        return street
    return street._replace(last=last_word(reading, house), end=house, is_certain=True)


def _street_behind(reading: Reading, place: int) -> _Part | None:
    """A name with a word for street behind it, of one to three words with capitals or in a script without."""
    if reading.word_texts[place][0].islower():
        return None
    for following in range(place + 1, min(place + 1 + _MAX_STREET_WORDS, len(reading.word_texts))):
        if reading.gaps[following] not in {" ", ". ", "-", "'"}:
            return None
        if reading.words_lowered[following] in _STREETS_BEHIND:
            return _with_house(reading, _Part(STREET, place, following, reading.word_ends[following]))
        if not _is_capital(reading, following):
            return None
    return None


def _number(reading: Reading, place: int) -> _Part | None:
    """A number called one, without a word for the dwelling: n° 27, Na. 33, رقم 112, No:18/3."""
    number = place + 1
    if number >= len(reading.word_texts) or not reading.word_texts[number][0].isdecimal():
        return None
    gap = reading.gaps[number]
    is_weak = reading.words_lowered[place] in WEAK_SIGNS
    if not SIGN_GAP.fullmatch(gap) or (is_weak and not gap.strip() and reading.words_lowered[place] != "no"):
        return None
    end = number_at(reading, number)
    if end is None or has_unit_after(reading.text, end):
        return None
    has_joint = "/" in reading.text[reading.word_starts[number] : end]
    is_certain = has_joint and reading.words_lowered[place] == "no" and gap.strip() in {":", "."}
    return _Part(NUMBER, place, last_word(reading, end), end, is_certain)


def _signed(reading: Reading, place: int) -> _Part | None:
    """A number behind # on its own."""
    end = number_at(reading, place) if reading.gaps[place].endswith(("#", "№", "n°", "nº")) else None
    return None if end is None else _Part(NUMBER, place, last_word(reading, end), end)


def _adjective(reading: Reading, place: int) -> _Part | None:
    """A street called by an adjective alone, with the number of the house: Садовая 9."""
    if not _ADJECTIVE.fullmatch(reading.word_texts[place]):
        return None
    house = house_behind(reading, place, reading.word_ends[place], is_named=True)
    if house is None or "-" in reading.text[reading.word_starts[place + 1] : house]:
        return None
    return _Part(STREET, place, last_word(reading, house), house, is_certain=True)
