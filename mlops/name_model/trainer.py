"""Train the name model on synthetic sentences and write both artefacts."""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.redaction.folding import fold
from inference.redaction.names.lexicon import COMMON_SHIFT, FAMILY, GIVEN, PLACE, RAREST, Lexicon, WordTable
from inference.redaction.names.name_model import LABELS, candidates, features, sentence_of
from inference.redaction.policy import RedactionPolicy
from inference.redaction.reading import Reading
from inference.redaction.word_lists import phrases_in
from mlops.name_model import sources
from mlops.name_model.corpus import Corpus, Example
from mlops.name_model.lexicon_building import Words, half_of, sound_weights

EXAMPLES = 100_000
SEED = 20261121
EPOCHS = 10
_BATCH = 4_000
_RATE = 0.25
_DECAY = 2e-6
_FORGOTTEN_NAMES = 0.4
_TAKEN_FOR_PLACES, _TAKEN_FOR_WORDS = 0.05, 0.09
"""Of all names: forgotten ones below the first are flagged as places, below the second as rare everyday words.

A name in no list may be the name of a town as well: without these the model would learn that a place is never a name.
"""
_FORGOTTEN_PLACES = 0.1
_FORGOTTEN_WORDS = 0.05
_UNKNOWN_LANGUAGE = 0.5
PARTS = 8
"""Parts of the training text; for every part the lexicon forgets other words, for the last one a whole language."""
_MIN_FEATURE_COUNT = 5
_SCALE = 0.02
_MIN_WEIGHT = 10
"""Smaller ones are dropped: they change no figure of the report and cost memory in every process."""
_PHRASE_LISTS = ("name_fields", "nickname_cues", "nickname_tails", "ask_cues", "titles_before", "titles_after")


class TrainingLexicon(Lexicon):
    """A lexicon that forgets some of what it knows, so that the model learns to do without.

    Each word's sound is judged by weights that were not learnt from it.
    """

    def __init__(self, words: Words, cue_words: Iterable[str], part: int) -> None:
        flags = {word: _partly_forgotten(word, bits, part) for word, bits in words.flags.items()}
        super().__init__(WordTable.of(flags), words.sounds, cue_words)
        self._halves = [Lexicon(WordTable.of({}), sound_weights(words.flags, half), ()) for half in (0, 1)]

    def sound(self, word: str) -> float:
        return self._halves[half_of(fold(word))].sound(word)


def _partly_forgotten(word: str, bits: int, part: int) -> int:
    chance = (hash_of(word) * (part + 1) * 2_654_435_761 % 1_000) / 1_000
    if bits & (GIVEN | FAMILY):
        return _forgotten_name(bits, chance) if chance < _FORGOTTEN_NAMES else bits
    share = _UNKNOWN_LANGUAGE if part == PARTS - 1 else _FORGOTTEN_WORDS
    if bits >> COMMON_SHIFT > (part != PARTS - 1) and chance < share:
        return bits & ((1 << COMMON_SHIFT) - 1)
    return bits & ~PLACE if chance < _FORGOTTEN_PLACES else bits


def _forgotten_name(bits: int, chance: float) -> int:
    plain = bits & ~(GIVEN | FAMILY | PLACE)
    if chance < _TAKEN_FOR_PLACES:
        return plain | PLACE
    return RAREST << COMMON_SHIFT if chance < _TAKEN_FOR_WORDS else plain


def hash_of(word: str) -> int:
    """A number for a word, the same in every run."""
    value = 7
    for char in word:
        value = (value * 31 + ord(char)) % 1_000_003
    return value


def cue_words() -> set[str]:
    """Words of our own sentences: the only ones that the model knows by their spelling."""
    counts: Counter[str] = Counter()
    for texts in sources.templates().values():
        for text in texts:
            counts.update(word.text.lower() for word in Reading(_without_slots(text), RedactionPolicy()).words)
    listed = [phrase for name in _PHRASE_LISTS for phrases in phrases_in(name).values() for phrase in phrases]
    counts.update(word.lower() for phrase in listed for word in phrase)
    counts.update(word.lower() for cues in sources.place_cues().values() for cue in cues for word in cue.split())
    return set(counts)


def _without_slots(text: str) -> str:
    for slot in "PFLGONTDWKAZV":
        text = text.replace(f"{{{slot}}}", " 0 ")
    return text


def train(
    words: Words,
    *,
    seed: int = SEED,
    examples: int = EXAMPLES,
    languages: Collection[str] | None = None,
    log: Callable[[str], object] = print,
) -> tuple[dict[str, list[int]], set[str]]:
    """Weights by feature, in steps of 0.02, and the cue words.

    languages: those of the sentences to train on; all of them by default.
    """
    cues = cue_words()
    corpus = Corpus(words, seed, languages)
    index: dict[str, int] = {}
    counts: Counter[int] = Counter()
    rows: list[list[int]] = []
    labels: list[int] = []
    for part in range(PARTS):
        lexicon = TrainingLexicon(words, cues, part)
        for example in corpus.examples(examples // PARTS):
            for names, label in _described(example, lexicon):
                row = [index.setdefault(name, len(index)) for name in names]
                counts.update(row)
                rows.append(row)
                labels.append(LABELS.index(label))
    log(f"{len(rows):,} words to learn from, {len(index):,} features")
    frequent = [name for name, number in index.items() if counts[number] >= _MIN_FEATURE_COUNT]
    renumbered = np.full(len(index) + 1, len(frequent), dtype=np.int32)
    for number, name in enumerate(frequent):
        renumbered[index[name]] = number
    matrix = renumbered[np.array(rows, dtype=np.int32)]
    weights = _fit(matrix, np.array(labels), len(frequent), np.random.default_rng(seed), log=log)
    quantised = np.rint((weights[:, 1:] - weights[:, :1]) / _SCALE).astype(int)
    return {
        name: quantised[number].tolist()
        for number, name in enumerate(frequent)
        if abs(quantised[number]).max() >= _MIN_WEIGHT
    }, cues


def _described(example: Example, lexicon: Lexicon) -> Iterable[tuple[list[str], str]]:
    reading = Reading(example.text, RedactionPolicy())
    sentence = sentence_of(reading, lexicon)
    possible = set(candidates(sentence))
    previous = "O"
    for position, word in enumerate(reading.words):
        label = next((label for start, end, label in example.spans if start <= word.start and word.end <= end), "O")
        if position in possible:
            yield features(sentence, position, previous[0]), label
        previous = label


def _fit(
    rows: NDArray[np.int32],
    labels: NDArray[np.int64],
    size: int,
    random: np.random.Generator,
    *,
    log: Callable[[str], object],
) -> NDArray[np.float64]:
    """Softmax regression by AdaGrad; the last row of weights stands for features too rare to keep and stays zero."""
    weights = np.zeros((size + 1, len(LABELS)))
    squares = np.full_like(weights, 1e-6)
    wanted = np.eye(len(LABELS))[labels]
    for epoch in range(EPOCHS):
        loss = 0.0
        for batch in np.array_split(random.permutation(len(rows)), max(1, len(rows) // _BATCH)):
            scores = weights[rows[batch]].sum(axis=1)
            scores -= scores.max(axis=1, keepdims=True)
            odds = np.exp(scores)
            odds /= odds.sum(axis=1, keepdims=True)
            loss -= float(np.log(np.maximum(odds[np.arange(len(batch)), labels[batch]], 1e-12)).sum())
            slope = (odds - wanted[batch]) / len(batch)
            gradient = np.empty_like(weights)
            flat = rows[batch].ravel()
            for column in range(len(LABELS)):
                repeated = np.repeat(slope[:, column], rows.shape[1])
                gradient[:, column] = np.bincount(flat, repeated, minlength=size + 1)
            gradient += _DECAY * weights
            gradient[size] = 0
            squares += gradient**2
            weights -= _RATE * gradient / np.sqrt(squares)
        log(f"epoch {epoch + 1}: loss {loss / len(rows):.4f}")
    return weights


def write(folder: Path, words: Words, weights: dict[str, list[int]], cues: set[str]) -> None:
    """Write lexicon.json.gz and name_model.json.gz, byte for byte the same for the same content."""
    groups: dict[int, list[str]] = {}
    for word, bits in words.flags.items():
        if bits and (word.removesuffix("~").isalpha() or "'" in word):
            groups.setdefault(bits, []).append(word)
    _write(
        folder / "lexicon.json.gz",
        {
            "words": {str(bits): " ".join(sorted(group)) for bits, group in sorted(groups.items())},
            "sounds": words.sounds,
            "cue_words": sorted(cues),
        },
    )
    _write(folder / "name_model.json.gz", {"scale": _SCALE, "weights": dict(sorted(weights.items()))})


def _write(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
