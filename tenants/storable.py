"""Text that can be stored and encoded: without NUL, which PostgreSQL refuses, and without lone surrogates.

A lone surrogate is half of a character outside the basic plane. Programs that cut text by UTF-16 units produce it. It
cannot be encoded as UTF-8.
"""

import re
from collections.abc import Mapping
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_storable(value: Any) -> bool:
    """Tell whether a text, or every text in a JSON value, can be stored."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, list | tuple):
        return all(map(is_storable, value))
    if isinstance(value, Mapping):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    return True


def storable(text: str) -> str:
    """Return the text without NUL, and with U+FFFD in place of each lone surrogate, so that its loss is visible.

    Two surrogates that form a pair become their character.
    """
    if not UNSTORABLE.search(text):
        return text
    return _with_whole_characters(text.replace("\x00", ""))


def writable_in_xml(text: str) -> str:
    """Return the text without characters that XML, and so a workbook, cannot contain."""
    return NOT_IN_XML.sub("", text)


def with_whole_characters(value: Any) -> Any:
    """Replace lone surrogates by U+FFFD, in a text or in all texts and keys of a JSON value."""
    if isinstance(value, str):
        return _with_whole_characters(value)
    if isinstance(value, list):
        return [with_whole_characters(item) for item in value]
    if isinstance(value, dict):
        return {with_whole_characters(key): with_whole_characters(item) for key, item in value.items()}
    return value


def _with_whole_characters(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
