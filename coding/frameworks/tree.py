"""A coding framework's tree in memory: what is imported, exported, compared, hashed and coded with.

Nothing here knows the database. Walks are loops, not recursion: a tree may be as deep as its JSON could be parsed.
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

DEEPEST_LEVEL = 200
MOST_CODES = 20_000


@dataclass(frozen=True)
class CodeNode:
    """One code, with the codes under it.

    id: as the caller has it, "" when it has none. labels and definitions: by language, beside name and definition.
    stable_id: the same in every version; None before it is stored. row_id: of the stored row, not part of equality.
    replaced_by: stable ids, for a retired code. extra: what an import brought that has no column of its own.
    """

    name: str
    id: str = ""
    children: tuple["CodeNode", ...] = ()
    definition: str = ""
    include: str = ""
    exclude: str = ""
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    sensitive: bool = False
    colour: str = ""
    owner: str = ""
    is_retired: bool = False
    replaced_by: tuple[uuid.UUID, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    stable_id: uuid.UUID | None = field(default=None, compare=False)
    row_id: uuid.UUID | None = field(default=None, compare=False)

    @property
    def is_leaf(self) -> bool:
        return not self.children


Tree = Sequence[CodeNode]


@dataclass(frozen=True)
class PlacedCode:
    """A code where it stands: the codes from the root down to it, itself last."""

    path: tuple[CodeNode, ...]

    @property
    def code(self) -> CodeNode:
        return self.path[-1]

    @property
    def level(self) -> int:
        return len(self.path)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(node.name for node in self.path)


def walk(tree: Tree) -> Iterator[PlacedCode]:
    """Every code in reading order: a parent before its children, siblings as they stand."""
    waiting = [PlacedCode((root,)) for root in reversed(tree)]
    while waiting:
        placed = waiting.pop()
        yield placed
        waiting.extend(PlacedCode((*placed.path, child)) for child in reversed(placed.code.children))


def leaves(tree: Tree) -> list[PlacedCode]:
    """The codes that can be assigned: those with none under them."""
    return [placed for placed in walk(tree) if placed.code.is_leaf]


def written_path(names: Sequence[str]) -> str:
    return " > ".join(names)


def build_tree(rows: Sequence[tuple[int, CodeNode]]) -> tuple[CodeNode, ...]:
    """The tree of codes in reading order, each with its level from 1, at most one deeper than the code before."""
    waiting: dict[int, list[CodeNode]] = defaultdict(list)
    for level, node in reversed(rows):
        children = tuple(reversed(waiting.pop(level + 1, [])))
        waiting[level].append(replace(node, children=children) if children or node.children else node)
    return tuple(reversed(waiting[1]))


def without_retired(tree: Tree) -> tuple[CodeNode, ...]:
    """The tree that is offered for coding: no retired code, nothing under one, no branch left empty by that."""
    kept = [(placed.level, placed.code) for placed in walk(tree) if not any(node.is_retired for node in placed.path)]
    return build_tree(_with_leaves(kept))


def only_branches_of(tree: Tree, chosen: Iterable[PlacedCode]) -> tuple[CodeNode, ...]:
    """The tree cut down to some of its codes and the codes above them."""
    wanted = {id(node) for placed in chosen for node in placed.path}
    kept = [(placed.level, placed.code) for placed in walk(tree) if all(id(node) in wanted for node in placed.path)]
    return build_tree(kept)


def _with_leaves(rows: list[tuple[int, CodeNode]]) -> list[tuple[int, CodeNode]]:
    """Drop the codes all of whose children are gone, which were never meant to be assigned themselves."""
    kept: list[tuple[int, CodeNode]] = []
    next_level = 0
    for level, node in reversed(rows):
        if node.is_leaf or next_level == level + 1:
            kept.append((level, node))
            next_level = level
    return list(reversed(kept))


def shape_hash(tree: Tree) -> str:
    """SHA-256 of ids, names and structure: what an inline tree of the contract can be recognised by."""
    return _digest([[placed.level, placed.code.id, placed.code.name] for placed in walk(tree)])


def content_hash(tree: Tree) -> str:
    """SHA-256 of everything in the tree, so that two versions with the same hash code alike."""
    return _digest([[placed.level, *content_of(placed.code)] for placed in walk(tree)])


def content_of(node: CodeNode) -> list[Any]:
    """What a code says, without the codes under it, as JSON can write it."""
    return [
        node.id,
        node.name,
        node.definition,
        node.include,
        node.exclude,
        list(node.examples),
        list(node.counter_examples),
        list(node.aliases),
        dict(sorted(node.labels.items())),
        dict(sorted(node.definitions.items())),
        node.sensitive,
        node.colour,
        node.owner,
        node.is_retired,
        [str(each) for each in node.replaced_by],
        node.extra,
    ]


def _digest(rows: list[list[Any]]) -> str:
    written = json.dumps(rows, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
