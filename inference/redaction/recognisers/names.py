"""Names of people; places and organisations where the tenant asks for them.

A word's label comes from the name model. Words of one name are joined over initials, hyphens and particles, and a
name found once
with confidence is found again wherever the same word stands in the record.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from inference.redaction.entities import Entity
from inference.redaction.errors import RedactionEngineUnavailable
from inference.redaction.lexicon import Lexicon
from inference.redaction.name_model import NameModel, Sentence, candidates, sentence_of
from inference.redaction.reading import Reading
from inference.redaction.spans import Span
from inference.redaction.word_lists import words_in

PERSON_THRESHOLD = 0.12
"""The lowest: a name that leaks can hurt somebody, an everyday word that is taken out only reads badly."""
WITHOUT_CAPITAL_THRESHOLD = 0.35
WITHOUT_CASE_THRESHOLD = 0.25
"""In lower case, and in scripts without case: there is no capital to speak for a name."""
EVERYDAY_THRESHOLD = 0.55
"""For everyday words that are in no list of names: "Blood pressure" at the start of a record."""
NAME_AND_EVERYDAY_THRESHOLDS = 0.3, 0.5
"""For words that are common and names as well, with a capital and without: "Elle", "Ana", "Grace"."""
PLACE_ADVANTAGE = 1.5
"""A doubtful person this many times more probably a place is a place."""
OTHER_THRESHOLD = 0.5
CONFIDENT = 0.9

_COMMON_RANKS = "12"
_PLAINLY_NO_NAMES = (
    words_in("calendar") | words_in("account_cues") | words_in("phone_cues") | words_in("identifier_cues")
)
_PARTICLES = words_in("name_particles")
_INSIDE = frozenset([" ", "-", "'", " - ", "."])
_LONGEST_INITIAL = 2
_MOST_WORDS = 6
"""A longer run of words that look like names is several names, or none: no span swallows a whole record."""
_SHORTEST_REPEATED = 3


class _Labelled(NamedTuple):
    label: str
    score: float


Labels = dict[int, _Labelled]
"""By the place of the word; words that are nobody's name are not in it."""

_NOTHING = _Labelled("O", 0.0)


class NameRecogniser:
    """People's names in any script; LOCATION and ORGANISATION spans are dropped later unless the policy wants them."""

    def __init__(self, lexicon: Lexicon, model: NameModel) -> None:
        self._lexicon = lexicon
        self._model = model
        self._weakest = model.weight_of(PERSON_THRESHOLD)

    def find(self, reading: Reading) -> Iterable[Span]:
        if not reading.word_texts:
            return
        sentence = sentence_of(reading, self._lexicon)
        labels = self._label(sentence)
        if labels:
            _repeat(sentence, labels)
            yield from _joined(reading, sentence, labels)

    def _label(self, sentence: Sentence) -> Labels:
        labels: Labels = {}
        for index in candidates(sentence):
            previous = labels.get(index - 1, _NOTHING).label[0]
            weights = self._model.weights(sentence, index, previous)
            if max(weights) >= self._weakest:
                label = _decide(self._model.probabilities(weights), _threshold(sentence, index))
                if label is not _NOTHING:
                    labels[index] = label
        return labels


def load_names(folder: Path) -> NameRecogniser:
    """Read the lexicon and the model. Raises RedactionEngineUnavailable."""
    try:
        return NameRecogniser(Lexicon.load(folder / "lexicon.json.gz"), NameModel.load(folder / "name_model.json.gz"))
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise RedactionEngineUnavailable(f"the name model did not load: {type(error).__name__}") from error


def _threshold(sentence: Sentence, index: int) -> float:
    fact = sentence.facts[index]
    if sentence.texts[index].lower() in _PLAINLY_NO_NAMES:
        return CONFIDENT
    if fact.is_common and not fact.is_name:
        return EVERYDAY_THRESHOLD
    has_capital = fact.shape in "TUI"
    if fact.known[-1] in _COMMON_RANKS:
        return NAME_AND_EVERYDAY_THRESHOLDS[not has_capital]
    if has_capital:
        return PERSON_THRESHOLD
    return WITHOUT_CAPITAL_THRESHOLD if fact.shape == "l" else WITHOUT_CASE_THRESHOLD


def _decide(probabilities: tuple[float, float, float], threshold: float) -> _Labelled:
    person, place, organisation = probabilities
    if person >= threshold and person * PLACE_ADVANTAGE >= place:
        return _Labelled("PERSON", person)
    if place >= OTHER_THRESHOLD:
        return _Labelled("LOCATION", place)
    if organisation >= OTHER_THRESHOLD:
        return _Labelled("ORGANISATION", organisation)
    return _NOTHING


def _repeat(sentence: Sentence, labels: Labels) -> None:
    """Label the other places where a word stands that was a name with confidence, if it is no everyday word."""
    sure = {
        sentence.texts[index]
        for index, label in labels.items()
        if label.label == "PERSON"
        and label.score >= CONFIDENT
        and not sentence.facts[index].is_common
        and len(sentence.texts[index]) >= _SHORTEST_REPEATED
    }
    if not sure:
        return
    for index, text in enumerate(sentence.texts):
        if text in sure and labels.get(index, _NOTHING).label != "PERSON":
            labels[index] = _Labelled("PERSON", CONFIDENT)


def _joined(reading: Reading, sentence: Sentence, labels: Labels) -> Iterator[Span]:
    """Spans of neighbouring words with one label, particles between them included."""
    done = -1
    for index in sorted(labels):
        if index <= done:
            continue
        label, score, done = labels[index].label, labels[index].score, index
        for position in range(index + 1, min(index + _MOST_WORDS, len(sentence.texts))):
            if not _continues(reading, position):
                break
            if labels.get(position, _NOTHING).label == label:
                done, score = position, max(score, labels[position].score)
            elif sentence.texts[position].lower() not in _PARTICLES:
                break
        yield Span(
            reading.word_starts[index],
            reading.word_ends[done] - _possessive(sentence.texts[done]),
            Entity(label),
            min(score, 0.99) * 0.65 if label != "PERSON" else score * 0.7,
        )


def _possessive(word: str) -> int:
    """How many characters of the word are no part of the name: Amina's tent."""
    return 2 if word.endswith(("'s", "'S")) and len(word) > 2 else 0


def _continues(reading: Reading, position: int) -> bool:
    gap = reading.gaps[position]
    if gap == ". ":
        return len(reading.word_texts[position - 1]) <= _LONGEST_INITIAL
    return gap in _INSIDE
