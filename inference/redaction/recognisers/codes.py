"""Identifiers of letters and digits: HH-015698, NYR/2021/00345, ID 00090859."""

import re
from collections.abc import Iterator

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.recognisers import cues
from inference.redaction.recognisers.figures import BLANK, is_amount, is_compact_date
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

_CODE = re.compile(r"(?<![\w@])[^\W_](?:[^\W_]|[-/_.:#](?=[^\W_])){3,60}")
_CODE_SIGNS = frozenset("-/_.:#")
_JOINED_DIGITS = re.compile(r"[0-9](?<![0-9].)(?:(?<=[^\W_].)|(?<=[-/_.:#].)|(?=[0-9]*+(?:[^\W_]|[-/_.:#])))[0-9]*+")
"""Digits that letters or the signs of codes touch; most figures stand alone."""
_MAX_CODE_LENGTH = 61
_PREFIXED = re.compile(
    r"(?P<prefix>[A-ZА-ЯІЇЄҐ](?<![^\W_].)[A-ZА-ЯІЇЄҐ]{0,3})[ .]{1,2}(?:No\.? ?)?[0-9]{4,}(?:[-/ ][0-9]{2,}){0,4}(?!\w)"
)
_LABELLED = re.compile(r"[^\W\d_]{2,}:(?=[0-9]{4,}$)")
"""A form's field and its value: Phone:0722345678."""
_SENTENCES_WITHOUT_SPACE = re.compile(
    r"(?:[^\W\d_]{3,})?\.?(?P<date>\d{8})\.?(?:[^\W\d_]{3,})?|(?P<word>[^\W\d_]{3,})\.\d{1,6}|\d{1,6}\.(?P<next>[^\W\d_]{3,})"
)
_WORD_AND_ROUND_NUMBER = re.compile(r"[^\W\d_]{4,}[1-9][0-9]?00")
_MEASURE = re.compile(
    r"[\d.,/]+(?:[^\W\d_]{1,4}|[^\W\d_]{5,})|[^\W\d_]{1,4}\.?[\d.,]+(?:mg|kg|ml|km)?|[^\W\d_]{3,}-?(?:19|20)\d\d",
    re.IGNORECASE,
)
_LETTER_CODE_WORDS = words_in("not_number_prefixes")
_MIN_CODE_DIGITS = 4
_MAX_MEASURE_DIGITS = 7
_MAX_ROUND_DIGITS = 9


def codes(text: str, reading: Reading) -> Iterator[Span]:
    """Find tokens of letters and digits around runs of digits that touch a letter or a sign."""
    done = 0
    for run in _JOINED_DIGITS.finditer(text):
        start, end = run.span()
        if start < done:
            continue
        match = _CODE.search(text, _code_start(text, start, done), end + _MAX_CODE_LENGTH)
        if match is None or match.start() > start:
            done = end
            continue
        done = max(end, match.end())
        label = _LABELLED.match(match[0]) if ":" in match[0] else None
        start = match.start() + (label.end() if label else 0)
        token = text[start : match.end()]
        digits = sum(map(str.isdecimal, token))
        if digits < len(token) and _is_code(reading, start, token, digits):
            yield Span(start, match.end(), Entity.ID_NUMBER, 0.7)


def _code_start(text: str, start: int, done: int) -> int:
    """Where the token starts that the character at start belongs to, at most 61 characters before it."""
    earliest = max(done, start - _MAX_CODE_LENGTH)
    while start > earliest:
        before = text[start - 1]
        if not before.isalnum() and not (before in _CODE_SIGNS and text[start].isalnum()):
            break
        start -= 1
    while text[start] in _CODE_SIGNS:
        start += 1
    return start


def _is_code(reading: Reading, start: int, token: str, digits: int) -> bool:
    letters = "".join(filter(str.isalpha, token))
    if not letters or digits < 2 or BLANK in token or _is_end_of_sentence(reading, start, token):
        return False
    if digits >= _MIN_CODE_DIGITS:
        return not _is_measure(token, letters.lower(), digits)
    return cues.NUMBERS.kind_before(reading, start) is not None


def _is_end_of_sentence(reading: Reading, start: int, token: str) -> bool:
    """Whether a token is a word and a figure of two sentences that lack a space: "the voucher.3500 shillings"."""
    joined = _SENTENCES_WITHOUT_SPACE.fullmatch(token)
    if joined is None:
        return False
    if joined["date"]:
        return is_compact_date(joined["date"])
    if joined["next"]:
        return True
    word: str = joined["word"]
    figure = start + len(word) + 1
    if is_amount(reading.text, figure, start + len(token)):
        return True
    is_code = word.isupper() and word.lower() != word
    return not is_code and cues.NUMBERS.kind_before(reading, figure) is None


def _is_measure(token: str, letters: str, digits: int) -> bool:
    """Whether a token of letters and digits is an amount, a measure or a month with its year."""
    if _WORD_AND_ROUND_NUMBER.fullmatch(token) and token.islower():
        return True
    if not _MEASURE.fullmatch(token):
        return False
    is_short_enough = digits <= (_MAX_ROUND_DIGITS if "000" in token else _MAX_MEASURE_DIGITS)
    if token[0].isdecimal():
        return is_short_enough and token[0] != "0"
    if _ends_in_year(token):
        return True
    is_figure = digits < _MAX_MEASURE_DIGITS or (is_short_enough and token.endswith("000"))
    return letters in _LETTER_CODE_WORDS and is_figure and token[len(letters)] != "0"


def _ends_in_year(token: str) -> bool:
    return len(token) > 6 and token[-4:-2] in {"19", "20"} and token[:-4].rstrip("-").isalpha()


def prefixed_numbers(text: str) -> Iterator[Span]:
    """Numbers of four digits or more behind capital letters."""
    for match in _PREFIXED.finditer(text):
        number = match.end("prefix") + 1
        if match["prefix"].lower() not in _LETTER_CODE_WORDS and not is_amount(text, number, match.end()):
            yield Span(match.start(), match.end(), Entity.ID_NUMBER, 0.7)
