"""What a framework says of its codes, in as many characters as there are: a prompt repeats it in every call.

Where all texts fit they stand as they were written. Where they do not, the framework's most telling words do, in the
order of their texts: those that the code's name and the names above it do not say, that few codes share, that the code
repeats, that come early. Next to the same room for each code, and to cut sentences ("Statements about ..."), they tell
more codes apart; docs/coding.md has figures.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coding.frameworks.tree import CodeNode, PlacedCode

MOST_EXAMPLES = 2
LONGEST_TEXT = 240
SEPARATOR, CUT = " | ", " …"
SHORTEST_WORD, BEGINNING_LENGTH = 3, 5
HALF_WORTH_PLACE = 10
WHITE_SPACE = re.compile(r"\s+")
WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True)
class _Word:
    """A word that could stand behind a code's name. code: its index. place: in the code's text. worth: how telling."""

    code: int
    place: int
    text: str
    worth: float


def said_of(node: CodeNode) -> str:
    """Definition, include and exclude notes and two examples of a code, each cut at 240 characters."""
    parts = [
        _cut(node.definition),
        f"include: {_cut(node.include)}" if node.include else "",
        f"exclude: {_cut(node.exclude)}" if node.exclude else "",
        f"examples: {' / '.join(map(_cut, node.examples[:MOST_EXAMPLES]))}" if node.examples else "",
    ]
    return SEPARATOR.join(filter(None, parts))


def meaning_of(node: CodeNode) -> str:
    """What decides whether a code fits: definition, include and exclude notes; examples only without a definition."""
    return said_of(replace(node, examples=()) if node.definition else node)


def briefs(codes: Sequence[PlacedCode], room: int) -> list[str]:
    """What is said of each code, in at most so many characters together: whole where all fits, else telling words."""
    said = [said_of(placed.code) for placed in codes]
    if sum(map(len, said)) <= room:
        return said
    kept: list[list[_Word]] = [[] for _ in codes]
    for word in sorted(_words(codes), key=lambda each: each.worth, reverse=True):
        length = len(word.text) + (1 if kept[word.code] else len(SEPARATOR))
        if length <= room:
            kept[word.code].append(word)
            room -= length
    return [" ".join(word.text for word in sorted(words, key=lambda each: each.place)) for words in kept]


def _words(codes: Sequence[PlacedCode]) -> Iterator[_Word]:
    """The words of each code that no name above it says, each once."""
    said = [WORD.findall(_text_of(placed.code)) for placed in codes]
    spread = Counter(beginning for words in said for beginning in {_beginning(word) for word in words})
    for number, (placed, words) in enumerate(zip(codes, said, strict=True)):
        seen = {_beginning(word) for node in placed.path for word in WORD.findall(node.name)}
        times = Counter(map(_beginning, words))
        for place, word in enumerate(words):
            beginning = _beginning(word)
            if len(word) >= SHORTEST_WORD and beginning not in seen:
                seen.add(beginning)
                rarity = math.log((len(codes) + 1) / spread[beginning])
                worth = (1 + math.log(times[beginning])) * rarity / (1 + place / HALF_WORTH_PLACE)
                yield _Word(number, place, word, worth)


def _text_of(code: CodeNode) -> str:
    """What belongs to a code, as people say it first; words of what does not would mislead without their sentence."""
    return " ".join([*code.examples[:MOST_EXAMPLES], code.definition, code.include])


def _beginning(word: str) -> str:
    return word.casefold()[:BEGINNING_LENGTH]


def _cut(text: str) -> str:
    """A text of at most 240 characters, cut at a word."""
    text = WHITE_SPACE.sub(" ", text).strip()
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rpartition(" ")[0] + CUT
