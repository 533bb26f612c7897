"""Concepts of a text, with words for them in `concept_words/<language>.txt`.

They let a record in Arabic meet a code with an English name, and a theme count across languages.
"""

import functools
import importlib.resources
from collections import defaultdict
from collections.abc import Mapping, Sequence

from inference.text.languages import LANGUAGES
from inference.text.phrases import phrase_book, read_lists
from inference.text.reading import ReadText

ACTS = frozenset(("ask", "request", "complain", "rumour", "observe", "thanks", "suggest", "harm"))
"""Acts of a person who gives feedback. The other concepts are subjects."""

OTHER = "other"
Places = dict[str, list[tuple[int, int]]]


def concepts_of(text: ReadText, *, languages: Sequence[str] | None = None) -> Places:
    """Return the concepts of a text, with the places (first word, word behind the last) that name them.

    languages: where to look; those the text is likely in when None. Sensitive matters count as concepts, and as `harm`.
    """
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for language in text.languages if languages is None else languages:
        for match in phrase_book("concept_words", language).matches(text.words):
            found[match.name].append((match.start, match.end))
        for match in phrase_book("cues", language).matches(text.words):
            found[match.name].append((match.start, match.end))
            found["harm"].append((match.start, match.end))
    if "?" in text.text or "؟" in text.text:
        found["ask"].append((0, 0))
    return dict(found)


def concepts_of_name(name: ReadText) -> Places:
    """Return the concepts of a short name. All languages are tried, since a few words do not tell which it is."""
    return concepts_of(name, languages=LANGUAGES)


def first_word(concept: str, language: str) -> str:
    """Return the first word of a language's list for a concept, folded; "" without one."""
    return phrase_book("concept_words", language).first_words.get(concept, "") if language else ""


@functools.cache
def broader() -> Mapping[str, tuple[str, ...]]:
    """Return the wider concepts of each concept."""
    path = importlib.resources.files("inference.text").joinpath("concept_words", "broader.txt")
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for concept, wider in read_lists(path.read_text(encoding="utf-8")):
        found[concept] += (wider,)
    return dict(found)
