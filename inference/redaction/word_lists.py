"""Lists of words in files: one or more a line, `#` starts a comment, `*` ends a stem."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"


def words_in(name: str) -> frozenset[str]:
    """The whole words of a list."""
    return frozenset(entry for entry in _entries(name) if not entry.endswith("*"))


def stems_in(name: str) -> tuple[str, ...]:
    """The stems of a list, fit for str.startswith."""
    return tuple(entry[:-1] for entry in _entries(name) if entry.endswith("*"))


def lines_in(name: str) -> Iterator[list[str]]:
    """The words of a list, line by line."""
    for line in (_FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()


def phrases_in(name: str) -> dict[str, list[tuple[str, ...]]]:
    """The phrases of a list by language, as tuples of words; a line is a language, a colon and phrases between |."""
    by_language: dict[str, list[tuple[str, ...]]] = {}
    for line in lines_in(name):
        language, phrases = line[0].removesuffix(":"), " ".join(line[1:])
        by_language.setdefault(language, []).extend(tuple(phrase.split()) for phrase in phrases.split("|"))
    return by_language


@lru_cache(maxsize=32)
def _entries(name: str) -> tuple[str, ...]:
    return tuple(entry for line in lines_in(name) for entry in line)
