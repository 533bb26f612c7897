"""What a person does by giving feedback: ask, request, complain, thank, suggest, tell what was seen or heard."""

from inference.text.concepts import ACTS, concepts_of, concepts_of_name
from inference.text.reading import read_text

STATEMENTS = frozenset(("observe", "rumour"))
"""What a text without the words of any act does: it says how things are, or are believed to be."""


def acts_in(text: str) -> frozenset[str]:
    """The acts of a text, in whatever language it is likely in; never none."""
    return ACTS.intersection(concepts_of(read_text(text))) or STATEMENTS


def acts_named(name: str) -> frozenset[str]:
    """The acts that the name of a code says; none for a name that says only what feedback is about."""
    return ACTS.intersection(concepts_of_name(read_text(name)))
