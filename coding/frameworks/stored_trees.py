"""Trees in the database: read in one query, written in one statement."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from coding.frameworks.tree import CodeNode, Tree, build_tree, walk
from coding.models import Code, FrameworkVersion
from tenants.identifiers import uuid7


def read_tree(version_id: uuid.UUID) -> tuple[CodeNode, ...]:
    """Read a version's codes, in the scope in force."""
    return tree_of(Code.objects.filter(version_id=version_id))


def tree_of(codes: Iterable[Code]) -> tuple[CodeNode, ...]:
    """Put the codes of one version, which come ordered by position, in their tree."""
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
    return CodeNode(
        id=code.external_id,
        name=code.name,
        definition=code.definition,
        include=code.include,
        exclude=code.exclude,
        examples=tuple(code.examples),
        counter_examples=tuple(code.counter_examples),
        aliases=tuple(code.aliases),
        labels=code.labels,
        definitions=code.definitions,
        sensitive=code.is_sensitive,
        colour=code.colour,
        owner=code.owner,
        is_retired=code.is_retired,
        replaced_by=tuple(uuid.UUID(each) for each in code.replaced_by),
        extra=code.extra,
        stable_id=code.stable_id,
        row_id=code.id,
    )


def write_tree(version: FrameworkVersion, tree: Tree) -> int:
    """Write all codes of an empty draft; return how many."""
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
    return Code(
        tenant_id=version.tenant_id,
        version=version,
        parent=parent,
        stable_id=node.stable_id or uuid7(),
        external_id=node.id,
        name=node.name,
        labels=dict(node.labels),
        definition=node.definition,
        definitions=dict(node.definitions),
        include=node.include,
        exclude=node.exclude,
        examples=list(node.examples),
        counter_examples=list(node.counter_examples),
        aliases=list(node.aliases),
        is_sensitive=node.sensitive,
        colour=node.colour,
        owner=node.owner,
        is_retired=node.is_retired,
        replaced_by=[str(each) for each in node.replaced_by],
        extra=dict(node.extra),
    )
