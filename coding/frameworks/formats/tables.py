"""Convert tables: a row for each code, with columns type, category, code (then level_4, ...) and other fields.

Codes are in the order of the rows. A row names the codes above its own code; these are made if they have no row. Lists
have one item per line, or are JSON if an item has several lines. Texts by language are JSON.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.code_fields import CodeField, Kind, read_colour
from coding.frameworks.formats.imported import parse_json
from coding.frameworks.names import normal_form
from coding.frameworks.tree import CODE_FIELDS, MAX_CODES, MAX_DEPTH, CodeNode, Tree, build_tree, walk

MAX_COLUMNS, MAX_SHOWN = 300, 40
LEVEL_NAMES = ("type", "category", "code")
LEVEL_COLUMN = re.compile(r"level[ _]?(\d{1,3})\Z")
FIELDS = {field.key: field for field in CODE_FIELDS if field.name != "name"}
"""The name is in the columns of the levels."""
SYNONYMS = {"code_id": "id"} | {synonym: key for key, field in FIELDS.items() for synonym in field.synonyms}
YES, NO = ("yes", "true", "1", "x"), ("no", "false", "0", "")


class _BadCell(ValueError):
    """The reason why a row cannot be read."""


def header_of(tree: Tree) -> list[str]:
    depth = max((placed.level for placed in walk(tree)), default=1)
    deeper = [f"level_{level}" for level in range(len(LEVEL_NAMES) + 1, depth + 1)]
    return [*LEVEL_NAMES, *deeper, *FIELDS]


def rows_of(tree: Tree) -> Iterator[list[str]]:
    """Return the rows under header_of(tree), all cells as text."""
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
    """Read a table. Raises UnreadableFramework with an issue for every bad row.

    Rows are numbered from 2, as a spreadsheet shows them.
    """
    columns = _Columns.of(header)
    table = _Table()
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if number > MAX_CODES + 1:
            raise UnreadableFramework([ImportIssue(f"row {number}", f"The table has more than {MAX_CODES} rows")])
        try:
            names = columns.names(cells)
            table.place(number, names, columns.node(names[-1], cells))
        except _BadCell as error:
            table.issues.append(ImportIssue(f"row {number}", str(error)))
    if not table.top.children and not table.issues:
        raise UnreadableFramework([ImportIssue("file", "There is no code in the table")])
    if table.issues:
        raise UnreadableFramework(table.issues)
    return build_tree(list(table.in_reading_order()))


@dataclass(frozen=True)
class _Columns:
    """Indices of the columns: of levels, of fields by key, and of others by heading. named: all with a heading."""

    levels: tuple[int, ...]
    details: Mapping[str, int]
    unknown: Mapping[str, int]
    named: frozenset[int]

    @classmethod
    def of(cls, header: Sequence[str]) -> "_Columns":
        if len(header) > MAX_COLUMNS:
            raise UnreadableFramework([ImportIssue("row 1", f"The table has more than {MAX_COLUMNS} columns")])
        names = [SYNONYMS.get(_plain(name), _plain(name)) for name in header]
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise UnreadableFramework([ImportIssue("row 1", f"The column {min(twice)!r} is there twice")])
        levels = [(_level_of(name), index) for index, name in enumerate(names) if _level_of(name)]
        if not levels or sorted(level for level, _ in levels) != list(range(1, len(levels) + 1)):
            raise UnreadableFramework(
                [ImportIssue("row 1", "The columns type, category, code are needed, each of them once")]
            )
        details = {name: index for index, name in enumerate(names) if name in FIELDS}
        rest = {
            header[index]: index
            for index, name in enumerate(names)
            if name and not _level_of(name) and name not in FIELDS
        }
        named = frozenset(index for index, name in enumerate(names) if name)
        return cls(tuple(index for _, index in sorted(levels)), details, rest, named)

    def names(self, cells: Sequence[str]) -> list[str]:
        """Return the names from the top level down to this row's code."""
        names = [_cell_at(cells, index) for index in self.levels]
        while names and not names[-1].strip():
            names.pop()
        if not names:
            raise _BadCell("No type, category or code is named")
        if not all(name.strip() for name in names):
            raise _BadCell("A level is empty above the code")
        return names

    def node(self, name: str, cells: Sequence[str]) -> CodeNode:
        """Return the code of a row. Raises _BadCell."""
        # Often a comma in a text has moved cells beyond the heading.
        for index, cell in enumerate(cells):
            if cell.strip() and index not in self.named:
                raise _BadCell(f"Column {index + 1} has no heading in row 1, and holds {cell.strip()[:MAX_SHOWN]!r}")
        values: dict[str, Any] = {
            FIELDS[key].name: READERS[FIELDS[key].kind](key, _cell_at(cells, index))
            for key, index in self.details.items()
        }
        unknown = {key: cells[index] for key, index in self.unknown.items() if _cell_at(cells, index)}
        extra = values.get("extra", {})
        for key in extra.keys() & unknown.keys():
            raise _BadCell(f"extra: {key!r} is the heading of a column too")
        values["extra"] = extra | unknown
        return CodeNode(name=name, **values)


def _cell_at(cells: Sequence[str], index: int) -> str:
    """Return "" if the row ends before the column."""
    return cells[index] if index < len(cells) else ""


@dataclass
class _Placed:
    """A code while its table is read. row: 0 if only rows of codes under it have named it.

    last: by the normal form of a name, the last code with it among the children.
    """

    node: CodeNode
    row: int = 0
    children: list["_Placed"] = field(default_factory=list)
    last: dict[str, "_Placed"] = field(default_factory=dict)

    def add(self, node: CodeNode, row: int = 0) -> "_Placed":
        child = _Placed(node, row)
        self.children.append(child)
        self.last[normal_form(node.name)] = child
        return child


class _Table:
    def __init__(self) -> None:
        self.top = _Placed(CodeNode(""))
        self.issues: list[ImportIssue] = []

    def place(self, row: int, names: Sequence[str], node: CodeNode) -> None:
        if len(names) > MAX_DEPTH:
            raise _BadCell(f"There are more than {MAX_DEPTH} levels")
        parent = self.top
        for name in names[:-1]:
            parent = parent.last.get(normal_form(name)) or parent.add(CodeNode(name))
        twin = parent.last.get(normal_form(names[-1]))
        if twin is None or (twin.row and twin.node.id != node.id):
            parent.add(node, row)
        elif twin.row:
            raise _BadCell(f"This code is in row {twin.row} already")
        else:
            twin.node, twin.row = node, row

    def in_reading_order(self) -> Iterator[tuple[int, CodeNode]]:
        waiting = [(1, root) for root in reversed(self.top.children)]
        while waiting:
            level, placed = waiting.pop()
            yield level, replace(placed.node, children=())
            waiting.extend((level + 1, child) for child in reversed(placed.children))


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


def _colour(_key: str, cell: str) -> str:
    return read_colour(cell)


def _list(_key: str, cell: str) -> tuple[str, ...]:
    if cell.lstrip().startswith("["):
        try:
            parsed = parse_json(cell)
        except ValueError:
            parsed = None
        if isinstance(parsed, list) and all(isinstance(text, str) for text in parsed):
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
    if not all(isinstance(text, str) for text in parsed.values()):
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
        raise _BadCell(f"{key}: {cell.strip()[:MAX_SHOWN]!r} is not a UUID") from None


def _uuids(key: str, cell: str) -> tuple[uuid.UUID, ...]:
    return tuple(filter(None, (_uuid(key, text) for text in _list(key, cell))))


READERS: dict[Kind, Callable[[str, str], Any]] = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.COLOUR: _colour,
    Kind.TEXTS: _list,
    Kind.TEXTS_BY_LANGUAGE: _texts_by_language,
    Kind.OBJECT: _object,
    Kind.FLAG: _flag,
    Kind.UUID: _uuid,
    Kind.UUIDS: _uuids,
}
"""They take the key of the column, for messages, and the cell."""
