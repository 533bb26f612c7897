"""Read and write JSON: the two shapes of the contract, our own with all fields, and two of other programs.

{"root_codes": [{"id", "name", "children": [...]}]}                                   contract v2, and our exports
{"types": [{"name", "categories": [{"name", "codes": [{"code_id", "name"}]}]}]}       contract v1
{"nodes": [{"code", "name", "children": [...]}]}                                      plain trees, names by language
{"Codes": [{"CodeID", "DisplayText"}]}                                                CODA code schemes
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.code_fields import CodeField, Kind, read_colour
from coding.frameworks.formats.imported import ImportedFramework, listed, parse_json
from coding.frameworks.tree import CODE_FIELDS, MAX_CODES, MAX_DEPTH, CodeNode, Tree, build_tree, walk

REQUIRED = "Field required"
NOT_TEXT = "Input should be a valid string"
NOT_A_LIST = "Input should be a valid list"
NOT_AN_OBJECT = "Input should be a valid dictionary or object to extract fields from"


@dataclass(frozen=True)
class Shape:
    """A way to write a tree. children: key of the children of each level, the last one for deeper levels, "" for none.

    ids: key of the id, likewise by level. needs_id: whether an id is required. needs_all_levels: whether a branch
    without codes is left out.
    """

    root: str
    children: tuple[str, ...]
    ids: tuple[str, ...]
    name: str = "name"
    needs_id: bool = True
    needs_all_levels: bool = False

    def children_key(self, level: int) -> str:
        return self.children[min(level, len(self.children)) - 1]

    def id_key(self, level: int) -> str:
        return self.ids[min(level, len(self.ids)) - 1]


V2 = Shape("root_codes", children=("children",), ids=("id",))
V1 = Shape("types", children=("categories", "codes", ""), ids=("", "", "code_id"), needs_all_levels=True)
EXPORTED = Shape("root_codes", children=("children",), ids=("id",), needs_id=False)
EXPORTED_V1 = Shape("types", children=("categories", "codes", ""), ids=("id", "id", "code_id"), needs_id=False)
PLAIN = Shape("nodes", children=("children",), ids=("code",), needs_id=False)
CODA = Shape("Codes", children=("",), ids=("CodeID",), name="DisplayText", needs_id=False)
IMPORTED = (EXPORTED, EXPORTED_V1, PLAIN, CODA)
CHILDREN_KEYS = frozenset(key for shape in IMPORTED for key in shape.children if key)


def read_framework(text: str) -> ImportedFramework:
    """Read a framework from JSON text. Raises UnreadableFramework with all issues."""
    try:
        parsed = parse_json(text)
    except ValueError as error:
        raise UnreadableFramework([ImportIssue("file", str(error))]) from error
    if not isinstance(parsed, dict):
        raise UnreadableFramework([ImportIssue("file", NOT_AN_OBJECT)])
    shape = next((candidate for candidate in IMPORTED if candidate.root in parsed), None)
    if shape is None:
        keys = ", ".join(candidate.root for candidate in IMPORTED)
        raise UnreadableFramework([ImportIssue("file", f"One of these keys is needed: {keys}")])
    texts: dict[str, Any] = {
        "name": parsed.get("name") or parsed.get("Name") or "",
        "description": parsed.get("description") or "",
        "languages": parsed.get("languages") or [],
    }
    lost = [key for key in parsed if key not in {*texts, "Name", shape.root}]
    lost += [key for key in ("name", "description") if not isinstance(texts[key], str)]
    if not (isinstance(texts["languages"], list) and all(isinstance(language, str) for language in texts["languages"])):
        lost.append("languages")
    read: dict[str, Any] = {key: value for key, value in texts.items() if key not in lost}
    return ImportedFramework(
        name=read.get("name", ""),
        description=read.get("description", ""),
        languages=tuple(read.get("languages", ())),
        tree=read_tree(parsed, shape, takes_details=True),
        notes=(f"These parts of the file were left out: {listed(lost)}",) if lost else (),
    )


def read_tree(body: Mapping[str, Any], shape: Shape, *, takes_details: bool = False) -> tuple[CodeNode, ...]:
    """Read a tree. Raises UnreadableFramework, with locations in the form of the contract's field paths.

    takes_details: read all fields, not only ids and names.
    """
    reader = _Reader(shape, takes_details)
    rows = list(reader.rows(body))
    if reader.issues:
        raise UnreadableFramework(reader.issues)
    return build_tree(_whole_paths(rows) if shape.needs_all_levels else rows)


class _Reader:
    def __init__(self, shape: Shape, takes_details: bool) -> None:
        self.shape = shape
        self.takes_details = takes_details
        self.issues: list[ImportIssue] = []

    def rows(self, body: Mapping[str, Any]) -> Iterator[tuple[int, CodeNode]]:
        """Yield the codes in reading order with their levels. Broken ones are noted as issues and left out."""
        waiting = list(self._children(body, self.shape.root, "", 1, is_required=True))
        if not waiting and not self.issues:
            self._note(self.shape.root, "List should have at least 1 item after validation, not 0")
        waiting.reverse()
        count = 0
        while waiting:
            level, where, raw = waiting.pop()
            count += 1
            if level > MAX_DEPTH:
                return self._note(where, f"The tree has more than {MAX_DEPTH} levels")
            if count > MAX_CODES:
                return self._note(self.shape.root, f"The tree has more than {MAX_CODES} codes")
            if not isinstance(raw, dict):
                self._note(where, NOT_AN_OBJECT)
                continue
            yield level, self._node(raw, where, level)
            key = self.shape.children_key(level)
            if key:
                waiting.extend(reversed(list(self._children(raw, key, f"{where}.", level + 1))))
        return None

    def _children(
        self, raw: Mapping[str, Any], key: str, prefix: str, level: int, *, is_required: bool = False
    ) -> Iterator[tuple[int, str, Any]]:
        if key not in raw:
            if is_required:
                self._note(f"{prefix}{key}", REQUIRED)
            return
        listed = raw[key]
        if not isinstance(listed, list):
            self._note(f"{prefix}{key}", NOT_A_LIST)
            return
        for index, child in enumerate(listed):
            yield level, f"{prefix}{key}.{index}", child

    def _node(self, raw: Mapping[str, Any], where: str, level: int) -> CodeNode:
        if self.takes_details:
            return self._details(raw, where, level)
        shape = self.shape
        id_key = shape.id_key(level)
        identifier = self._text(raw, id_key, where, is_required=shape.needs_id) if id_key else ""
        return CodeNode(id=identifier, name=self._text(raw, shape.name, where, is_required=True))

    def _details(self, raw: Mapping[str, Any], where: str, level: int) -> CodeNode:
        shape = self.shape
        keys = {field.name: _key_in(raw, field) for field in CODE_FIELDS}
        keys |= {"name": shape.name, "id": shape.id_key(level)}
        values: dict[str, Any] = {}
        translated: dict[str, dict[str, str]] = {}
        for field in CODE_FIELDS:
            key = keys[field.name]
            if field.translations:
                values[field.name], translated[field.translations] = self._by_language(raw, key, where)
            elif key:
                values[field.name] = self._value(field.kind, raw, key, where)
        for name, texts in translated.items():
            values[name] = texts | values[name]
        if not values["name"].strip():
            self._note(f"{where}.{shape.name}", "A code needs a name")
        values["extra"] = self._extra(raw, where, {*keys.values(), shape.children_key(level)}, values["extra"])
        return CodeNode(**values)

    def _extra(self, raw: Mapping[str, Any], where: str, known: set[str], extra: dict[str, Any]) -> dict[str, Any]:
        """Return `extra` with the keys that are no fields, without empty lists of codes below the last level."""
        unknown = {
            key: value
            for key, value in raw.items()
            if key not in known and not (key in CHILDREN_KEYS and value in ([], None))
        }
        for key in extra.keys() & unknown.keys():
            self._note(f"{where}.{key}", "It is there twice, beside and in 'extra'")
        return extra | unknown

    def _value(self, kind: Kind, raw: Mapping[str, Any], key: str, where: str) -> Any:
        readers: dict[Kind, Callable[[Mapping[str, Any], str, str], Any]] = {
            Kind.COLOUR: self._colour,
            Kind.TEXTS: self._texts,
            Kind.TEXTS_BY_LANGUAGE: self._mapping,
            Kind.OBJECT: self._object,
            Kind.FLAG: self._flag,
            Kind.UUID: self._uuid,
            Kind.UUIDS: self._uuids,
        }
        reader = readers.get(kind)
        return reader(raw, key, where) if reader else self._text(raw, key, where)

    def _text(self, raw: Mapping[str, Any], key: str, where: str, *, is_required: bool = False) -> str:
        if key not in raw:
            if is_required:
                self._note(f"{where}.{key}", REQUIRED)
            return ""
        value = raw[key]
        if isinstance(value, str):
            return value
        if value is None and self.takes_details:
            return ""
        self._note(f"{where}.{key}", NOT_TEXT)
        return ""

    def _colour(self, raw: Mapping[str, Any], key: str, where: str) -> str:
        return read_colour(self._text(raw, key, where))

    def _by_language(self, raw: Mapping[str, Any], key: str, where: str) -> tuple[str, dict[str, str]]:
        """Return a text and its translations, from a text or from `{"en": "Water", "fr": "Eau"}`."""
        if not isinstance(raw.get(key), dict):
            return self._text(raw, key, where), {}
        texts = self._mapping(raw, key, where)
        first = texts.get("en") or next(iter(texts.values()), "")
        return first, texts

    def _mapping(self, raw: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
        value = raw.get(key) or {}
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return {str(language): text for language, text in value.items()}
        self._note(f"{where}.{key}", "Input should be texts by language")
        return {}

    def _texts(self, raw: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = raw.get(key) or []
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return tuple(value)
        self._note(f"{where}.{key}", "Input should be a list of strings")
        return ()

    def _flag(self, raw: Mapping[str, Any], key: str, where: str) -> bool:
        value = raw.get(key, False)
        if not isinstance(value, bool):
            self._note(f"{where}.{key}", "Input should be a valid boolean")
        return value is True

    def _object(self, raw: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
        value = raw.get(key) or {}
        if isinstance(value, dict):
            return value
        self._note(f"{where}.{key}", NOT_AN_OBJECT)
        return {}

    def _uuid(self, raw: Mapping[str, Any], key: str, where: str) -> uuid.UUID | None:
        """Return None where there is no text."""
        text = self._text(raw, key, where)
        return self._parsed_uuid(text, f"{where}.{key}") if text.strip() else None

    def _uuids(self, raw: Mapping[str, Any], key: str, where: str) -> tuple[uuid.UUID, ...]:
        texts = self._texts(raw, key, where)
        return tuple(filter(None, (self._parsed_uuid(text, f"{where}.{key}") for text in texts)))

    def _parsed_uuid(self, text: str, where: str) -> uuid.UUID | None:
        try:
            return uuid.UUID(text)
        except ValueError:
            self._note(where, f"{text[:40]!r} is not a UUID")
            return None

    def _note(self, where: str, issue: str) -> None:
        self.issues.append(ImportIssue(where, issue))


def _key_in(raw: Mapping[str, Any], field: CodeField) -> str:
    """Return the key of a field in a file: its own, or a synonym."""
    return next((key for key in (field.key, *field.synonyms) if key in raw), field.key)


def _whole_paths(rows: list[tuple[int, CodeNode]]) -> list[tuple[int, CodeNode]]:
    """Leave out types and categories without codes: v1 assigns codes only."""
    remaining: list[tuple[int, CodeNode]] = []
    next_level = 0
    for level, node in reversed(rows):
        if level == 3 or next_level == level + 1:
            remaining.append((level, node))
            next_level = level
    return list(reversed(remaining))


def write_framework(framework: ImportedFramework) -> str:
    """Write a framework as JSON with all fields, so that reading it gives an equal tree."""
    written = {
        "name": framework.name,
        "description": framework.description,
        "languages": list(framework.languages),
        "root_codes": as_nodes(framework.tree),
    }
    return json.dumps(written, ensure_ascii=False, indent=1)


def as_nodes(tree: Tree) -> list[dict[str, Any]]:
    """Return the tree in the shape of contract v2, with all fields of the codes."""
    roots: list[dict[str, Any]] = []
    open_nodes: list[dict[str, Any]] = []
    for placed in walk(tree):
        node = details_of(placed.code) | {"children": []}
        siblings = open_nodes[placed.level - 2]["children"] if placed.level > 1 else roots
        siblings.append(node)
        del open_nodes[placed.level - 1 :]
        open_nodes.append(node)
    return roots


def details_of(code: CodeNode) -> dict[str, Any]:
    """Return the fields of a code as JSON, without empty ones other than id and name."""
    values = {field.key: field.json_value(code) for field in CODE_FIELDS}
    first = {"id": values.pop("id"), "name": values.pop("name")}
    return first | {key: value for key, value in values.items() if value}
