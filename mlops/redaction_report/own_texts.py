"""Measures redaction on texts of one's own: per language and kind, by the default policy first.

A text is a line of JSON: language, text, and spans with start, end (exclusive, in code points) and kind.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inference.redaction.engine import Engine
from inference.redaction.entities import ON_REQUEST
from inference.redaction.policy import RedactionPolicy
from mlops.redaction_report.scores import (
    LabelledText,
    Share,
    Value,
    clean_words,
    lost_words,
    macro_mean,
    missed_values,
    recall,
)
from mlops.redaction_report.tables import percent, table, with_interval

POLICIES = {
    "default policy": RedactionPolicy(),
    "everything asked for": RedactionPolicy(extra_entities=frozenset(ON_REQUEST)),
}


class UnreadableTexts(ValueError):
    """A line is no text of the expected form; the message names the file and the line, never its content."""


def read_texts(path: Path) -> list[LabelledText]:
    """Read a file of labelled texts. Raises UnreadableTexts."""
    texts = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.strip():
            try:
                texts.append(_text(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                message = f"{path}, line {number}: not a text with language, text and spans ({type(error).__name__})"
                raise UnreadableTexts(message) from None
    return texts


def _text(row: dict[str, Any]) -> LabelledText:
    text = str(row["text"])
    values = tuple(Value(int(span["start"]), int(span["end"]), str(span["kind"])) for span in row["spans"])
    if not all(0 <= value.start < value.end <= len(text) for value in values):
        raise ValueError
    return LabelledText(str(row["language"]), text, values)


def tables(engine: Engine, texts: list[LabelledText]) -> Iterator[str]:
    """Recall by language and kind and the share of clean words lost, by policy."""
    for name, policy in POLICIES.items():
        yield f"### {name.capitalize()}"
        yield ""
        yield from _by_language(engine, policy, texts)
        yield ""


def _by_language(engine: Engine, policy: RedactionPolicy, texts: list[LabelledText]) -> Iterator[str]:
    recalled, clean = recall(engine, policy, texts), clean_words(engine, policy, texts)
    kinds = sorted({kind for kind, _ in recalled}, key=lambda kind: (kind != "PERSON", kind))
    languages = sorted({text.language for text in texts})
    by_kind = {
        kind: [recalled[kind, language] for language in languages if (kind, language) in recalled] for kind in kinds
    }
    rows = [
        [language, *(_short(recalled.get((kind, language))) for kind in kinds), percent(clean.get(language, Share()))]
        for language in languages
    ]
    micro = [with_interval(sum(shares, Share())) for shares in by_kind.values()]
    macro = [f"{macro_mean(shares):.3f}" for shares in by_kind.values()]
    rows.append(["all values alike (micro)", *micro, percent(sum(clean.values(), Share()))])
    rows.append(["all languages alike (macro)", *macro, f"{100 * macro_mean(clean.values()):.2f} %"])
    yield from table(["language", *kinds, "clean words lost"], rows)
    every = [share for shares in by_kind.values() for share in shares]
    yield ""
    yield f"All kinds: {with_interval(sum(every, Share()))} micro, {macro_mean(every):.3f} macro."


def _short(share: Share | None) -> str:
    return f"{share.value:.2f} (n {share.n})" if share else "-"


def errors(engine: Engine, texts: list[LabelledText]) -> Iterator[str]:
    """Every value that the default policy misses and every clean word that it takes out, to read."""
    policy = POLICIES["default policy"]
    for text in texts:
        for value in missed_values(engine, policy, text):
            yield f"missed {text.language} {value.kind}: {text.text[value.start : value.end]!r} in {text.text!r}"
        for word in lost_words(engine, policy, text):
            yield f"lost {text.language}: {word!r} in {text.text!r}"
