"""Count the values of a JSON text before it is parsed: three bytes of text can become 60 bytes of memory."""

import re

from django.conf import settings

from tenants.rest.errors import PayloadTooLarge

MAX_VALUES = 600_000
NOT_STRUCTURE = bytes(set(range(256)) - set(b'",[{'))
STRING = re.compile(rb'"[^"]*"')


def max_values(max_bytes: int) -> int:
    """Return the limit for a body of at most so many bytes: MAX_VALUES at the usual limit, in proportion above it."""
    return MAX_VALUES * max_bytes // settings.MAX_BODY_BYTES


def refuse_too_many_values(raw: bytes, limit: int = MAX_VALUES) -> None:
    """Raise PayloadTooLarge for a text with more values than the limit. Malformed JSON is counted like any other."""
    if holds_more_values(raw, limit):
        raise PayloadTooLarge(f"Request body holds more than {limit} values")


def holds_more_values(raw: bytes, limit: int) -> bool:
    """Return whether there are more values than the limit. Lists and objects count twice, as they take more memory.

    Every value follows a comma or an opening bracket. Those in strings are subtracted only if they decide the result.
    """
    if _count_openers(raw) <= limit:
        return False
    # Backslashes go in pairs from the left, as a parser reads them: what then still escapes a quote is no end.
    unescaped = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = unescaped.translate(None, NOT_STRUCTURE)
    strings = marks.count(b'"') // 2
    # A string is a value or the key of one. So many need no closer look, which would cost a second.
    return strings > 2 * limit + 2 or _count_openers(STRING.sub(b"", marks)) > limit


def _count_openers(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{")
