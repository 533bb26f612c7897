"""Read and write REFI-QDA codebooks (.qdc), the exchange format of programs for qualitative analysis.

Three namespaces that programs use are read, and version 1.0 is written. The standard has a name, a colour and a
description for a code. The other fields are written behind the description as a line of JSON, and read from there.
Sets of codes are stored with the codes (code_sets.py).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from defusedxml import ElementTree as SafeElementTree
from defusedxml.common import DefusedXmlException

from coding.errors import ImportIssue, UnreadableFramework
from coding.frameworks.code_fields import COLOUR, read_colour
from coding.frameworks.formats.code_sets import KEY, ReadSets, guid_of, sets_of, write_sets
from coding.frameworks.formats.imported import ImportedFramework, listed, parse_json
from coding.frameworks.formats.json_shapes import EXPORTED, details_of, read_tree
from coding.frameworks.tree import MAX_CODES, MAX_DEPTH, CodeNode, PlacedCode, build_tree, walk
from tenants.identifiers import uuid7
from tenants.storable import writable_in_xml

NAMESPACE = "urn:QDA-XML:codebook:1.0"
NAMESPACES = (NAMESPACE, "urn:QDA-XML:codebook:1:0", "urn:QDA-XML:codebook:0:4")
MORE = "\n\nqfa: "
MAX_SHOWN = 40
CODABLE_KEY = "qdc_is_codable"
KNOWN = {"CodeBook": {"Codes", "Sets"}, "Codes": {"Code"}, "Code": {"Code", "Description"}, "Sets": {"Set"}}
KNOWN_ATTRIBUTES = frozenset({"guid", "name", "color", "isCodable"})
"""Of a code. The attributes of the codebook name the program that wrote it."""


def read_codebook(content: bytes) -> ImportedFramework:
    """Read a codebook. Raises UnreadableFramework, also for documents with a DTD or entities."""
    try:
        root = SafeElementTree.fromstring(content, forbid_dtd=True)
    except (SafeElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableFramework(
            [ImportIssue("file", "This is not a codebook in XML that can be read safely")]
        ) from error
    namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    if namespace not in NAMESPACES or not root.tag.endswith("}CodeBook"):
        raise UnreadableFramework([ImportIssue("file", "This is not a REFI-QDA codebook")])
    reader = _Reader(f"{{{namespace}}}")
    rows = list(reader.rows(root))
    sets = ReadSets(root, reader.prefix, (node.stable_id for _, node in rows if node.stable_id))
    if reader.issues or sets.issues:
        raise UnreadableFramework([*reader.issues, *sets.issues])
    if not rows:
        raise UnreadableFramework([ImportIssue("file", "There is no code in the codebook")])
    tree = build_tree([(level, _in_sets(node, sets)) for level, node in rows])
    return ImportedFramework(name="", tree=tree, notes=(*reader.notes, *sets.notes))


def _in_sets(node: CodeNode, sets: ReadSets) -> CodeNode:
    stored = sets.by_code.get(node.stable_id) if node.stable_id else None
    return replace(node, extra={**node.extra, KEY: stored}) if stored else node


class _Reader:
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.issues: list[ImportIssue] = []
        self._colours: list[str] = []
        self._codable: list[str] = []
        self._unknown: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        notes = {
            "Colours that are not known were left out": self._colours,
            "Only codes without codes under them are offered for coding here, so not": self._codable,
            "Parts of the codebook that are not known were left out": self._unknown,
        }
        return tuple(f"{note}: {listed(names)}" for note, names in notes.items() if names)

    def rows(self, root: ElementTree.Element) -> Iterator[tuple[int, CodeNode]]:
        for element in (root, *root.findall(f"{self.prefix}Codes"), *root.findall(f"{self.prefix}Sets")):
            self._note_unknown(element)
        codes = root.find(f"{self.prefix}Codes")
        waiting = [(1, element) for element in reversed(self._children(codes))] if codes is not None else []
        number = 0
        while waiting:
            level, element = waiting.pop()
            number += 1
            if number > MAX_CODES or level > MAX_DEPTH:
                self.issues.append(ImportIssue(f"Code {number}", "There are too many codes or levels"))
                return
            yield level, self._node(element, number)
            waiting.extend((level + 1, child) for child in reversed(self._children(element)))

    def _children(self, element: ElementTree.Element) -> list[ElementTree.Element]:
        return element.findall(f"{self.prefix}Code")

    def _node(self, element: ElementTree.Element, number: int) -> CodeNode:
        name = element.get("name", "")
        if not name.strip():
            self.issues.append(ImportIssue(f"Code {number}", "A code needs a name"))
        written = element.findtext(f"{self.prefix}Description") or ""
        description, more = _parted(written)
        node = {"id": "", "name": name or "?", **more, "definition": description, "children": []}
        guid = guid_of(element.get("guid"))
        if guid is None:
            self.issues.append(ImportIssue(f"Code {number}", f"{element.get('guid', '')[:40]!r} is not a GUID"))
        node["stable_id"] = str(guid or "")
        node["colour"] = self._colour(element, name)
        node["extra"] = node.get("extra", {}) | self._codable_extra(element, name)
        self._note_unknown(element)
        try:
            return read_tree({"root_codes": [node]}, EXPORTED, takes_details=True)[0]
        except UnreadableFramework as error:
            self.issues.extend(ImportIssue(f"Code {number}", issue.issue) for issue in error.issues)
            return CodeNode(name)

    def _colour(self, element: ElementTree.Element, name: str) -> str:
        written = element.get("color", "")
        colour = read_colour(written)
        if colour and not COLOUR.match(colour):
            self._colours.append(f"{written[:MAX_SHOWN]} ({name})")
            return ""
        return colour

    def _codable_extra(self, element: ElementTree.Element, name: str) -> dict[str, bool]:
        """Return `isCodable` where it differs from the rule of this platform: codes without codes under them."""
        is_codable = element.get("isCodable", "").strip() in ("true", "1")
        has_children = element.find(f"{self.prefix}Code") is not None
        if "isCodable" not in element.attrib or is_codable != has_children:
            return {}
        if is_codable:
            self._codable.append(name)
        return {CODABLE_KEY: is_codable}

    def _note_unknown(self, element: ElementTree.Element) -> None:
        tag = element.tag.removeprefix(self.prefix)
        tags = [child.tag.removeprefix(self.prefix) for child in element]
        self._unknown += [f"<{child_tag}>" for child_tag in tags if child_tag not in KNOWN[tag]]
        if tag == "Code":
            self._unknown += [attribute for attribute in element.attrib if attribute not in KNOWN_ATTRIBUTES]


def _parted(written: str) -> tuple[str, dict[str, Any]]:
    """Return the description, and the fields that our own export has written behind it."""
    description, separator, more = written.rpartition(MORE)
    if separator:
        try:
            parsed = parse_json(more)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict):
            return description, parsed
    return written, {}


def write_codebook(framework: ImportedFramework) -> bytes:
    """Write a codebook of version 1.0."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}CodeBook", {"origin": "Community feedback platform"})
    open_elements = [ElementTree.SubElement(root, f"{{{NAMESPACE}}}Codes")]
    members: list[tuple[str, CodeNode]] = []
    for placed in walk(framework.tree):
        del open_elements[placed.level :]
        element = _element(open_elements[-1], placed)
        open_elements.append(element)
        members.append((element.attrib["guid"], placed.code))
    write_sets(root, f"{{{NAMESPACE}}}", members)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _element(parent: ElementTree.Element, placed: PlacedCode) -> ElementTree.Element:
    code = placed.code
    attributes = {
        "guid": str(code.stable_id or uuid7()).upper(),
        "name": writable_in_xml(code.name),
        "isCodable": str(_is_codable(code)).lower(),
    }
    if code.colour:
        attributes["color"] = code.colour
    element = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}Code", attributes)
    described = _description(code)
    if described:
        ElementTree.SubElement(element, f"{{{NAMESPACE}}}Description").text = writable_in_xml(described)
    return element


def _is_codable(code: CodeNode) -> bool:
    """Return `isCodable` of the codebook that the code came from, else the rule of this platform."""
    read = code.extra.get(CODABLE_KEY)
    return read if isinstance(read, bool) else code.is_leaf


def _description(code: CodeNode) -> str:
    written = {CODABLE_KEY: isinstance(code.extra.get(CODABLE_KEY), bool), KEY: bool(sets_of(code))}
    extra = {key: value for key, value in code.extra.items() if not written.get(key)}
    more = {
        key: value
        for key, value in details_of(replace(code, extra=extra)).items()
        if value and key not in {"name", "definition", "colour", "stable_id"}
    }
    if not more and MORE not in code.definition:
        return code.definition
    return f"{code.definition}{MORE}{json.dumps(more, ensure_ascii=False)}"
