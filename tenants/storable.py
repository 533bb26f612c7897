"""Text that columns and answers can hold: without NUL, which PostgreSQL refuses, and without lone surrogates.

A lone surrogate is half of a character outside the basic plane. It arises where a program cuts a text by UTF-16 units,
and it cannot be encoded as UTF-8.
"""

import re
from collections.abc import Mapping
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_storable(value: Any) -> bool:
    """Tell whether a text, or every text of a JSON value, can be stored as it is."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, list | tuple):
        return all(map(is_storable, value))
    if isinstance(value, Mapping):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    return True


def storable(text: str) -> str:
    """Return the text without NUL, and with U+FFFD in place of a lone surrogate, so that its loss can be seen.

    Two surrogates side by side that make a pair become their character.
    """
    if not UNSTORABLE.search(text):
        return text
    return _with_whole_characters(text.replace("\x00", ""))


def writable_in_xml(text: str) -> str:
    """Return the text without the control characters that XML, and so a workbook, cannot hold."""
    return NOT_IN_XML.sub("", text)


def with_whole_characters(value: Any) -> Any:
    """Return a text, or a JSON value with all its texts and keys, with U+FFFD in place of lone surrogates."""
    if isinstance(value, str):
        return _with_whole_characters(value)
    if isinstance(value, list):
        return [with_whole_characters(item) for item in value]
    if isinstance(value, dict):
        return {with_whole_characters(key): with_whole_characters(item) for key, item in value.items()}
    return value


def _with_whole_characters(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
