"""Read and write the sets of a REFI-QDA codebook, which group codes across the tree.

A framework has no sets. A code stores the sets that it belongs to as `qdc_sets` in `extra`, and the sets are written
from there. The description of a set is stored with its first code only: a long one in thousands of codes would fill
the database.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from coding.errors import ImportIssue
from coding.frameworks.formats.imported import listed
from coding.frameworks.tree import CodeNode
from tenants.storable import writable_in_xml

KEY = "qdc_sets"
MAX_NAME_LENGTH = 255


class ReadSets:
    """The sets of a codebook. by_code: value of `qdc_sets` for each code, by GUID.

    codes: GUIDs of the codebook's codes, in order. issues: sets that cannot be read. notes: sets and members that are
    left out.
    """

    def __init__(self, root: ElementTree.Element, prefix: str, codes: Iterable[uuid.UUID]) -> None:
        self.by_code: dict[uuid.UUID, list[dict[str, str]]] = defaultdict(list)
        self.issues: list[ImportIssue] = []
        self._prefix = prefix
        self._order = {code: index for index, code in enumerate(codes)}
        self._seen: set[uuid.UUID] = set()
        self._empty: list[str] = []
        self._cut: list[str] = []
        for number, element in enumerate(root.findall(f"{prefix}Sets/{prefix}Set"), start=1):
            self._read(element, f"Set {number}")
        for stored in self.by_code.values():
            stored.sort(key=lambda code_set: code_set["guid"])

    @property
    def notes(self) -> tuple[str, ...]:
        notes = {
            "Sets without a code of this codebook were left out": self._empty,
            "Sets name codes that this codebook does not have; those were left out": self._cut,
        }
        return tuple(f"{note}: {listed(names)}" for note, names in notes.items() if names)

    def _read(self, element: ElementTree.Element, where: str) -> None:
        name, set_id = element.get("name", ""), guid_of(element.get("guid"))
        if set_id is None:
            return self._note(where, f"{element.get('guid', '')[:40]!r} is not a GUID")
        if set_id in self._seen:
            return self._note(where, "Its GUID is used more than once")
        if len(name) > MAX_NAME_LENGTH:
            return self._note(where, f"The name is longer than {MAX_NAME_LENGTH} characters")
        self._seen.add(set_id)
        targets = {guid_of(member.get("targetGUID")) for member in element.findall(f"{self._prefix}MemberCode")}
        members = sorted((target for target in targets if target in self._order), key=self._order.__getitem__)
        if not members:
            self._empty.append(name)
        elif len(members) < len(targets):
            self._cut.append(name)
        described = element.findtext(f"{self._prefix}Description") or ""
        for index, member in enumerate(members):
            more = {"description": described} if described and index == 0 else {}
            self.by_code[member].append({"guid": str(set_id), "name": name} | more)
        return None

    def _note(self, where: str, issue: str) -> None:
        self.issues.append(ImportIssue(where, issue))


def sets_of(code: CodeNode) -> list[Mapping[str, Any]]:
    """Return the sets that a code belongs to; an empty list if `qdc_sets` has another form."""
    stored = code.extra.get(KEY)
    return stored if isinstance(stored, list) and stored and all(map(_is_set, stored)) else []


def write_sets(book: ElementTree.Element, prefix: str, members: Iterable[tuple[str, CodeNode]]) -> None:
    """Write the sets of all codes. members: GUID in the codebook and code."""
    merged: dict[str, dict[str, Any]] = {}
    for guid, code in members:
        for code_set in sets_of(code):
            known = merged.setdefault(code_set["guid"], {"name": code_set["name"], "description": "", "members": []})
            known["description"] = known["description"] or code_set.get("description", "")
            known["members"].append(guid)
    if not merged:
        return
    sets = ElementTree.SubElement(book, f"{prefix}Sets")
    for guid, known in sorted(merged.items()):
        attributes = {"guid": guid.upper(), "name": writable_in_xml(known["name"])}
        element = ElementTree.SubElement(sets, f"{prefix}Set", attributes)
        if known["description"]:
            ElementTree.SubElement(element, f"{prefix}Description").text = writable_in_xml(known["description"])
        for member in known["members"]:
            ElementTree.SubElement(element, f"{prefix}MemberCode", {"targetGUID": member})


def guid_of(written: str | None) -> uuid.UUID | None:
    """Read a GUID in any case, with or without braces. Return None for any other text."""
    try:
        return uuid.UUID((written or "").strip("{} "))
    except ValueError:
        return None


def _is_set(stored: Any) -> bool:
    return (
        isinstance(stored, dict)
        and stored.keys() <= {"guid", "name", "description"}
        and all(isinstance(text, str) for text in stored.values())
        and "name" in stored
        and str(guid_of(stored.get("guid"))) == stored.get("guid")
    )
