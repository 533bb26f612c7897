"""Names of people; places and organisations where the tenant asks for them.

A word's label comes from the name model. Words of one name are joined over initials, hyphens and particles. A name that
was recognised with confidence is recognised again at the other places of the record where the same word stands.
"""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from inference.redaction.errors import RedactionEngineUnavailable
from inference.redaction.names.lexicon import Lexicon
from inference.redaction.names.name_model import NameModel, Sentence, candidates, sentence_of
from inference.redaction.reading import Reading, lowered
from inference.redaction.recognisers.arabizi import arabizi_names
from inference.redaction.recognisers.name_cues import cued_names
from inference.redaction.recognisers.name_extents import (
    Labelled,
    Labels,
    initials,
    joined,
    single_letters,
    spelled_names,
    spread,
)
from inference.redaction.spans import Span
from inference.redaction.word_lists import phrases_in, words_in

PERSON_THRESHOLD = 0.12
"""The lowest: a name that leaks can hurt somebody, an everyday word that is taken out only reads badly."""
WITHOUT_CAPITAL_THRESHOLD = 0.35
WITHOUT_CASE_THRESHOLD = 0.25
"""In lower case, and in scripts without case: there is no capital to speak for a name."""
EVERYDAY_THRESHOLD = 0.55
"""For everyday words that are in no list of names: "Blood pressure" at the start of a record."""
NAME_AND_EVERYDAY_THRESHOLDS = 0.3, 0.5
"""For words that are common and names as well, with a capital and without: "Elle", "Ana", "Grace"."""
PLACE_THRESHOLD = 0.7
"""For words that are in the gazetteer and in no list of names."""
LISTED_THRESHOLD = 0.005
"""For words that are in lists of names and in no other, with a capital or in scripts without: nearly always names."""
LISTED_PLACE_THRESHOLD = 0.08
"""For words that are in lists of names and in the gazetteer."""
LISTED_ADVANTAGE, LISTED_PLACE_ADVANTAGE = 10.0, 4.0
PLACE_ADVANTAGE = 1.5
"""A doubtful person this many times more probably a place is a place."""
OTHER_THRESHOLD = 0.5
CONFIDENT = 0.9

_COMMON_RANKS, _VERY_COMMON = "12", "1"
_EVIDENT = frozenset(["nT", "nU", "na", "aa"])
"""Styles and shapes in which a listed name is one: with a capital where only some words have one, or without case."""
_NAMES_ONLY = frozenset(["10", "20", "30", "90", "a0", "b0"])
_NAMES_AND_PLACES = frozenset(["50", "60", "70", "d0", "e0", "f0"])
_ADVANTAGES = {LISTED_THRESHOLD: LISTED_ADVANTAGE, LISTED_PLACE_THRESHOLD: LISTED_PLACE_ADVANTAGE}
_PLACES_ONLY = "4c"
"""The flag of a place, with that of a capital or without (see lexicon.py)."""
_CALENDAR = words_in("calendar")
_CALENDAR_THRESHOLD = 0.97
_TITLES = frozenset(
    word
    for name in ("titles_before", "titles_after")
    for phrase in chain(*phrases_in(name).values())
    for word in phrase
)
_PLAINLY_NO_NAMES = words_in("account_cues") | words_in("phone_cues") | words_in("identifier_cues") | _TITLES
_BESIDE = frozenset([" ", '"', "«", "»"])
_INSTITUTIONS = words_in("institutions")
_MIN_REPEATED_LENGTH = 3

_NOTHING = Labelled("O", 0.0)


class NameRecogniser:
    """People's names in any script; LOCATION and ORGANISATION spans are dropped later unless the policy wants them."""

    def __init__(self, lexicon: Lexicon, model: NameModel) -> None:
        self._lexicon = lexicon
        self._model = model
        self._min_weight = model.weight_of(LISTED_THRESHOLD)

    def find(self, reading: Reading) -> Iterable[Span]:
        if not reading.word_texts:
            return
        sentence = sentence_of(reading, self._lexicon)
        labels = self._label(sentence, cued_names(reading, sentence))
        letters = single_letters(reading)
        if labels:
            _repeat(sentence, labels)
            _beside(sentence, labels)
            spread(reading, sentence, labels, letters)
            yield from joined(reading, sentence, labels)
        yield from initials(reading, letters)
        yield from spelled_names(reading, letters)
        yield from arabizi_names(reading, self._lexicon)

    def _label(self, sentence: Sentence, cued: dict[int, float]) -> Labels:
        labels: Labels = {place: Labelled("PERSON", score) for place, score in cued.items()}
        for index in candidates(sentence):
            if index in cued:
                continue
            previous = labels.get(index - 1, _NOTHING).label[0]
            weights = self._model.weights(sentence, index, previous)
            if max(weights) >= self._min_weight:
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
    word = lowered(sentence.texts[index])
    if word in _CALENDAR:
        return _CALENDAR_THRESHOLD
    if word in _PLAINLY_NO_NAMES or _stands_in_name_of_institution(sentence, index):
        return CONFIDENT
    if fact.is_common and not fact.is_name:
        return EVERYDAY_THRESHOLD
    has_capital = fact.shape in "TUI"
    if fact.known[0] in _PLACES_ONLY:
        return PLACE_THRESHOLD
    if sentence.style.lower() + fact.shape in _EVIDENT and len(word) > 2:
        if fact.known in _NAMES_ONLY:
            return LISTED_THRESHOLD
        if fact.known in _NAMES_AND_PLACES:
            return LISTED_PLACE_THRESHOLD
    if fact.known[-1] in _COMMON_RANKS:
        return NAME_AND_EVERYDAY_THRESHOLDS[not has_capital]
    if has_capital:
        return PERSON_THRESHOLD
    return WITHOUT_CAPITAL_THRESHOLD if fact.shape == "l" else WITHOUT_CASE_THRESHOLD


def _stands_in_name_of_institution(sentence: Sentence, index: int) -> bool:
    """Whether a school, a hospital or the like is named after the word beside it: Hope Primary School."""
    texts = sentence.texts
    if index > 0 and lowered(texts[index - 1]) in _INSTITUTIONS and sentence.gaps[index] in _BESIDE:
        return True
    return index + 1 < len(texts) and lowered(texts[index + 1]) in _INSTITUTIONS and sentence.gaps[index + 1] in _BESIDE


def _decide(probabilities: tuple[float, float, float], threshold: float) -> Labelled:
    person, place, organisation = probabilities
    advantage = _ADVANTAGES.get(threshold, PLACE_ADVANTAGE)
    if person >= threshold and person * advantage >= place:
        return Labelled("PERSON", person)
    if place >= OTHER_THRESHOLD:
        return Labelled("LOCATION", place)
    if organisation >= OTHER_THRESHOLD:
        return Labelled("ORGANISATION", organisation)
    return _NOTHING


def _beside(sentence: Sentence, labels: Labels) -> None:
    """Label a listed name with a capital right beside a name, everyday word or not: Upendo Kilonzo."""
    if sentence.style.lower() != "n":
        return
    for index in [index for index, label in labels.items() if label.label == "PERSON"]:
        for place, gap in ((index - 1, index), (index + 1, index + 1)):
            is_other = 0 <= place < len(sentence.texts) and labels.get(place, _NOTHING).label != "PERSON"
            if is_other and sentence.gaps[gap] == " ":
                fact = sentence.facts[place]
                if fact.is_name and fact.shape == "T" and fact.known[-1] != _VERY_COMMON:
                    labels[place] = labels[index]


def _repeat(sentence: Sentence, labels: Labels) -> None:
    """Label the other places where a word stands that was a name with confidence, if it is no everyday word."""
    sure = {
        sentence.texts[index]
        for index, label in labels.items()
        if label.label == "PERSON"
        and label.score >= CONFIDENT
        and not sentence.facts[index].is_common
        and len(sentence.texts[index]) >= _MIN_REPEATED_LENGTH
    }
    if not sure:
        return
    for index, text in enumerate(sentence.texts):
        if text in sure and labels.get(index, _NOTHING).label != "PERSON":
            labels[index] = Labelled("PERSON", CONFIDENT)
