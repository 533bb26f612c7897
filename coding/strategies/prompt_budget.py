"""Shorten the texts of a framework's codes to a number of characters, because every call repeats them in its prompt.

If all texts fit, they are written in full. If not, the most distinctive words of the framework are written, in the
order of the texts. A word is distinctive if the names in its path do not have it, few codes share it, the code repeats
it, or it comes early. docs/coding.md compares this with an equal share for each code and with cut sentences.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coding.frameworks.tree import CodeNode, PlacedCode

MAX_EXAMPLES = 2
MAX_TEXT_LENGTH = 240
SEPARATOR, CUT = " | ", " …"
MIN_WORD_LENGTH, BEGINNING_LENGTH = 3, 5
HALF_WORTH_PLACE = 10
WHITE_SPACE = re.compile(r"\s+")
WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True)
class _Word:
    """A word of a code. code: index of the code. place: in the code's text. worth: distinctiveness."""

    code: int
    place: int
    text: str
    worth: float


def code_text(node: CodeNode) -> str:
    """Return the definition, include and exclude notes and two examples of a code, each cut at 240 characters."""
    parts = [
        _cut(node.definition),
        f"include: {_cut(node.include)}" if node.include else "",
        f"exclude: {_cut(node.exclude)}" if node.exclude else "",
        f"examples: {' / '.join(map(_cut, node.examples[:MAX_EXAMPLES]))}" if node.examples else "",
    ]
    return SEPARATOR.join(filter(None, parts))


def judge_text(node: CodeNode) -> str:
    """Return the text that decides whether a code fits: without examples if there is a definition."""
    return code_text(replace(node, examples=()) if node.definition else node)


def shortened_texts(codes: Sequence[PlacedCode], room: int) -> list[str]:
    """Return the text of each code, in full if all fit into `room` characters together, else distinctive words."""
    said = [code_text(placed.code) for placed in codes]
    if sum(map(len, said)) <= room:
        return said
    chosen: list[list[_Word]] = [[] for _ in codes]
    for word in sorted(_words(codes), key=lambda word: word.worth, reverse=True):
        length = len(word.text) + (1 if chosen[word.code] else len(SEPARATOR))
        if length <= room:
            chosen[word.code].append(word)
            room -= length
    return [" ".join(word.text for word in sorted(words, key=lambda word: word.place)) for words in chosen]


def _words(codes: Sequence[PlacedCode]) -> Iterator[_Word]:
    """Yield the words of each code that are in no name of its path, without repetitions."""
    said = [WORD.findall(_positive_text(placed.code)) for placed in codes]
    spread = Counter(beginning for words in said for beginning in {_beginning(word) for word in words})
    for number, (placed, words) in enumerate(zip(codes, said, strict=True)):
        seen = {_beginning(word) for node in placed.path for word in WORD.findall(node.name)}
        times = Counter(map(_beginning, words))
        for place, word in enumerate(words):
            beginning = _beginning(word)
            if len(word) >= MIN_WORD_LENGTH and beginning not in seen:
                seen.add(beginning)
                rarity = math.log((len(codes) + 1) / spread[beginning])
                worth = (1 + math.log(times[beginning])) * rarity / (1 + place / HALF_WORTH_PLACE)
                yield _Word(number, place, word, worth)


def _positive_text(code: CodeNode) -> str:
    """Return examples, definition and include note: single words of an exclude note would mislead."""
    return " ".join([*code.examples[:MAX_EXAMPLES], code.definition, code.include])


def _beginning(word: str) -> str:
    return word.casefold()[:BEGINNING_LENGTH]


def _cut(text: str) -> str:
    """Return at most 240 characters of a text, cut at a word."""
    text = WHITE_SPACE.sub(" ", text).strip()
    return text if len(text) <= MAX_TEXT_LENGTH else text[:MAX_TEXT_LENGTH].rpartition(" ")[0] + CUT
