"""What a framework's owner should look at before publishing: each finding has a reason and the code it is about."""

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from coding.lexical import LexicalCoder
from coding.tree import CodeNode, PlacedCode, Tree, leaves, walk, without_retired, written_path

MOST_CODES = 150
OVERLAP = 0.75
SIBLINGS_THAT_NEED_OTHER = 3
LIKELIEST = 3
WORD = re.compile(r"\w+")
OTHER = re.compile(
    r"\b(other|others|else|autres?|otr[ao]s?|outr[ao]s?|andere|nyingine|inne|другое|прочее|інше)\b"
    r"|أخرى|غير ذلك|سایر|دیگر",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """rule: an anchor of docs/coding.md. path: of the code it is about, "" for the whole. row_id: of that code."""

    rule: str
    path: str
    reason: str
    row_id: uuid.UUID | None = None


def lint(tree: Tree) -> list[Finding]:
    """Everything that should be looked at, in reading order of each rule. Retired codes are left out."""
    offered = without_retired(tree)
    return [finding for rule in RULES for finding in rule(offered)]


def _finding(rule: str, placed: PlacedCode, reason: str) -> Finding:
    return Finding(rule, written_path(placed.names), reason, placed.code.row_id)


def _duplicate_names(tree: Tree) -> Iterator[Finding]:
    """The same name twice: whoever codes by name cannot tell them apart."""
    named: dict[str, list[PlacedCode]] = defaultdict(list)
    for placed in leaves(tree):
        named[" ".join(WORD.findall(placed.code.name.casefold()))].append(placed)
    for twins in named.values():
        for placed in twins[1:]:
            yield _finding("duplicate-name", placed, f"{written_path(twins[0].names)} has the same name.")


def _overlapping_names(tree: Tree) -> Iterator[Finding]:
    """Siblings whose names share most of their words."""
    for siblings in _families(tree):
        for first, second in combinations(siblings, 2):
            one, other = _words(first.code), _words(second.code)
            shared = len(one & other) / max(1, len(one | other))
            if OVERLAP <= shared < 1:
                yield _finding("overlapping-names", second, f"Hard to tell from {first.code.name!r}.")


def _missing_texts(tree: Tree) -> Iterator[Finding]:
    """What coders and models go by."""
    for placed in leaves(tree):
        if not placed.code.definition.strip():
            yield _finding("no-definition", placed, "It has no definition.")
        if not placed.code.examples:
            yield _finding("no-example", placed, "It has no example.")


def _one_child(tree: Tree) -> Iterator[Finding]:
    for placed in walk(tree):
        if len(placed.code.children) == 1:
            yield _finding("one-child", placed, "It holds one code only: the level tells nothing.")


def _missing_other(tree: Tree) -> Iterator[Finding]:
    """Where no code fits, a wrong one is chosen unless there is one for the rest."""
    for placed in walk(tree):
        children = placed.code.children
        if len(children) < SIBLINGS_THAT_NEED_OTHER or not all(child.is_leaf for child in children):
            continue
        if not any(OTHER.search(child.name) for child in children):
            yield _finding("no-other", placed, "It has no code for what fits none of the others.")


def _too_many(tree: Tree) -> Iterator[Finding]:
    count = len(leaves(tree))
    if count > MOST_CODES:
        yield Finding("too-many-codes", "", f"{count} codes: more than {MOST_CODES} are hard to tell apart.")


def _examples_elsewhere(tree: Tree) -> Iterator[Finding]:
    """Examples that the lexical coder would not even shortlist under their own code."""
    coder = LexicalCoder(tree)
    for placed in coder.codes:
        for number, example in enumerate(placed.code.examples, start=1):
            likeliest = [each.placed for each in coder.rank(example, is_example_of=placed)[:LIKELIEST]]
            if not any(each is placed for each in likeliest):
                reason = f"Example {number} reads more like {written_path(likeliest[0].names)}."
                yield _finding("example-elsewhere", placed, reason)


def _families(tree: Tree) -> Iterator[Sequence[PlacedCode]]:
    families: dict[tuple[int, ...], list[PlacedCode]] = defaultdict(list)
    for placed in walk(tree):
        families[tuple(map(id, placed.path[:-1]))].append(placed)
    yield from families.values()


def _words(code: CodeNode) -> set[str]:
    return set(WORD.findall(code.name.casefold()))


RULES: tuple[Callable[[Tree], Iterator[Finding]], ...] = (
    _too_many,
    _duplicate_names,
    _overlapping_names,
    _missing_texts,
    _one_child,
    _missing_other,
    _examples_elsewhere,
)
