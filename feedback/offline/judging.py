"""Judge a summary or an analysis by the words that it shares with its source."""

from collections import Counter

from inference.offline.wording import said, signed, without_counts, without_own_words
from inference.text.concepts import concepts_of
from inference.text.reading import ReadText, read_text, records_in

MAX_SOURCE_TERMS = 20
ENOUGH_COVERED = 0.6
MAX_CLEAR_LINE_WORDS = 35
MAX_CLEAR_TEXT_WORDS = 400


def judgement_answer(source: str, candidate: str, metadata: tuple[str, ...] = ()) -> dict[str, object]:
    """Return faithfulness, coverage and clarity from 0 to 1, with a sentence that explains them."""
    of_source = [read_text(text) for text in records_in(source, metadata) or [source]]
    of_candidate = read_text(without_counts(without_own_words(candidate)))
    supported = _supported_share(of_candidate, of_source)
    covered = _covered_share(of_candidate, of_source)
    language = of_candidate.language
    finding = said("judged", language).format(supported=round(100 * supported), covered=round(100 * covered))
    return {
        "faithfulness": round(supported, 2),
        "coverage": round(min(covered / ENOUGH_COVERED, 1.0), 2),
        "clarity": round(_clarity(candidate), 2),
        "explanation": f"{finding} {signed(of_candidate)}",
    }


def scored(title: str, summary: str, record: str) -> float:
    """Return the summariser's score for its own summary, with the weights of the judge's total."""
    judged = judgement_answer(record, f"{title}\n{summary}")
    shares = {name: value for name, value in judged.items() if isinstance(value, float)}
    return round(0.6 * shares["faithfulness"] + 0.3 * shares["coverage"] + 0.1 * shares["clarity"], 2)


def _supported_share(candidate: ReadText, source: list[ReadText]) -> float:
    """Return the share of the candidate's terms that the source has; 1 for a candidate without terms."""
    if not candidate.terms:
        return 1.0
    held = {term for text in source for term in text.terms} | {word for text in source for word in text.words}
    return sum(term in held for term in candidate.terms) / len(candidate.terms)


def _covered_share(candidate: ReadText, source: list[ReadText]) -> float:
    """Return the share of the source's most frequent terms that the candidate has, weighted by number of texts."""
    counts = Counter(term for text in source for term in set(text.terms))
    counts += Counter(f"#{concept}" for text in source for concept in concepts_of(text) if len(source) > 1)
    main = dict(counts.most_common(MAX_SOURCE_TERMS))
    if not main:
        return 1.0
    held = {*candidate.terms, *(f"#{concept}" for concept in concepts_of(candidate))}
    return sum(weight for term, weight in main.items() if term in held) / sum(main.values())


def _clarity(candidate: str) -> float:
    """Return 1 for a short text with short lines, and less for longer ones, with a minimum of 0.2."""
    lengths = [len(line.split()) for line in candidate.splitlines() if line.strip()]
    if not lengths:
        return 0.2
    line = min(MAX_CLEAR_LINE_WORDS / max(lengths), 1.0)
    whole = min(MAX_CLEAR_TEXT_WORDS / sum(lengths), 1.0)
    return max(line * whole, 0.2)
