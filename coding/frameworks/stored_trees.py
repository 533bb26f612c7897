"""Read the tree of a version in one query, and write it in one statement."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from coding.frameworks.tree import CODE_FIELDS, CodeNode, Tree, build_tree, walk
from coding.models import Code, FrameworkVersion
from tenants.identifiers import uuid7


def read_tree(version_id: uuid.UUID) -> tuple[CodeNode, ...]:
    """Read the codes of a version that the scope in force may see."""
    return tree_of(Code.objects.filter(version_id=version_id))


def tree_of(codes: Iterable[Code]) -> tuple[CodeNode, ...]:
    """Build the tree of a version from its codes, which are ordered by position."""
    children: dict[uuid.UUID | None, list[Code]] = defaultdict(list)
    for code in codes:
        children[code.parent_id].append(code)
    rows: list[tuple[int, CodeNode]] = []
    waiting = [(1, root) for root in reversed(children[None])]
    while waiting:
        level, code = waiting.pop()
        rows.append((level, as_node(code)))
        waiting.extend((level + 1, child) for child in reversed(children[code.id]))
    return build_tree(rows)


def as_node(code: Code) -> CodeNode:
    values = {field.name: field.node_value(getattr(code, field.column)) for field in CODE_FIELDS}
    return CodeNode(row_id=code.id, **values)


def write_tree(version: FrameworkVersion, tree: Tree) -> int:
    """Write all codes of an empty draft; return their number."""
    rows: list[Code] = []
    ancestors: list[Code] = []
    positions: dict[uuid.UUID | None, int] = defaultdict(int)
    for placed in walk(tree):
        del ancestors[placed.level - 1 :]
        parent = ancestors[-1] if ancestors else None
        row = as_row(placed.code, version, parent)
        row.position = positions[row.parent_id]
        positions[row.parent_id] += 1
        rows.append(row)
        ancestors.append(row)
    Code.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def as_row(node: CodeNode, version: FrameworkVersion, parent: Code | None) -> Code:
    values = {field.column: field.json_value(node) for field in CODE_FIELDS}
    values["stable_id"] = node.stable_id or uuid7()
    return Code(tenant_id=version.tenant_id, version=version, parent=parent, **values)
