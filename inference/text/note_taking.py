"""Find the words of the person who wrote a record down, such as `the respondent said`, which name no theme."""

from inference.text.phrases import phrase_book
from inference.text.reading import ReadText


def note_places(text: ReadText) -> frozenset[int]:
    """Return the places of such words among the text's words."""
    return frozenset(
        place
        for language in text.languages
        for match in phrase_book("note_taking", language).matches(text.words)
        for place in range(match.start, match.end)
    )


def note_words(text: ReadText) -> frozenset[str]:
    return frozenset(text.words[place] for place in note_places(text))
