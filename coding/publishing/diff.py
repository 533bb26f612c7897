"""What changed between two versions, code by code, told apart by stable ids."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from coding.frameworks.tree import EDITABLE_FIELDS, CodeNode, PlacedCode, Tree, walk, written_path

TEXT_FIELDS = tuple(field for field in EDITABLE_FIELDS if field.name != "name")
"""A changed name is a change of its own kind."""


class Kind(Enum):
    """What happened to a code."""

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
    """before, after: the code's path in each version, or "". detail: what became of it, or which texts."""

    kind: Kind
    stable_id: uuid.UUID
    before: str
    after: str
    detail: str = ""


def compare(before: Tree, after: Tree) -> list[Change]:
    """Every change, in the reading order of the newer version; what was deleted comes last."""
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
    """How many changes there are of each kind."""
    return dict(Counter(change.kind for change in changes))


def successors(before: Tree, after: Tree) -> dict[uuid.UUID, tuple[uuid.UUID, ...]]:
    """Under which codes of the newer version a series of each older code goes on: itself, or what replaced it.

    A code that was deleted, or retired without a successor, goes on nowhere.
    """
    new = _by_stable_id(after)
    heirs: dict[uuid.UUID, tuple[uuid.UUID, ...]] = {}
    old = _by_stable_id(before)
    for stable_id in old:
        _find_heirs(stable_id, new, heirs)
    return {stable_id: heirs[stable_id] for stable_id in old}


def _find_heirs(
    start: uuid.UUID, new: dict[uuid.UUID, PlacedCode], heirs: dict[uuid.UUID, tuple[uuid.UUID, ...]]
) -> None:
    """Fill in the heirs of a code and of those that replaced it, each once: chains may be as long as the framework."""
    waiting, entered = [start], set[uuid.UUID]()
    while waiting:
        current = waiting[-1]
        placed = new.get(current)
        if current in heirs or placed is None or not placed.code.is_retired:
            heirs.setdefault(current, (current,) if placed else ())
        elif current not in entered:
            entered.add(current)
            waiting.extend(each for each in placed.code.replaced_by if each not in entered)
            continue
        else:
            found = (heir for each in placed.code.replaced_by for heir in heirs.get(each, ()))
            heirs[current] = tuple(dict.fromkeys(found))
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
    return ", ".join(written_path(placed[each].names) for each in stable_ids if each in placed)


def _parent(placed: PlacedCode) -> uuid.UUID | None:
    return placed.path[-2].stable_id if placed.level > 1 else None


def _changed_texts(old: CodeNode, new: CodeNode) -> list[str]:
    return [field.label for field in TEXT_FIELDS if field.json_value(old) != field.json_value(new)]
