"""What a framework says of its codes, in as many characters as there are: a prompt repeats it in every call.

A text that fits stands as it was written. One that does not gives way to its telling words, in their order: those that
the code's name and the names above it do not say, the rarest in the framework first. Next to cut sentences of the same
length ("Statements about ...") they keep most of what tells codes apart; docs/coding.md has figures.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from coding.tree import CodeNode, PlacedCode

MOST_EXAMPLES = 2
LONGEST_TEXT = 240
SEPARATOR, CUT = " | ", " …"
SHORTEST_WORD, BEGINNING_LENGTH = 3, 5
WHITE_SPACE = re.compile(r"\s+")
WORD = re.compile(r"\w[\w'’-]*")


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
    """What is said of each code, all together in at most so many characters."""
    said = [said_of(placed.code) for placed in codes]
    most = _most_of_each([len(text) for text in said if text], room)
    spread = Counter(word for placed in codes for word in {_beginning(found) for found in _words_of(placed.code)})
    return [
        text if len(text) <= most else _telling_words(placed, most, spread)
        for placed, text in zip(codes, said, strict=True)
    ]


def _telling_words(placed: PlacedCode, most: int, spread: Counter[str]) -> str:
    seen = {_beginning(word) for node in placed.path for word in WORD.findall(node.name)}
    candidates: list[tuple[int, int, str]] = []
    for place, word in enumerate(_words_of(placed.code)):
        if len(word) >= SHORTEST_WORD and _beginning(word) not in seen:
            seen.add(_beginning(word))
            candidates.append((spread[_beginning(word)], place, word))
    kept: list[tuple[int, str]] = []
    left = most
    for _, place, word in sorted(candidates):
        if len(word) < left:
            kept.append((place, word))
            left -= len(word) + 1
    return " ".join(word for _, word in sorted(kept))


def _words_of(code: CodeNode) -> list[str]:
    """Of what belongs to a code; words of what does not would mislead without their sentence."""
    return WORD.findall(" ".join([code.definition, *code.examples[:MOST_EXAMPLES], code.include]))


def _beginning(word: str) -> str:
    return word.casefold()[:BEGINNING_LENGTH]


def _cut(text: str) -> str:
    """A text of at most 240 characters, cut at a word."""
    text = WHITE_SPACE.sub(" ", text).strip()
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rpartition(" ")[0] + CUT


def _most_of_each(lengths: Sequence[int], room: int) -> int:
    """How long each text may be for all of them to fit, when only the longer ones are cut."""
    for number, length in enumerate(sorted(lengths)):
        share = max(0, room) // (len(lengths) - number)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)
