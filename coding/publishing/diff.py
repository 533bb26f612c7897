"""Compare two versions. Codes are matched by stable ids."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from coding.frameworks.tree import EDITABLE_FIELDS, CodeNode, PlacedCode, Tree, walk, written_path

TEXT_FIELDS = tuple(field for field in EDITABLE_FIELDS if field.name != "name")
"""A changed name is a kind of change of its own."""


class Kind(Enum):
    """Kinds of changes of a code."""

    ADDED = "added"
    DELETED = "deleted"
    RENAMED = "renamed"
    MOVED = "moved"
    MERGED = "merged"
    SPLIT = "split"
    RETIRED = "retired"
    RESTORED = "restored"
    TEXT = "text changed"


@dataclass(frozen=True)
class Change:
    """A change of a code. before, after: its path in the two versions, or "". detail: successors or changed fields."""

    kind: Kind
    stable_id: uuid.UUID
    before: str
    after: str
    detail: str = ""


def compare(before: Tree, after: Tree) -> list[Change]:
    """Return all changes in the reading order of the newer version, deleted codes last."""
    old, new = _by_stable_id(before), _by_stable_id(after)
    changes = [
        change for stable_id, placed in new.items() for change in _changes(stable_id, old.get(stable_id), placed, new)
    ]
    deleted = [
        Change(Kind.DELETED, stable_id, written_path(placed.names), "")
        for stable_id, placed in old.items()
        if stable_id not in new
    ]
    return changes + deleted


def counted(changes: Sequence[Change]) -> dict[Kind, int]:
    """Count the changes of each kind."""
    return dict(Counter(change.kind for change in changes))


def successors(before: Tree, after: Tree) -> dict[uuid.UUID, tuple[uuid.UUID, ...]]:
    """Return the codes of the newer version under which the series of each older code continues.

    These are the code itself, or the codes that replaced it; none if it was deleted or retired without a successor.
    """
    new = _by_stable_id(after)
    known: dict[uuid.UUID, tuple[uuid.UUID, ...]] = {}
    old = _by_stable_id(before)
    for stable_id in old:
        _find_successors(stable_id, new, known)
    return {stable_id: known[stable_id] for stable_id in old}


def _find_successors(
    start: uuid.UUID, new: dict[uuid.UUID, PlacedCode], known: dict[uuid.UUID, tuple[uuid.UUID, ...]]
) -> None:
    """Fill in the successors of a code and of the codes that replaced it."""
    # A loop that enters each code once: chains may be as long as the framework.
    waiting, entered = [start], set[uuid.UUID]()
    while waiting:
        current = waiting[-1]
        placed = new.get(current)
        if current in known or placed is None or not placed.code.is_retired:
            known.setdefault(current, (current,) if placed else ())
        elif current not in entered:
            entered.add(current)
            waiting.extend(successor_id for successor_id in placed.code.replaced_by if successor_id not in entered)
            continue
        else:
            replacing = (
                successor for successor_id in placed.code.replaced_by for successor in known.get(successor_id, ())
            )
            known[current] = tuple(dict.fromkeys(replacing))
        waiting.pop()


def _by_stable_id(tree: Tree) -> dict[uuid.UUID, PlacedCode]:
    return {placed.code.stable_id: placed for placed in walk(tree) if placed.code.stable_id is not None}


def _changes(
    stable_id: uuid.UUID, old: PlacedCode | None, new: PlacedCode, all_new: dict[uuid.UUID, PlacedCode]
) -> Iterator[Change]:
    after = written_path(new.names)
    if old is None:
        yield Change(Kind.ADDED, stable_id, "", after)
        return
    before = written_path(old.names)
    if new.code.is_retired and not old.code.is_retired:
        yield Change(_kind_of_retirement(new.code), stable_id, before, after, _named(new.code.replaced_by, all_new))
    elif old.code.is_retired and not new.code.is_retired:
        yield Change(Kind.RESTORED, stable_id, before, after)
    if old.code.name != new.code.name:
        yield Change(Kind.RENAMED, stable_id, before, after)
    if _parent(old) != _parent(new):
        yield Change(Kind.MOVED, stable_id, before, after)
    texts = _changed_texts(old.code, new.code)
    if texts:
        yield Change(Kind.TEXT, stable_id, before, after, ", ".join(texts))


def _kind_of_retirement(code: CodeNode) -> Kind:
    if not code.replaced_by:
        return Kind.RETIRED
    return Kind.MERGED if len(code.replaced_by) == 1 else Kind.SPLIT


def _named(stable_ids: Sequence[uuid.UUID], placed: dict[uuid.UUID, PlacedCode]) -> str:
    return ", ".join(written_path(placed[stable_id].names) for stable_id in stable_ids if stable_id in placed)


def _parent(placed: PlacedCode) -> uuid.UUID | None:
    return placed.path[-2].stable_id if placed.level > 1 else None


def _changed_texts(old: CodeNode, new: CodeNode) -> list[str]:
    return [field.label for field in TEXT_FIELDS if field.json_value(old) != field.json_value(new)]
