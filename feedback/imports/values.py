"""Read the cells of mapped columns: yes and no in five languages, ages, lists of tags."""

import json
import re
from collections.abc import Mapping
from typing import Any

from feedback.imports import errors
from feedback.imports.fields import heading_key

YES = frozenset(
    map(
        heading_key,
        [
            "yes",
            "y",
            "true",
            "1",
            "x",
            "ok",
            "oui",
            "o",
            "vrai",
            "si",
            "s",
            "sí",
            "verdadero",
            "cierto",
            "sim",
            "verdadeiro",
            "نعم",
            "صح",
            "صحيح",
            "أجل",
            "موافق",
            "agree",
            "agreed",
        ],
    )
)
NO = frozenset(
    map(heading_key, ["no", "n", "false", "0", "non", "faux", "falso", "nao", "não", "لا", "خطأ", "disagree"])
)
UNKNOWN = frozenset(
    map(
        heading_key,
        (
            *("", "-", "?", "n/a", "na", "none", "null", "unknown", "not known", "don't know", "dont know"),
            *("not applicable", "prefer not to say", "inconnu", "ne sait pas", "sans objet", "desconocido", "no sabe"),
            *("no aplica", "desconhecido", "nao sabe", "não aplicável", "غير معروف", "لا اعرف", "لا ينطبق"),
        ),
    )
)
BANDS = (
    (0, 5, "0-5"),
    (6, 11, "6-11"),
    (12, 17, "12-17"),
    (18, 29, "18-29"),
    (30, 39, "30-39"),
    (40, 49, "40-49"),
    (50, 59, "50-59"),
    (60, 69, "60-69"),
    (70, 79, "70-79"),
    (80, 130, "80+"),
)
_AGE = re.compile(r"(\d{1,3})(?:[.,]\d+)?\s*(?:years?|yrs?|y/?o|ans?|anos?|años?|سنة|سنه)?\.?$", re.IGNORECASE)
_TAG_DELIMITER = re.compile(r"[;|\n]")


class BadCell(ValueError):
    """The reason why a cell cannot be read."""

    def __init__(self, issue: Any) -> None:
        super().__init__()
        self.issue = issue


def read_flag(cell: str) -> bool | None:
    """Return None for a cell that is empty or says that it is not known. Raises BadCell."""
    word = heading_key(cell)
    if word in UNKNOWN:
        return None
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadCell(errors.NOT_YES_OR_NO)


def read_age_band(cell: str) -> str:
    """Return the band of an age in years, so that no exact age is stored; any other text is a band already."""
    found = _AGE.match(cell.strip())
    if not found:
        return cell.strip()
    age = int(found[1])
    band = next((name for low, high, name in BANDS if low <= age <= high), None)
    if band is None:
        raise BadCell(errors.NOT_AN_AGE)
    return band


def read_tags(cell: Any) -> list[str]:
    """Read a list of tags: a JSON list, or words between semicolons, bars or ends of lines; else commas."""
    if isinstance(cell, list):
        return [tag for tag in cell if isinstance(tag, str)]
    text = cell.strip()
    if text.startswith("["):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, list) and all(isinstance(tag, str) for tag in parsed):
            return parsed
    parts = _TAG_DELIMITER.split(text) if _TAG_DELIMITER.search(text) else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def read_extra(cell: Any) -> Mapping[str, str]:
    """Read an object of texts, as our own exports have it. Raises BadCell."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError) as error:
            raise BadCell(errors.NOT_AN_OBJECT) from error
    if not isinstance(cell, Mapping) or not all(isinstance(text, str) for text in cell.values()):
        raise BadCell(errors.NOT_AN_OBJECT)
    return cell
