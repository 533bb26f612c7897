"""Bring names of codes into the normal form in which they are compared."""

import re
import unicodedata
from collections.abc import Sequence

INVISIBLE = re.compile("[\u200b\u2060\ufeff]")


def normal_form(name: str) -> str:
    """Return a name in Unicode form NFC, without invisible characters, and with single spaces for all white space.

    Two names with the same normal form look the same. Names are stored as they are written.
    """
    return " ".join(INVISIBLE.sub("", unicodedata.normalize("NFC", name)).split())


def normal_path(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(normal_form, names))
