"""Describe the fields of a code, from which storage, files, endpoints, forms, comparisons and hashes derive.

The fields themselves are attributes of `CodeNode` (tree.py), with a description as metadata. A new field needs a column
in `coding.models.Code`, a migration and one line in `CodeNode`.
"""

import re
import uuid
from dataclasses import dataclass
from enum import Enum
from typing import Any

MAX_NAME_LENGTH = 500
MAX_LINE_LENGTH = 255
COLOUR = re.compile(r"\A#[0-9a-fA-F]{6}\Z")
HEXADECIMAL = re.compile(r"\A(?:#|0x)?([0-9a-f]{6}|[0-9a-f]{3})\Z")
RGB = re.compile(r"\A(?:rgb)?\(?([0-9]{1,3}),([0-9]{1,3}),([0-9]{1,3})\)?\Z")
BASIC_COLOURS = {
    "black": "#000000",
    "silver": "#c0c0c0",
    "gray": "#808080",
    "grey": "#808080",
    "white": "#ffffff",
    "maroon": "#800000",
    "red": "#ff0000",
    "purple": "#800080",
    "fuchsia": "#ff00ff",
    "magenta": "#ff00ff",
    "green": "#008000",
    "lime": "#00ff00",
    "olive": "#808000",
    "yellow": "#ffff00",
    "navy": "#000080",
    "blue": "#0000ff",
    "teal": "#008080",
    "aqua": "#00ffff",
    "cyan": "#00ffff",
    "orange": "#ffa500",
    "pink": "#ffc0cb",
    "brown": "#a52a2a",
}


class Kind(Enum):
    """Type of a field's value. In JSON and in the database: str, str, str, list, dict, dict, bool, str, list."""

    LINE = "line"
    TEXT = "text"
    COLOUR = "colour"
    TEXTS = "texts"
    TEXTS_BY_LANGUAGE = "texts by language"
    OBJECT = "object"
    FLAG = "flag"
    UUID = "uuid"
    UUIDS = "uuids"


@dataclass(frozen=True)
class CodeField:
    """A field of a code.

    name: attribute of `CodeNode`. key: in JSON, and heading of a table's column. column: of `coding.models.Code`.
    label: in comparisons. synonyms: other keys that files use. translations: name of the field that holds this text in
    other languages. max_length: in characters, of a line.
    """

    name: str
    kind: Kind
    key: str
    column: str
    label: str
    synonyms: tuple[str, ...] = ()
    translations: str = ""
    max_length: int = MAX_LINE_LENGTH
    is_editable: bool = True

    def json_value(self, node: object) -> Any:
        """Return the value of a node as it is stored and exported."""
        value = getattr(node, self.name)
        match self.kind:
            case Kind.TEXTS:
                return list(value)
            case Kind.TEXTS_BY_LANGUAGE | Kind.OBJECT:
                return dict(value)
            case Kind.UUIDS:
                return [str(stable_id) for stable_id in value]
            case Kind.UUID:
                return str(value) if value else ""
        return value

    def node_value(self, stored: Any) -> Any:
        """Return the value for a node. The reverse of `json_value`."""
        match self.kind:
            case Kind.TEXTS:
                return tuple(stored)
            case Kind.UUIDS:
                return tuple(map(uuid.UUID, stored))
        return stored


def described(
    kind: Kind,
    *,
    key: str = "",
    column: str = "",
    label: str = "",
    synonyms: tuple[str, ...] = (),
    translations: str = "",
    max_length: int = MAX_LINE_LENGTH,
    is_editable: bool = True,
) -> dict[str, Any]:
    """Return metadata of a dataclass field. The key, the column and the label follow from the name if left out."""
    return {key: value for key, value in locals().items() if value not in ("", ())}


def field_of(name: str, metadata: Any) -> CodeField:
    """Build the description of a dataclass field from its name and metadata."""
    key = metadata.get("key", name)
    derived = {"name": name, "key": key, "column": name, "label": key.replace("_", "-")}
    return CodeField(**(derived | metadata))


def read_colour(written: str) -> str:
    """Return a colour as `#1a2b3c`, from that, `1A2B3C`, `#abc`, `rgb(26, 43, 60)` or a basic name of HTML.

    Any other text is returned unchanged.
    """
    colour = "".join(written.split()).lower()
    if not colour or COLOUR.match(written.strip()):
        return written.strip()
    if digits := HEXADECIMAL.match(colour):
        return "#" + (digits[1] if len(digits[1]) == 6 else "".join(digit * 2 for digit in digits[1]))
    if (parts := RGB.match(colour)) and all(int(part) <= 255 for part in parts.groups()):
        return "#" + "".join(f"{int(part):02x}" for part in parts.groups())
    return BASIC_COLOURS.get(colour, written)
