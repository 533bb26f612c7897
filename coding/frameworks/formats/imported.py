"""Represent a framework outside the database. Every file format is read into it and written from it."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from coding.frameworks.tree import Tree

MAX_NUMBER_LENGTH = 300
MAX_LISTED, MAX_KEY_SHOWN = 10, 40


@dataclass(frozen=True)
class ImportedFramework:
    """A framework read from a file.

    name: "" if the file has none. notes: content of the file that is lost, or that the platform treats otherwise.
    """

    name: str
    tree: Tree
    description: str = ""
    languages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def listed(names: Iterable[str]) -> str:
    """Return the first names of a list for a note, and the number of the others."""
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - MAX_LISTED} more" if len(distinct) > MAX_LISTED else ""
    return ", ".join(map(repr, distinct[:MAX_LISTED])) + more


def parse_json(text: str) -> Any:
    """Parse JSON by the standard, without NaN, infinity and repeated keys. Raises ValueError with the reason."""
    try:
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_distinct_keys,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON: {error.msg}, line {error.lineno}") from error
    except RecursionError as error:
        raise ValueError("It is nested too deep") from error


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"The key {twice[:MAX_KEY_SHOWN]!r} is there twice in one object")
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


def _whole(written: str) -> int:
    if len(written) > MAX_NUMBER_LENGTH:
        raise ValueError("A number is too large")
    return int(written)


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise ValueError("A number is too large")
    return number
