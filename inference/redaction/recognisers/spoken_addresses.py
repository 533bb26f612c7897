"""E-mail addresses said aloud: "amina dot d seven at gmail dot com", "marielys punto rojas arroba correo punto com"."""

from collections.abc import Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers.spoken import NUMBER_WORDS
from inference.redaction.spans import Span
from inference.redaction.word_lists import lines_in

_WORDS = {kind: frozenset(words) for kind, *words in lines_in("address_words")}
_AT, _WEAK_AT = _WORDS["at"], _WORDS["weak_at"]
_ANY_AT = _AT | _WEAK_AT
_DOTS, _SIGNS, _LEADS = _WORDS["dots"], _WORDS["signs"], _WORDS["leads"]
_CERTAIN_DOTS = _DOTS - {"point", "punto", "ponto", "pwen", "pwenn", "punt"}
"""Not "at that point in time"."""
_ENDS, _KNOWN = _WORDS["ends"], _WORDS["known"]
_CERTAIN_ENDS = frozenset(["com", "org", "net", "edu", "gov"])
_OF_DOMAINS = _DOTS | _KNOWN | _CERTAIN_ENDS
_MAX_LABEL_WORDS = 3
_MAX_LABELS = 5
_MAX_LOCAL_WORDS = 16
_MAX_PLAIN_WORDS = 2
_JOINED = frozenset([".", "_", "-", "+"])
_APART = frozenset([" ", "  ", ""])


def spoken_emails(reading: Reading) -> Iterator[Span]:
    """Find addresses around words for the sign @ with a domain behind them, and parts spelled before a written @."""
    vocabulary = reading.vocabulary
    if vocabulary.isdisjoint(_OF_DOMAINS):
        return
    if not vocabulary.isdisjoint(_ANY_AT):
        for place, word in enumerate(reading.words_lowered):
            if word in _ANY_AT:
                yield from _email_around(reading, place, is_certain=word in _AT)
    if "@" in reading.text and not vocabulary.isdisjoint(_DOTS | _SIGNS):
        for place in range(1, len(reading.word_texts)):
            if reading.gaps[place].strip() == "@":
                yield from _spelled_before_sign(reading, place)


def _email_around(reading: Reading, at: int, *, is_certain: bool) -> Iterator[Span]:
    last = _end_of_domain(reading, at + 1, is_certain=is_certain)
    if last is None or at == 0 or reading.gaps[at] not in _APART:
        return
    first = _start_of_local_part(reading, at - 1, _MAX_PLAIN_WORDS if is_certain else 0)
    if first is None:
        return
    has_known_domain_alone = last == at + 1 and not is_certain
    if has_known_domain_alone and first == at - 1 and not _has_sign_or_digit(reading, first):
        return
    start, end = reading.word_starts[first], reading.word_ends[last]
    yield Span(_with_what_is_attached(reading, start), end, Entity.EMAIL_ADDRESS, 0.9)


def _has_sign_or_digit(reading: Reading, place: int) -> bool:
    return reading.gaps[place][-1:] in _JOINED or reading.word_texts[place].isdecimal()


def _with_what_is_attached(reading: Reading, start: int) -> int:
    """Where the local part starts with the letters, digits and signs that touch its first word: a.diallo_7."""
    text = reading.text
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "._+-"):
        start -= 1
    return start


def _end_of_domain(reading: Reading, first: int, *, is_certain: bool) -> int | None:
    """The place of the last word of a domain that begins at a word, None where none begins."""
    last, dots = first, 0
    for _ in range(_MAX_LABELS):
        after = _next_label(reading, last, is_certain=is_certain, is_first=dots == 0)
        if after is None:
            break
        last, dots = after, dots + 1
    if first >= len(reading.word_texts) or reading.gaps[first] not in _APART:
        return None
    if not dots:
        return first if reading.words_lowered[first] in _KNOWN else None
    is_domain = is_certain or reading.words_lowered[last] in _ENDS
    return last if is_domain or reading.words_lowered[first] in _KNOWN else None


def _next_label(reading: Reading, place: int, *, is_certain: bool, is_first: bool) -> int | None:
    """The place of the label after the next dot, in words or as a sign; None without one."""
    words, gaps = reading.words_lowered, reading.gaps
    dots = _DOTS if is_certain else _CERTAIN_DOTS
    for dot in range(place + 1, min(place + 1 + (_MAX_LABEL_WORDS if is_first else 1), len(words))):
        if gaps[dot] == ".":
            is_end = words[dot] in (_ENDS if is_certain else _CERTAIN_ENDS)
            # A capital behind a small word begins a sentence: "at the gate.Net prices rise".
            begins_sentence = reading.word_texts[dot].istitle() and reading.word_texts[place].islower()
            return dot if (is_end and not begins_sentence) or words[place] in _KNOWN else None
        if gaps[dot] not in _APART:
            return None
        if words[dot] in dots:
            has_label = dot + 1 < len(words) and gaps[dot + 1] in _APART
            return dot + 1 if has_label else None
    return None


def _start_of_local_part(reading: Reading, last: int, max_plain_words: int) -> int | None:
    """The place of the first word before the sign that belongs to the address; None if nothing does."""
    words, gaps = reading.words_lowered, reading.gaps
    first = last
    if words[first] in _LEADS:
        return None
    plain, has_joints = 0, False
    while first > 0 and last - first < _MAX_LOCAL_WORDS:
        before, gap = words[first - 1], gaps[first]
        is_joint = before in _DOTS or before in _SIGNS
        if gap in _JOINED or (gap in _APART and is_joint and first > 1):
            first, has_joints = first - (2 if is_joint and gap not in _JOINED else 1), True
        elif gap not in _APART:
            break
        elif _is_number(before) or (_is_number(words[first]) and before not in _LEADS and not plain):
            plain += not _is_number(before)
            first -= 1
        elif len(before) == 1 and len(words[first]) == 1:
            first -= 1
        elif plain < max_plain_words and not has_joints and before not in _LEADS:
            first, plain = first - 1, plain + 1
        else:
            break
    return first


def _is_number(word: str) -> bool:
    return word.isdecimal() or word in NUMBER_WORDS


def _spelled_before_sign(reading: Reading, domain: int) -> Iterator[Span]:
    """The part spelled in words before a written @: joseph dot okello@example.org."""
    last = domain - 1
    before = reading.words_lowered[last - 1] if last > 0 else ""
    if before in _DOTS or before in _SIGNS or _is_number(reading.words_lowered[last]):
        first = _start_of_local_part(reading, last, 0)
        if first is not None and first < last:
            yield Span(reading.word_starts[first], reading.word_ends[last], Entity.EMAIL_ADDRESS, 0.9)
