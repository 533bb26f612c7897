"""Measure the quality of coding without a language model, by words and with reviewed records.

By words: the quotes of ../shared/data are ranked against all codes of their framework as if they were not among its
examples. With reviewed records: five-fold over real comments and messages, and scikit-learn in the same run.
"""

import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.svm import LinearSVC

from coding.frameworks.tree import CodeNode, PlacedCode, Tree, leaves
from coding.strategies.labels import LabelWriter
from coding.strategies.learned import Example, LearnedCoder, LearnedCodes
from coding.strategies.lexical_coder import LexicalCoder
from coding.strategies.offline_coder import OfflineCoder
from inference.redaction import RedactionPolicy
from tenants.identifiers import uuid7
from tests.support.provider.script import CHARS_PER_TOKEN
from tests.support.web_server import REPOSITORY

SHARED = REPOSITORY.parent / "shared" / "data"
QUOTES = SHARED / "ifrc_covid_examples" / "quotes.jsonl"
SYNTHETIC = SHARED / "ifrc_covid_synthetic" / "feedback.jsonl"
BUDGETS = (0, 20, 24, 40, None)
FOLDS = 5
HELD_OUT = 500
SIZES = (0, 20, 100, 300, 2_000)

FRAMEWORK_LINE = re.compile(r"^( *)(?:(\d+)\. )?(.*?)(?: \| (.*))?$", re.MULTILINE)

Rank = Callable[[dict[str, Any]], Sequence[PlacedCode]]
Labels = frozenset[str]
Predict = Callable[[Sequence[str]], Sequence[Labels]]


@dataclass(frozen=True)
class LabelledSet:
    """Texts that people labelled, with several labels per text."""

    name: str
    texts: list[str]
    labels: list[Labels]


def labelled_sets() -> Iterator[LabelledSet]:
    """The two sets of ../shared/data, those that are there."""
    for name, file, column in (
        ("nhs_fft_v6", "comments.jsonl", "text"),
        ("disaster_response_messages", "messages.jsonl", "text_en"),
    ):
        path = SHARED / name / file
        if path.exists():
            rows = [json.loads(line) for line in path.read_text().splitlines()]
            yield LabelledSet(name, [row[column] or "" for row in rows], [frozenset(row["labels"]) for row in rows])


def quotes_table(tree: Tree) -> str:
    """Return coding by words and concepts beside plain TF-IDF."""
    quotes = [json.loads(line) for line in QUOTES.read_text().splitlines()]
    coder = LexicalCoder(tree)
    by_id = {placed.code.id: placed for placed in coder.codes}
    offline_coder = OfflineCoder(tree)
    offline_by_id = {placed.code.id: placed for placed in offline_coder.codes}
    ways: dict[str, Rank] = {
        "plain TF-IDF, nearest description": _nearest(coder.codes, lambda code, _: code.definition),
        "plain TF-IDF, nearest name and description": _nearest(
            coder.codes, lambda code, _: f"{code.name} {code.definition}"
        ),
        "plain TF-IDF, nearest name, description and other examples": _nearest(coder.codes, _all_but),
        "by words": lambda quote: [
            option.placed for option in coder.rank(quote["text"], is_example_of=by_id[quote["code_id"]])
        ],
        "the offline coder, by words and concepts": lambda quote: [
            option.placed for option in offline_coder.rank(quote["text"], is_example_of=offline_by_id[quote["code_id"]])
        ],
    }
    lines = [
        f"| way, {len(quotes)} quotes | right code first | in the first five | type macro-F1 | ms a quote |",
        "|---|---|---|---|---|",
    ]
    for way, rank in ways.items():
        started = time.process_time()
        ranked = [rank(quote) for quote in quotes]
        milliseconds = (time.process_time() - started) / len(quotes) * 1000
        places = [
            [placed.code.id for placed in row].index(quote["code_id"])
            for row, quote in zip(ranked, quotes, strict=True)
        ]
        first, five = (sum(place < limit for place in places) / len(quotes) for limit in (1, 5))
        found = [frozenset([row[0].path[0].name]) for row in ranked]
        score = macro_f1([frozenset([quote["type"]]) for quote in quotes], found)
        lines.append(f"| {way} | {first:.1%} | {five:.1%} | {score:.2f} | {milliseconds:.1f} |")
    return "\n".join(lines)


def prefixes_table(tree: Tree) -> str:
    """Count the right codes that survive when one shot's framework is cut, with the offline coder as its reader."""
    rows = [json.loads(line) for line in SYNTHETIC.read_text().splitlines()]
    ids = [placed.code.id for placed in leaves(tree)]
    records = [row for row in rows if row["quality"] == "free_text" and row["code_id"] in ids]
    labels = LabelWriter(RedactionPolicy())
    lines = [f"| tokens a code, {len(records)} records | tokens of the framework | right code first |", "|---|---|---|"]
    for tokens in BUDGETS:
        max_length = None if tokens is None else tokens * CHARS_PER_TOKEN * len(ids)
        written = labels.framework(tree, max_length=max_length)
        coder = OfflineCoder(_as_read(written, ids))
        right = sum(coder.rank(row["text"])[0].placed.code.id == row["code_id"] for row in records)
        name = "whole texts" if tokens is None else tokens or "names alone"
        lines.append(f"| {name} | {len(written) // CHARS_PER_TOKEN} | {right / len(records):.1%} |")
    return "\n".join(lines)


def _as_read(framework: str, ids: Sequence[str]) -> Tree:
    """Return the tree that a prompt's framework tells: one space a level, texts behind names, codes numbered from 1."""
    levels: list[list[CodeNode]] = [[]]
    for indent, number, name, text in reversed(FRAMEWORK_LINE.findall(framework)):
        depth = len(indent)
        levels += [[] for _ in range(depth + 2 - len(levels))]
        children = tuple(reversed(levels[depth + 1]))
        levels[depth + 1] = []
        code_id = ids[int(number) - 1] if number else ""
        levels[depth].append(CodeNode(name=name, id=code_id, definition=text, children=children))
    return tuple(reversed(levels[0]))


def taught_table(sets: Sequence[LabelledSet]) -> str:
    """Five-fold macro-F1 over all labels, beside TF-IDF with linear models."""
    ways: dict[str, Callable[[Sequence[str], Sequence[Labels]], Predict]] = {
        "TF-IDF + linear SVM, balanced (scikit-learn)": _scikit(LinearSVC),
        "TF-IDF + logistic regression, balanced (scikit-learn)": _scikit(LogisticRegression),
        "taught by reviewed records": _taught,
    }
    names = " | ".join(
        f"{labelled.name}, {len(labelled.texts)} texts, {len(_all_labels(labelled))} codes" for labelled in sets
    )
    lines = [f"| way, five-fold macro-F1 | {names} |", "|---|" + "---|" * len(sets)]
    for way, learn in ways.items():
        lines.append(f"| {way} | " + " | ".join(f"{five_fold(labelled, learn):.3f}" for labelled in sets) + " |")
    return "\n".join(lines)


def growth_table(labelled: LabelledSet) -> str:
    """Return how the ranking by code names improves with more reviewed records, on held-out records."""
    labels = _all_labels(labelled)
    tree, ids = _tree_of(labels)
    by_names = OfflineCoder(tree)
    order = random.Random(2).sample(range(len(labelled.texts)), len(labelled.texts))
    held_out, rest = order[:HELD_OUT], order[HELD_OUT:]
    lines = [
        f"| reviewed records, {labelled.name} | a right code first | in the first five |",
        "|---|---|---|",
    ]
    for size in SIZES:
        examples = [
            Example(labelled.texts[at], frozenset(ids[label] for label in labelled.labels[at])) for at in rest[:size]
        ]
        learned = LearnedCodes.of(examples)
        coder = LearnedCoder(by_names, learned) if learned else by_names
        hits = [_first_hit(coder.rank(labelled.texts[at]), labelled.labels[at]) for at in held_out]
        first, five = (sum(place < limit for place in hits) / len(hits) for limit in (1, 5))
        lines.append(f"| {min(size, len(rest)):,} | {first:.1%} | {five:.1%} |")
    return "\n".join(lines)


def five_fold(labelled: LabelledSet, learn: Callable[[Sequence[str], Sequence[Labels]], Predict]) -> float:
    """Macro-F1 over the predictions of all folds together."""
    order = random.Random(1).sample(range(len(labelled.texts)), len(labelled.texts))
    predicted: dict[int, Labels] = {}
    for fold in range(FOLDS):
        tested = order[fold::FOLDS]
        rest = [at for at in order if at not in set(tested)]
        predict = learn([labelled.texts[at] for at in rest], [labelled.labels[at] for at in rest])
        predicted |= dict(zip(tested, predict([labelled.texts[at] for at in tested]), strict=True))
    return macro_f1(labelled.labels, [predicted[at] for at in range(len(labelled.texts))])


def macro_f1(true: Sequence[Labels], found: Sequence[Labels]) -> float:
    """The mean over the true labels of F1."""
    scores = []
    pairs = list(zip(true, found, strict=True))
    for label in frozenset().union(*true):
        hits = sum(label in one and label in other for one, other in pairs)
        missed_or_wrong = sum((label in one) != (label in other) for one, other in pairs)
        scores.append(2 * hits / (2 * hits + missed_or_wrong))
    return sum(scores) / len(scores)


def _taught(texts: Sequence[str], labels: Sequence[Labels]) -> Predict:
    """As the offline strategy decides: the codes that reviewed records speak for."""
    learned = LearnedCodes.of(Example(text, given) for text, given in zip(texts, labels, strict=True))
    if learned is None:
        raise ValueError("nothing to learn from")
    return lambda tested: [
        frozenset(str(code) for code, score in learned.scores(text).items() if score >= 1) for text in tested
    ]


def _scikit(model: type[Any]) -> Callable[[Sequence[str], Sequence[Labels]], Predict]:
    """One model a label over TF-IDF of words, rare labels weighing more: without that both stay under 0.3."""

    def learn(texts: Sequence[str], labels: Sequence[Labels]) -> Predict:
        vectorizer = TfidfVectorizer(sublinear_tf=True)
        binarizer = MultiLabelBinarizer()
        classifier = OneVsRestClassifier(model(class_weight="balanced", max_iter=1_000))
        classifier.fit(vectorizer.fit_transform(texts), binarizer.fit_transform(labels))
        return lambda tested: [
            frozenset(row) for row in binarizer.inverse_transform(classifier.predict(vectorizer.transform(tested)))
        ]

    return learn


def _all_labels(labelled: LabelledSet) -> list[str]:
    return sorted(frozenset().union(*labelled.labels))


def _tree_of(labels: Sequence[str]) -> tuple[Tree, dict[str, object]]:
    """Return labels `Branch/Code` as a framework, with stable ids by label."""
    branches: dict[str, list[CodeNode]] = {}
    for label in labels:
        branch, _, name = label.rpartition("/")
        branches.setdefault(branch or name, []).append(CodeNode(name=name, id=label, stable_id=uuid7()))
    tree = tuple(CodeNode(name=branch, children=tuple(codes)) for branch, codes in branches.items())
    return tree, {code.id: code.stable_id for codes in branches.values() for code in codes}


def _first_hit(ranked: Sequence[Any], labels: Labels) -> int:
    return next(place for place, option in enumerate(ranked) if option.placed.code.id in labels)


def _all_but(code: CodeNode, quote: str) -> str:
    return " ".join([code.name, code.definition, *(example for example in code.examples if example != quote)])


def _nearest(codes: Sequence[PlacedCode], text_of: Callable[[CodeNode, str], str]) -> Rank:
    """The baseline: cosine of word TF-IDF, smoothed as is usual: log((1 + n) / (1 + df)) + 1."""

    def rank(quote: dict[str, Any]) -> Sequence[PlacedCode]:
        texts = [Counter(_words(text_of(placed.code, quote["text"]))) for placed in codes]
        spread = Counter(word for counted in texts for word in counted)
        rarity = {word: math.log((1 + len(texts)) / (1 + count)) + 1 for word, count in spread.items()}
        vector = _unit(Counter(word for word in _words(quote["text"]) if word in rarity), rarity)
        others = [_unit(counted, rarity) for counted in texts]
        scores = [sum(weight * other.get(word, 0.0) for word, weight in vector.items()) for other in others]
        return [codes[index] for index in sorted(range(len(codes)), key=lambda index: -scores[index])]

    return rank


def _words(text: str) -> list[str]:
    return re.findall(r"\b\w\w+\b", text.lower())


def _unit(counted: Counter[str], rarity: dict[str, float]) -> dict[str, float]:
    vector = {word: count * rarity[word] for word, count in counted.items()}
    length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {word: weight / length for word, weight in vector.items()}
