"""Find the acts of a text: ask, request, complain, thank, suggest, and report what was seen or heard."""

from inference.text.concepts import ACTS, concepts_of, concepts_of_name
from inference.text.reading import read_text

STATEMENTS = frozenset(("observe", "rumour"))
"""The acts of a text without words for any act."""


def acts_in(text: str) -> frozenset[str]:
    """Return the acts of a text in its likely languages, or STATEMENTS without any."""
    return ACTS.intersection(concepts_of(read_text(text))) or STATEMENTS


def acts_named(name: str) -> frozenset[str]:
    """Return the acts in the name of a code, if any."""
    return ACTS.intersection(concepts_of_name(read_text(name)))
