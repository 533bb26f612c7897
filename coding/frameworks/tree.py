"""Represent a coding framework's tree in memory, for import, export, comparison, hashing and coding.

Nothing here uses the database.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from coding.frameworks.code_fields import MAX_NAME_LENGTH, Kind, described, field_of

MAX_DEPTH = 200
MAX_CODES = 20_000


@dataclass(frozen=True)
class CodeNode:
    """A code, with the codes under it.

    id: in the CRM, "" if there is none. labels and definitions: by language, beside name and definition. stable_id: the
    same in every version; None before the code is stored. replaced_by: stable ids of the successors of a retired code.
    extra: what a file says about the code that has no field. row_id: of the stored row, not part of equality.
    """

    name: str = field(metadata=described(Kind.LINE, max_length=MAX_NAME_LENGTH, translations="labels"))
    id: str = field(default="", metadata=described(Kind.LINE, column="external_id", label="external id"))
    children: tuple["CodeNode", ...] = ()
    definition: str = field(
        default="",
        metadata=described(Kind.TEXT, synonyms=("description", "code_description"), translations="definitions"),
    )
    include: str = field(default="", metadata=described(Kind.TEXT))
    exclude: str = field(default="", metadata=described(Kind.TEXT))
    examples: tuple[str, ...] = field(default=(), metadata=described(Kind.TEXTS))
    counter_examples: tuple[str, ...] = field(default=(), metadata=described(Kind.TEXTS))
    aliases: tuple[str, ...] = field(default=(), metadata=described(Kind.TEXTS))
    labels: Mapping[str, str] = field(default_factory=dict, metadata=described(Kind.TEXTS_BY_LANGUAGE))
    definitions: Mapping[str, str] = field(default_factory=dict, metadata=described(Kind.TEXTS_BY_LANGUAGE))
    sensitive: bool = field(default=False, metadata=described(Kind.FLAG, column="is_sensitive"))
    colour: str = field(default="", metadata=described(Kind.COLOUR, synonyms=("color",)))
    owner: str = field(default="", metadata=described(Kind.LINE))
    is_retired: bool = field(default=False, metadata=described(Kind.FLAG, key="retired", is_editable=False))
    replaced_by: tuple[uuid.UUID, ...] = field(default=(), metadata=described(Kind.UUIDS, is_editable=False))
    stable_id: uuid.UUID | None = field(default=None, compare=False, metadata=described(Kind.UUID, is_editable=False))
    extra: Mapping[str, Any] = field(default_factory=dict, metadata=described(Kind.OBJECT, is_editable=False))
    row_id: uuid.UUID | None = field(default=None, compare=False)

    @property
    def is_leaf(self) -> bool:
        return not self.children


CODE_FIELDS = tuple(
    field_of(attribute.name, attribute.metadata) for attribute in fields(CodeNode) if attribute.metadata
)
"""In the order of forms, exports and tables."""
EDITABLE_FIELDS = tuple(code_field for code_field in CODE_FIELDS if code_field.is_editable)

Tree = Sequence[CodeNode]


@dataclass(frozen=True, eq=False)
class TreeKey:
    """A tree as the key of a cache. Only the same object is equal; a stored version gives the same object every time.

    The key refers to the tree, so that no other tree can get its id.
    """

    tree: Tree

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeKey) and self.tree is other.tree

    def __hash__(self) -> int:
        return id(self.tree)


@dataclass(frozen=True)
class PlacedCode:
    """A code with its path: the codes from the top level down to it, itself last."""

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
    """Yield every code in reading order: a parent before its children, siblings in their order."""
    # A loop: a tree may be as deep as its JSON could be parsed, deeper than Python recurses.
    waiting = [PlacedCode((root,)) for root in reversed(tree)]
    while waiting:
        placed = waiting.pop()
        yield placed
        waiting.extend(PlacedCode((*placed.path, child)) for child in reversed(placed.code.children))


def leaves(tree: Tree) -> list[PlacedCode]:
    """Return the codes without codes under them, which are those that can be assigned."""
    return [placed for placed in walk(tree) if placed.code.is_leaf]


def written_path(names: Sequence[str]) -> str:
    return " > ".join(names)


def build_tree(rows: Sequence[tuple[int, CodeNode]]) -> tuple[CodeNode, ...]:
    """Build a tree from codes in reading order.

    rows: level from 1, at most one more than the level of the row before, and the code.
    """
    waiting: dict[int, list[CodeNode]] = defaultdict(list)
    for level, node in reversed(rows):
        children = tuple(reversed(waiting.pop(level + 1, [])))
        waiting[level].append(replace(node, children=children) if children or node.children else node)
    return tuple(reversed(waiting[1]))


def without_retired(tree: Tree) -> tuple[CodeNode, ...]:
    """Return the tree that is offered for coding: without retired codes, codes under these, and empty branches."""
    offered = [(placed.level, placed.code) for placed in walk(tree) if not any(node.is_retired for node in placed.path)]
    return build_tree(_with_leaves(offered))


def only_branches_of(tree: Tree, chosen: Iterable[PlacedCode]) -> tuple[CodeNode, ...]:
    """Return the tree with some of its codes and the codes above them only."""
    wanted = {id(node) for placed in chosen for node in placed.path}
    offered = [(placed.level, placed.code) for placed in walk(tree) if all(id(node) in wanted for node in placed.path)]
    return build_tree(offered)


def _with_leaves(rows: list[tuple[int, CodeNode]]) -> list[tuple[int, CodeNode]]:
    """Leave out codes that have lost all children: they were not meant to be assigned."""
    offered: list[tuple[int, CodeNode]] = []
    next_level = 0
    for level, node in reversed(rows):
        if node.is_leaf or next_level == level + 1:
            offered.append((level, node))
            next_level = level
    return list(reversed(offered))
