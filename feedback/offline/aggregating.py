"""Summarise many records as counted themes, and merge such summaries of parts."""

import re
from collections import Counter
from collections.abc import Sequence

from inference.offline.wording import said, signature, without_own_words
from inference.text.ranking import centrality, vectors
from inference.text.reading import mostly_known, read_text, whole_language
from inference.text.sentences import shortened
from inference.text.themes import MAX_THEMES, Theme, raised_in, themes_of

MIN_TITLE_WORDS, MAX_TITLE_WORDS = 3, 4
MAX_MERGED_LINES = 10
MAX_LINE_LENGTH = 160

_BULLET = re.compile(r"^\s*-\s+(.+?)\s*$", re.MULTILINE)
_COUNTED = re.compile(r"^(.+) \(\D*(\d+)\D+(\d+)\D*\)$")


def aggregate_answer(records: Sequence[str], language: str | None) -> dict[str, object]:
    """Return the themes as bullets, with the number of records that raise them.

    language: the language of the engine's phrases; None for that of the majority of records.
    """
    raised = raised_in([read_text(record) for record in records])
    themes = themes_of(raised)
    spoken = language or raised.language
    bullets = [f"- {counted(theme.words, theme.count, len(records), spoken)}" for theme in themes]
    signed = signature("themes", spoken, is_known=raised.is_known_language)
    return _answer(_title_words([theme.words for theme in themes]), bullets, signed)


def merged_answer(parts: Sequence[str], language: str | None) -> dict[str, object]:
    """Add up the counts of themes over the parts, or return the most central lines if there are no counts."""
    read = [read_text(without_own_words(part)) for part in parts]
    spoken = language or whole_language(read)
    signed = signature("themes", spoken, is_known=mostly_known(read))
    lines = [_BULLET.findall(without_own_words(part)) for part in parts]
    counts = _counted_words(lines)
    if not counts:
        return _merged_lines([line for part in lines for line in part] or list(parts), signed)
    total = sum(max((int(found[3]) for line in part if (found := _COUNTED.match(line))), default=0) for part in lines)
    themes = counts.most_common(MAX_THEMES)
    names = _names(lines)
    bullets = [f"- {counted(names[word], min(count, total), total, spoken)}" for word, count in themes]
    return _answer(_title_words([names[leading] for leading, _ in themes]), bullets, signed)


def counted(words: Sequence[str], count: int, total: int, language: str) -> str:
    """Write a theme: `water point, queue (14 of 60 records)`."""
    return said("theme_count", language).format(terms=", ".join(words), count=count, total=total)


def theme_lines(themes: Sequence[Theme], total: int, language: str) -> list[str]:
    return [f"- {counted(theme.words, theme.count, total, language)}" for theme in themes]


def _title_words(themes: Sequence[Sequence[str]]) -> list[str]:
    """Return the first words of the themes, or all their words if the first ones are too few for a title."""
    leading = [words[0] for words in themes]
    return leading if len(leading) >= MIN_TITLE_WORDS else [word for words in themes for word in words]


def _answer(words: Sequence[str], bullets: Sequence[str], signed: str) -> dict[str, object]:
    title = ", ".join(list(dict.fromkeys(words))[:MAX_TITLE_WORDS]) or "–"
    return {
        "title": title[:1].upper() + title[1:],
        "summary": "\n".join([*(bullets or ["- –"]), signed]),
    }


def _counted_words(parts: Sequence[Sequence[str]]) -> Counter[str]:
    """Count records by leading word over all parts."""
    counts: Counter[str] = Counter()
    for line in (line for part in parts for line in part):
        if found := _COUNTED.match(line):
            counts[found[1].split(", ")[0]] += int(found[2])
    return counts


def _names(parts: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Return the words of the first theme by leading word."""
    names: dict[str, list[str]] = {}
    for line in (line for part in parts for line in part):
        if found := _COUNTED.match(line):
            words = found[1].split(", ")
            names.setdefault(words[0], words)
    return names


def _merged_lines(lines: Sequence[str], signed: str) -> dict[str, object]:
    read = [read_text(line) for line in lines]
    scores = centrality(vectors([text.terms for text in read]))
    best = sorted(range(len(lines)), key=lambda place: (-scores[place], place))[:MAX_MERGED_LINES]
    words = Counter(term for text in read for term in set(text.terms))
    surfaces = {text.terms[0]: text.words for text in read if text.terms}
    leading = [word for word, _ in words.most_common(MAX_TITLE_WORDS) if word in surfaces]
    return _answer(leading, [f"- {shortened(lines[place], MAX_LINE_LENGTH)}" for place in best], signed)
