"""What every file format is read into and written from."""

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from coding.frameworks.tree import Tree

LONGEST_NUMBER = 300


@dataclass(frozen=True)
class ImportedFramework:
    """A framework outside the database.

    name: "" where the file has none. notes: what the file holds that a framework has no place for.
    """

    name: str
    tree: Tree
    description: str = ""
    languages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def parse_json(text: str) -> Any:
    """Parse JSON as the standard has it. Raises ValueError that says what is wrong; also for NaN and infinity."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON: {error.msg}, line {error.lineno}") from error
    except RecursionError as error:
        raise ValueError("It is nested too deep") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


def _whole(written: str) -> int:
    if len(written) > LONGEST_NUMBER:
        raise ValueError("A number is too large")
    return int(written)


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise ValueError("A number is too large")
    return number
