"""Hash a coding framework's tree. The hashes are stored when a version is published."""

import hashlib
import json
from typing import Any

from coding.frameworks.tree import CODE_FIELDS, CodeNode, Tree, walk

FIRST_FIELDS = (
    "id",
    "name",
    "definition",
    "include",
    "exclude",
    "examples",
    "counter_examples",
    "aliases",
    "labels",
    "definitions",
    "sensitive",
    "colour",
    "owner",
    "is_retired",
    "replaced_by",
    "extra",
)
BY_NAME = {field.name: field for field in CODE_FIELDS}
LATER_FIELDS = tuple(field for field in CODE_FIELDS if field.name not in {*FIRST_FIELDS, "stable_id"})


def shape_hash(tree: Tree) -> str:
    """Return the SHA-256 of ids, names and structure, by which an inline tree of the contract is recognised."""
    return _digest([[placed.level, placed.code.id, placed.code.name] for placed in walk(tree)])


def content_hash(tree: Tree) -> str:
    """Return the SHA-256 of the whole tree without its stable ids."""
    return _digest([[placed.level, *_content_of(placed.code)] for placed in walk(tree)])


def _content_of(node: CodeNode) -> list[Any]:
    first = [BY_NAME[name].json_value(node) for name in FIRST_FIELDS]
    # Published versions store this hash: a field that came later counts only where it has a value.
    later = [[field.name, field.json_value(node)] for field in LATER_FIELDS if field.json_value(node)]
    return [*first, *later]


def _digest(rows: list[list[Any]]) -> str:
    written = json.dumps(rows, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
