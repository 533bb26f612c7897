"""Summarise one record by its most informative sentences, in their order, without repetition.

A sentence scores by the terms that it shares with others, its number of terms, an early position and a request; it
scores less if it is mainly placeholders. The title is the run of three to five words with the highest weight.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inference.offline.wording import said, signed
from inference.text.languages import carries_nothing
from inference.text.note_taking import note_words
from inference.text.ranking import centrality, similarity, vectors
from inference.text.reading import ReadText, read_text
from inference.text.sentences import sentences, shortened
from inference.text.words import PLACEHOLDER, folded_parts, found_words, stem

MAX_BULLETS = 5
MAX_CANDIDATES = 150
TOO_ALIKE = 0.6
MAX_BULLET_LENGTH = 200
MIN_TITLE_WORDS, MAX_TITLE_WORDS = 3, 5
ENOUGH_TERMS = 8
EDGE_BONUS, END_BONUS = 0.3, 0.4


@dataclass(frozen=True)
class _Sentence:
    text: str = field(repr=False)
    terms: tuple[str, ...] = field(repr=False)
    place: int


def summary_answer(record: str) -> dict[str, object]:
    """Return a title and bullets, and a last line that names the engine.

    If the summary is not shorter than the record, the last line says that the record is short already.
    """
    text = read_text(record)
    chosen = _chosen(_sentences_of(text))
    bullets = [f"- {shortened(sentence.text, MAX_BULLET_LENGTH)}" for sentence in chosen]
    summary = [*bullets, signed(text, "summary")]
    if len("\n".join(summary)) >= len(record):
        summary.insert(-1, said("short", text.language))
    return {"title": _title(text, [sentence.text for sentence in chosen]), "summary": "\n".join(summary)}


def _sentences_of(text: ReadText) -> list[_Sentence]:
    empty = carries_nothing(text.languages) | note_words(text)
    return [
        _Sentence(written, tuple(_terms(written, empty)), place) for place, written in enumerate(sentences(text.text))
    ]


def _terms(written: str, empty: frozenset[str]) -> list[str]:
    parts = (part for match in found_words(written) for part in folded_parts(match[0]))
    return [stem(part) for part in parts if len(part) > 2 and part not in empty]


def _chosen(candidates: list[_Sentence]) -> list[_Sentence]:
    """Return the best sentences in their order: half of them, at most five, none too similar to another."""
    if len(candidates) > MAX_CANDIDATES:
        fullest = sorted(candidates, key=lambda sentence: (-len(set(sentence.terms)), sentence.place))
        candidates = sorted(fullest[:MAX_CANDIDATES], key=lambda sentence: sentence.place)
    units = vectors([sentence.terms for sentence in candidates])
    scores = _scores(candidates, units)
    wanted = min(MAX_BULLETS, max(2, (len(candidates) + 1) // 2))
    picked: list[int] = []
    for index in sorted(range(len(candidates)), key=lambda index: (-scores[index], index)):
        if len(picked) < wanted and all(similarity(units[index], units[other]) < TOO_ALIKE for other in picked):
            picked.append(index)
    return [candidates[index] for index in sorted(picked)]


def _scores(candidates: Sequence[_Sentence], units: Sequence[Mapping[str, float]]) -> list[float]:
    central = centrality(units)
    return [
        (0.4 * central[index] + 0.4 * _fullness(sentence) + 0.2 * (1 - index / len(candidates)) + 0.3 * _asks(sentence))
        * (1 - 0.6 * _placeholder_share(sentence))
        for index, sentence in enumerate(candidates)
    ]


def _fullness(sentence: _Sentence) -> float:
    return min(len(set(sentence.terms)) / ENOUGH_TERMS, 1.0)


def _asks(sentence: _Sentence) -> bool:
    return sentence.text.rstrip("\"'»”").endswith(("?", "؟", "？"))


def _placeholder_share(sentence: _Sentence) -> float:
    placeholders = len(PLACEHOLDER.findall(sentence.text))
    return 2 * placeholders / (2 * placeholders + len(sentence.terms)) if placeholders else 0.0


def _title(text: ReadText, chosen: Sequence[str]) -> str:
    """Return the best run of words in the sentences, without punctuation inside or stop words at its ends."""
    weights = Counter(text.terms)
    empty = carries_nothing(text.languages) | note_words(text)
    best, best_score = "", 0.0
    for order, written in enumerate(chosen):
        for run, score in _runs(written, weights, empty):
            if score - 0.01 * order > best_score:
                best, best_score = run, score - 0.01 * order
    if not best:
        best = " ".join([match[0] for match in found_words(text.text)][:MAX_TITLE_WORDS])
    return best[:1].upper() + best[1:]


def _runs(written: str, weights: Mapping[str, int], empty: frozenset[str]) -> list[tuple[str, float]]:
    """Return runs of three to five words with their weights."""
    words = list(found_words(written))
    carrying = [_carried(match[0], weights, empty) for match in words]
    runs = []
    for start in range(len(words)):
        for length in range(MIN_TITLE_WORDS, MAX_TITLE_WORDS + 1):
            end = start + length - 1
            if end >= len(words) or written[words[end - 1].end() : words[end].start()].strip():
                break
            if length == MIN_TITLE_WORDS and written[words[start].end() : words[start + 1].start()].strip():
                break
            if carrying[start] and carrying[end]:
                run = written[words[start].start() : words[end].end()]
                before, after = written[: words[start].start()], written[words[end].end() :]
                edges = EDGE_BONUS * _is_edge(before[-2:]) + END_BONUS * _is_edge(after[:2])
                runs.append((run, sum(carrying[start : end + 1]) - 0.4 * carrying[start : end + 1].count(0.0) + edges))
    return runs


def _is_edge(beside: str) -> bool:
    """Return whether a run is next to punctuation or an end, so that it is likely a complete phrase."""
    return not beside.strip() or not beside.strip()[0].isalnum()


def _carried(word: str, weights: Mapping[str, int], empty: frozenset[str]) -> float:
    parts = [part for part in folded_parts(word) if len(part) > 2 and part not in empty]
    return max((1 + 0.5 * (weights[stem(part)] - 1) for part in parts), default=0.0)
