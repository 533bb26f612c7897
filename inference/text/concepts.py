"""Find the concepts of a text by the words of `concept_words/<language>.txt`.

Concepts match a record in Arabic with a code that has an English name, and count themes across languages.
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
    """Return the concepts of a text, with the places (first word, word after the last) that name them.

    languages: whose lists to use; the likely ones of the text when None. Sensitive matters count as concepts, and as
    `harm`.
    """
    places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for language in text.languages if languages is None else languages:
        for match in phrase_book("concept_words", language).matches(text.words):
            places[match.name].append((match.start, match.end))
        for match in phrase_book("cues", language).matches(text.words):
            places[match.name].append((match.start, match.end))
            places["harm"].append((match.start, match.end))
    if "?" in text.text or "؟" in text.text:
        places["ask"].append((0, 0))
    return dict(places)


def concepts_of_name(name: ReadText) -> Places:
    """Return the concepts of a short name. Uses all languages, since a few words do not identify the language."""
    return concepts_of(name, languages=LANGUAGES)


def first_word(concept: str, language: str) -> str:
    """Return the first word of a language's list for a concept, folded; "" without one."""
    return phrase_book("concept_words", language).first_words.get(concept, "") if language else ""


@functools.cache
def broader() -> Mapping[str, tuple[str, ...]]:
    """Return wider concepts by concept."""
    path = importlib.resources.files("inference.text").joinpath("concept_words", "broader.txt")
    wider_concepts: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for concept, wider in read_lists(path.read_text(encoding="utf-8")):
        wider_concepts[concept] += (wider,)
    return dict(wider_concepts)
