"""Check the rules that a tree must meet before it is stored."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.code_fields import COLOUR, Kind
from coding.frameworks.tree import CODE_FIELDS, PlacedCode, Tree, walk, written_path
from tenants.storable import is_storable

UNSTORABLE = "It holds a character that cannot be stored"
MAX_PATH_LENGTH = 200


def refuse_bad_tree(tree: Tree) -> None:
    """Raise UnreadableFramework with all that cannot be stored: names, lengths, ids used twice."""
    ids: Counter[str] = Counter(placed.code.id for placed in walk(tree) if placed.code.id)
    stable_ids: Counter[uuid.UUID] = Counter(placed.code.stable_id for placed in walk(tree) if placed.code.stable_id)
    circular = _replaced_in_circles(tree)
    issues = [
        ImportIssue(f"root_codes: {written_path(placed.names)[:MAX_PATH_LENGTH]}", issue)
        for placed in walk(tree)
        for issue in _issues_of(placed, ids, stable_ids, circular)
    ]
    if issues:
        raise UnreadableFramework(issues)


def _replaced_in_circles(tree: Tree) -> set[uuid.UUID]:
    """Return the codes of a circle of successors: a series that follows it would never end."""
    successors = {placed.code.stable_id: placed.code.replaced_by for placed in walk(tree) if placed.code.stable_id}
    try:
        TopologicalSorter(successors).prepare()
    except CycleError as error:
        return set(error.args[1])
    return set()


def _issues_of(
    placed: PlacedCode, ids: Counter[str], stable_ids: Counter[uuid.UUID], circular: set[uuid.UUID]
) -> Iterator[str]:
    code = placed.code
    if not code.name.strip():
        yield "A code needs a name"
    for field in CODE_FIELDS:
        if field.kind is Kind.LINE and len(getattr(code, field.name)) > field.max_length:
            yield f"The {field.key} is longer than {field.max_length} characters"
    if ids[code.id] > 1:
        yield f"The id {code.id!r} is used more than once"
    if code.stable_id is not None and stable_ids[code.stable_id] > 1:
        yield "The stable id is used more than once"
    if code.stable_id in circular:
        yield "What replaces it leads back to it"
    if code.colour and not COLOUR.match(code.colour):
        yield "A colour is written like #1a2b3c"
    if not _has_finite_numbers(code.extra):
        yield "It holds a number that cannot be stored"
    if not is_storable([field.json_value(code) for field in CODE_FIELDS]):
        yield UNSTORABLE


def _has_finite_numbers(extra: Mapping[str, Any]) -> bool:
    try:
        json.dumps(extra, allow_nan=False)
    except ValueError:
        return False
    return True
