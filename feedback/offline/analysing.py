"""Answer an analyst's question with counts of its words in the records, of themes and of periods."""

import re
from collections import defaultdict
from collections.abc import Sequence

from feedback.offline.aggregating import theme_lines
from inference.offline.wording import said, signature
from inference.text.concepts import ACTS, concepts_of
from inference.text.reading import ReadText, read_text
from inference.text.themes import VAGUE, Raised, Theme, raised_in, themes_of
from inference.text.words import stem

MAX_TRENDS = 8
MAX_ON_QUESTION = 5

_CELL = re.compile(r"^(\d{4}-(?:W\d{2}|\d{2}(?:-\d{2})?)) (.+): (\d+)$", re.MULTILINE)


def analysis_answer(question: str, counts: str, records: Sequence[str], language: str | None) -> dict[str, object]:
    """Return lines on the question, main themes, periods, uncertainty, and the engine's signature."""
    raised = raised_in([read_text(record) for record in records])
    spoken = language or raised.language
    on_question = _on_question(read_text(question), raised)
    themes = themes_of(raised)
    parts = [signature("engine", spoken, is_known=raised.is_known_language)]
    if on_question:
        parts.append(_section(said("about_question", spoken), theme_lines(on_question, raised.total, spoken)))
    elif question:
        parts.append(said("no_overlap", spoken))
    parts.append(_section(said("main_themes", spoken), theme_lines(themes, raised.total, spoken) or ["- –"]))
    trends = _trend_lines(counts)
    if trends:
        parts.append(_section(said("by_period", spoken), trends))
    if any(theme.count <= 2 for theme in [*on_question, *themes]):
        parts.append(said("few", spoken))
    return {"analysis": "\n\n".join(parts)}


def _section(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{heading}:", *lines])


def _on_question(question: ReadText, raised: Raised) -> list[Theme]:
    """Return the question's words and concepts that occur in records, the most frequent first."""
    themes: list[Theme] = []
    met = [feature for feature in _asked(question) if raised.holders.get(feature)]
    for feature in sorted(met, key=lambda name: (-len(raised.holders[name]), name)):
        word, places = raised.word_for(feature), raised.holders[feature]
        if all(word not in theme.words for theme in themes):
            themes.append(Theme((word,), frozenset(places)))
    return themes[:MAX_ON_QUESTION]


def _asked(question: ReadText) -> set[str]:
    """Return the question's features without words of asking ("what do people say")."""
    concepts = concepts_of(question)
    of_asking = {
        stem(word)
        for act in ACTS & concepts.keys()
        for start, end in concepts[act]
        for word in question.words[start:end]
    }
    return {f"#{concept}" for concept in concepts if concept not in VAGUE} | (set(question.terms) - of_asking)


def _trend_lines(counts: str) -> list[str]:
    """Return one line per code, the most frequent first: its counts in its first and last period."""
    series: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for period, code, count in _CELL.findall(counts):
        series[code].append((period, int(count)))
    used_most = sorted(series, key=lambda code: (-sum(count for _, count in series[code]), code))
    return [_trend(code, sorted(series[code])) for code in used_most[:MAX_TRENDS]]


def _trend(code: str, cells: Sequence[tuple[str, int]]) -> str:
    (first, before), (last, after) = cells[0], cells[-1]
    total = sum(count for _, count in cells)
    if first == last:
        return f"- {code}: {after} ({last})"
    arrow = "↑" if after > before else "↓" if after < before else "→"
    return f"- {code}: {before} ({first}) {arrow} {after} ({last}), Σ {total}"
