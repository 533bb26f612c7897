"""Names of people; places and organisations where the tenant asks for them.

A word's label comes from the name model. Words of one name are joined over initials, hyphens and particles, and a
name found once
with confidence is found again wherever the same word stands in the record.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.redaction.entities import Entity
from inference.redaction.errors import RedactionEngineUnavailable
from inference.redaction.lexicon import Facts, Lexicon
from inference.redaction.name_model import NameModel, Sentence, features, is_candidate, sentence_of
from inference.redaction.reading import Reading, Word
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

PERSON_THRESHOLD = 0.15
"""Low: a name that leaks can hurt somebody, an everyday word that is taken out only reads badly."""
WITHOUT_CAPITAL_THRESHOLD = 0.25
"""For words in lower case and in scripts without case: there is no capital to speak for a name."""
EVERYDAY_THRESHOLD = 0.5
"""For everyday words that are in no list of names: "Blood pressure" at the start of a record."""
PLACE_ADVANTAGE = 1.5
"""A doubtful person this many times more probably a place is a place."""
OTHER_THRESHOLD = 0.5
CONFIDENT = 0.9

_CALENDAR = words_in("calendar")
_PARTICLES = words_in("name_particles")
_INSIDE = (" ", "-", "'", ". ", "’", " - ", ".", ", ")
_SHORTEST_REPEATED = 3


@dataclass(frozen=True, slots=True)
class _Labelled:
    label: str
    score: float


_NOTHING = _Labelled("O", 0.0)


class NameRecogniser:
    """People's names in any script; LOCATION and ORGANISATION spans are dropped later unless the policy wants them."""

    def __init__(self, lexicon: Lexicon, model: NameModel) -> None:
        self._lexicon = lexicon
        self._model = model

    def find(self, reading: Reading) -> Iterable[Span]:
        words = reading.words
        if not words:
            return
        sentence = sentence_of(reading.text, words, self._lexicon)
        labels = self._label(sentence)
        _repeat(sentence, labels)
        yield from _joined(reading.text, words, labels, sentence)

    def _label(self, sentence: Sentence) -> list[_Labelled]:
        labels: list[_Labelled] = []
        previous = _NOTHING
        for index in range(len(sentence.words)):
            if is_candidate(sentence, index):
                probabilities = self._model.probabilities(features(sentence, index, previous.label[0]))
                previous = _decide(probabilities, _threshold(sentence.facts[index], sentence.words[index].lowered))
            else:
                previous = _NOTHING
            labels.append(previous)
        return labels


def load_names(folder: Path) -> NameRecogniser:
    """Read the lexicon and the model. Raises RedactionEngineUnavailable."""
    try:
        return NameRecogniser(Lexicon.load(folder / "lexicon.json.gz"), NameModel.load(folder / "name_model.json.gz"))
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise RedactionEngineUnavailable(f"the name model did not load: {type(error).__name__}") from error


def _threshold(fact: Facts, lowered: str) -> float:
    if lowered in _CALENDAR:
        return CONFIDENT
    if fact.is_common and not fact.is_name:
        return EVERYDAY_THRESHOLD
    return PERSON_THRESHOLD if fact.shape in "TUI" else WITHOUT_CAPITAL_THRESHOLD


def _decide(probabilities: tuple[float, float, float], threshold: float) -> _Labelled:
    person, place, organisation = probabilities
    if person >= threshold and person * PLACE_ADVANTAGE >= place:
        return _Labelled("PERSON", person)
    if place >= OTHER_THRESHOLD:
        return _Labelled("LOCATION", place)
    if organisation >= OTHER_THRESHOLD:
        return _Labelled("ORGANISATION", organisation)
    return _NOTHING


def _repeat(sentence: Sentence, labels: list[_Labelled]) -> None:
    """Label the other places where a word stands that was a name with confidence, if it is no everyday word."""
    sure = {
        word.text
        for word, label, fact in zip(sentence.words, labels, sentence.facts, strict=True)
        if label.label == "PERSON"
        and label.score >= CONFIDENT
        and not fact.is_common
        and len(word.text) >= _SHORTEST_REPEATED
    }
    if not sure:
        return
    for index, word in enumerate(sentence.words):
        if word.text in sure and labels[index].label != "PERSON":
            labels[index] = _Labelled("PERSON", CONFIDENT)


def _joined(text: str, words: Sequence[Word], labels: Sequence[_Labelled], sentence: Sentence) -> Iterator[Span]:
    """Spans of neighbouring words with one label, particles between them included."""
    index = 0
    while index < len(words):
        label = labels[index].label
        if label == "O":
            index += 1
            continue
        last, score, position = index, labels[index].score, index + 1
        while position < len(words) and _continues(text, words, position):
            if labels[position].label == label:
                last, score = position, max(score, labels[position].score)
            elif words[position].lowered not in _PARTICLES:
                break
            position += 1
        yield Span(
            words[index].start,
            words[last].end,
            Entity(label),
            min(score, 0.99) * 0.65 if label != "PERSON" else score * 0.7,
        )
        index = last + 1


def _continues(text: str, words: Sequence[Word], position: int) -> bool:
    gap = text[words[position - 1].end : words[position].start]
    if gap == ". ":
        return words[position - 1].end - words[position - 1].start <= 2
    return gap in _INSIDE and gap != ", "
