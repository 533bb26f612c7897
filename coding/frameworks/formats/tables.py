"""Frameworks as tables: a row for each code, columns type, category, code (then level_4, ...) and the rest.

Reading order is the order of the rows. A row names the codes above its own; those without a row of their own are made.
Lists stand one item a line, or as JSON where an item has lines of its own; texts by language stand as JSON.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.code_fields import CodeField, Kind
from coding.frameworks.formats.imported import parse_json
from coding.frameworks.tree import CODE_FIELDS, DEEPEST_LEVEL, MOST_CODES, CodeNode, Tree, build_tree, walk

MOST_COLUMNS = 300
LEVEL_NAMES = ("type", "category", "code")
LEVEL_COLUMN = re.compile(r"level[ _]?(\d{1,3})\Z")
FIELDS = {field.key: field for field in CODE_FIELDS if field.name != "name"}
"""The level columns hold the name."""
SYNONYMS = {"code_id": "id"} | {synonym: key for key, field in FIELDS.items() for synonym in field.synonyms}
YES, NO = ("yes", "true", "1", "x"), ("no", "false", "0", "")


class _BadCell(ValueError):
    """What is wrong with a cell."""


def header_of(tree: Tree) -> list[str]:
    depth = max((placed.level for placed in walk(tree)), default=1)
    deeper = [f"level_{level}" for level in range(len(LEVEL_NAMES) + 1, depth + 1)]
    return [*LEVEL_NAMES, *deeper, *FIELDS]


def rows_of(tree: Tree) -> Iterator[list[str]]:
    """The rows under header_of(tree), all cells as text."""
    levels = len(header_of(tree)) - len(FIELDS)
    for placed in walk(tree):
        names = [*placed.names, *[""] * (levels - placed.level)]
        yield [*names, *(_cell(field, placed.code) for field in FIELDS.values())]


def _cell(field: CodeField, code: CodeNode) -> str:
    value = field.json_value(code)
    match field.kind:
        case Kind.TEXTS | Kind.UUIDS:
            return _written_list(value)
        case Kind.TEXTS_BY_LANGUAGE | Kind.OBJECT:
            return _written_object(value)
        case Kind.FLAG:
            return YES[0] if value else ""
    return str(value)


def _written_list(items: Sequence[str]) -> str:
    is_plain = all(item and item == item.strip() and "\n" not in item and item[0] != "[" for item in items)
    return "\n".join(items) if is_plain else json.dumps(list(items), ensure_ascii=False)


def _written_object(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False) if value else ""


def read_rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[CodeNode, ...]:
    """Read a table; rows are numbered from 2, as spreadsheets do. Raises UnreadableFramework, naming every bad row."""
    columns = _Columns.of(header)
    table = _Table()
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if number > MOST_CODES + 1:
            raise UnreadableFramework([ImportIssue(f"row {number}", f"The table has more than {MOST_CODES} rows")])
        try:
            names = columns.names(cells)
            table.place(number, names, columns.node(names[-1], cells))
        except _BadCell as error:
            table.issues.append(ImportIssue(f"row {number}", str(error)))
    if not table.roots and not table.issues:
        raise UnreadableFramework([ImportIssue("file", "There is no code in the table")])
    if table.issues:
        raise UnreadableFramework(table.issues)
    return build_tree(list(table.in_reading_order()))


@dataclass(frozen=True)
class _Columns:
    levels: tuple[int, ...]
    details: Mapping[str, int]
    unknown: Mapping[str, int]

    @classmethod
    def of(cls, header: Sequence[str]) -> "_Columns":
        if len(header) > MOST_COLUMNS:
            raise UnreadableFramework([ImportIssue("row 1", f"The table has more than {MOST_COLUMNS} columns")])
        names = [SYNONYMS.get(_plain(name), _plain(name)) for name in header]
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise UnreadableFramework([ImportIssue("row 1", f"The column {min(twice)!r} is there twice")])
        by_level = {_level_of(name): index for index, name in enumerate(names) if _level_of(name)}
        if not by_level or sorted(by_level) != list(range(1, len(by_level) + 1)):
            raise UnreadableFramework(
                [ImportIssue("row 1", "The columns type, category, code are needed, in this order")]
            )
        details = {name: index for index, name in enumerate(names) if name in FIELDS}
        rest = {
            header[index]: index
            for index, name in enumerate(names)
            if name and not _level_of(name) and name not in FIELDS
        }
        return cls(tuple(by_level[level] for level in sorted(by_level)), details, rest)

    def names(self, cells: Sequence[str]) -> list[str]:
        """The names from the top level down to this row's code."""
        names = [_cell_at(cells, index) for index in self.levels]
        while names and not names[-1].strip():
            names.pop()
        if not names:
            raise _BadCell("No type, category or code is named")
        if not all(name.strip() for name in names):
            raise _BadCell("A level is empty above the code")
        return names

    def node(self, name: str, cells: Sequence[str]) -> CodeNode:
        values: dict[str, Any] = {
            FIELDS[key].name: READERS[FIELDS[key].kind](key, _cell_at(cells, index))
            for key, index in self.details.items()
        }
        unknown = {key: cells[index] for key, index in self.unknown.items() if _cell_at(cells, index)}
        values["extra"] = values.get("extra", {}) | unknown
        return CodeNode(name=name, **values)


def _cell_at(cells: Sequence[str], index: int) -> str:
    """Return "" in a row that ends before the column."""
    return cells[index] if index < len(cells) else ""


@dataclass
class _Placed:
    """A code while its table is read. row: where it stands; 0 when only rows under it have named it."""

    node: CodeNode
    row: int = 0
    children: list["_Placed"] = field(default_factory=list)


class _Table:
    def __init__(self) -> None:
        self.roots: list[_Placed] = []
        self.issues: list[ImportIssue] = []

    def place(self, row: int, names: Sequence[str], node: CodeNode) -> None:
        if len(names) > DEEPEST_LEVEL:
            raise _BadCell(f"There are more than {DEEPEST_LEVEL} levels")
        siblings = self.roots
        for name in names[:-1]:
            parent = _last_named(siblings, name)
            if parent is None:
                parent = _Placed(CodeNode(name))
                siblings.append(parent)
            siblings = parent.children
        twin = _last_named(siblings, names[-1])
        if twin is not None and not twin.row:
            twin.node, twin.row = node, row
        elif twin is not None and twin.node.id == node.id:
            raise _BadCell(f"This code is in row {twin.row} already")
        else:
            siblings.append(_Placed(node, row))

    def in_reading_order(self) -> Iterator[tuple[int, CodeNode]]:
        waiting = [(1, root) for root in reversed(self.roots)]
        while waiting:
            level, placed = waiting.pop()
            yield level, replace(placed.node, children=())
            waiting.extend((level + 1, child) for child in reversed(placed.children))


def _last_named(siblings: Sequence[_Placed], name: str) -> _Placed | None:
    return next((each for each in reversed(siblings) if each.node.name == name), None)


def _plain(name: str) -> str:
    return "_".join(name.strip().lower().replace("-", " ").split())


def _level_of(name: str) -> int:
    if name in LEVEL_NAMES:
        return LEVEL_NAMES.index(name) + 1
    numbered = LEVEL_COLUMN.match(name)
    return int(numbered.group(1)) if numbered else 0


def _text(_key: str, cell: str) -> str:
    return cell


def _line(_key: str, cell: str) -> str:
    return cell.strip()


def _list(_key: str, cell: str) -> tuple[str, ...]:
    if cell.lstrip().startswith("["):
        try:
            parsed = parse_json(cell)
        except ValueError:
            parsed = None
        if isinstance(parsed, list) and all(isinstance(each, str) for each in parsed):
            return tuple(parsed)
    return tuple(line.strip() for line in cell.splitlines() if line.strip())


def _object(key: str, cell: str) -> dict[str, Any]:
    if not cell.strip():
        return {}
    try:
        parsed = parse_json(cell)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise _BadCell(f'{key}: write it as JSON, for example {{"fr": "Eau"}}')
    return parsed


def _texts_by_language(key: str, cell: str) -> dict[str, str]:
    parsed = _object(key, cell)
    if not all(isinstance(each, str) for each in parsed.values()):
        raise _BadCell(f"{key}: texts by language are needed")
    return parsed


def _flag(key: str, cell: str) -> bool:
    word = cell.strip().lower()
    if word not in (*YES, *NO):
        raise _BadCell(f"{key}: write yes or no")
    return word in YES


def _uuid(key: str, cell: str) -> uuid.UUID | None:
    """Return None for an empty cell."""
    try:
        return uuid.UUID(cell.strip()) if cell.strip() else None
    except ValueError:
        raise _BadCell(f"{key}: {cell.strip()[:40]!r} is not a UUID") from None


def _uuids(key: str, cell: str) -> tuple[uuid.UUID, ...]:
    return tuple(filter(None, (_uuid(key, each) for each in _list(key, cell))))


READERS: dict[Kind, Callable[[str, str], Any]] = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.COLOUR: _line,
    Kind.TEXTS: _list,
    Kind.TEXTS_BY_LANGUAGE: _texts_by_language,
    Kind.OBJECT: _object,
    Kind.FLAG: _flag,
    Kind.UUID: _uuid,
    Kind.UUIDS: _uuids,
}
"""Each takes the column's key, for messages, and the cell."""
