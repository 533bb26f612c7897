"""Measure embeddings on development data: `python -m bench.meaning`.

Coding by words beside coding by words and meaning, per language, and retrieval across languages. The vectors of a run
are stored in a folder, because a token takes a millisecond: `--vectors FOLDER`.
"""

import argparse
import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
django.setup()

import numpy as np  # noqa: E402 - the number of threads is read at the import
from sklearn.metrics import adjusted_mutual_info_score  # noqa: E402

from bench.coding_quality import QUOTES, SHARED  # noqa: E402
from coding.frameworks.clusters import clustered_by_meaning  # noqa: E402
from coding.frameworks.formats.registry import read_file  # noqa: E402
from coding.frameworks.tree import PlacedCode, Tree, build_tree, leaves, walk  # noqa: E402
from coding.strategies.code_vectors import CodeTexts, CodeVectors  # noqa: E402
from coding.strategies.meaning_coder import MeaningCoder  # noqa: E402
from coding.strategies.offline_coder import OfflineCoder  # noqa: E402
from inference.embeddings.embedder import TextKind, Vectors  # noqa: E402
from inference.embeddings.local import local_embedder  # noqa: E402
from inference.embeddings.weights import SHA256  # noqa: E402
from tests.support.offline_texts import DEMO, ROOT  # noqa: E402

TEXTS_AT_ONCE = 64
DEMO_FRAMEWORK = ROOT / "coding" / "demo" / "framework.json"
IFRC_FRAMEWORK = SHARED / "coding_framework_trees" / "ifrc_covid19.dev.json"
RETRIEVAL = SHARED / "xquad_retrieval"
PAIRS = (("es", "en"), ("ar", "en"), ("ru", "en"), ("en", "ar"), ("ar", "ar"), ("ru", "ru"), ("tr", "tr"))
CONTEXT_LENGTH = 10


class StoredVectors:
    """Embeds texts with the local model, and stores what it embedded in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def of(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        key = hashlib.sha256(repr((SHA256, kind, list(texts))).encode(errors="surrogatepass")).hexdigest()
        file = self._folder / f"{key[:24]}.npy"
        if not file.exists():
            np.save(file, self._embedded(texts, kind))
        vectors: Vectors = np.load(file)
        return vectors

    def _embedded(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        parts = [
            local_embedder().embed(texts[start : start + TEXTS_AT_ONCE], kind, timeout_seconds=600).vectors
            for start in range(0, len(texts), TEXTS_AT_ONCE)
        ]
        return np.concatenate([np.zeros((0, 384), np.float32), *parts])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure embeddings on development data; see docs/offline.md.")
    parser.add_argument("--vectors", type=Path, help="folder for the vectors of this and later runs")
    with tempfile.TemporaryDirectory() as temporary:
        stored = StoredVectors(parser.parse_args().vectors or Path(temporary))
        demo = [record for record in DEMO if record["code"]]
        tree = _tree(DEMO_FRAMEWORK)
        print(f"Coding of the demo's {len(demo)} records, {len(OfflineCoder(tree).codes)} codes\n")
        print("\n".join(coding_table(stored, tree, demo)))
        print("\nThe same, codes without examples\n")
        print("\n".join(coding_table(stored, _without_examples(tree), demo)))
        if QUOTES.exists():
            quotes = [json.loads(line) for line in QUOTES.read_text(encoding="utf-8").splitlines()]
            print(f"\nCoding of {len(quotes)} quotes of the IFRC, each left out of the examples\n")
            print("\n".join(coding_table(stored, _tree(IFRC_FRAMEWORK), [_as_record(quote) for quote in quotes])))
        print("\nAgreement of groups of the demo's records with its categories, adjusted mutual information\n")
        print("\n".join(clusters_table(stored, tree, demo)))
        if RETRIEVAL.exists():
            print("\nRetrieval of paragraphs in one language for questions in another, nDCG@10\n")
            print("\n".join(retrieval_table(stored)))


def coding_table(stored: StoredVectors, tree: Tree, records: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the shares of records whose code comes first and among the first five, by words and with meaning."""
    coder = OfflineCoder(tree)
    by_id = {placed.code.id: placed for placed in coder.codes}
    texts = [record["content"] for record in records]
    vectors = dict(zip(texts, stored.of(texts, TextKind.QUERY), strict=True))
    by_meaning = MeaningCoder(coder, _code_vectors(stored, coder.codes), vectors)
    hits: dict[str, list[tuple[bool, ...]]] = defaultdict(list)
    for record in records:
        right = by_id[record["code"]]
        is_example_of = right if record["content"] in right.code.examples else None
        places = [
            next(
                place
                for place, code in enumerate(ranking.rank(record["content"], is_example_of=is_example_of))
                if code.placed is right
            )
            for ranking in (coder, by_meaning)
        ]
        for language in ("all", record["language"]):
            hits[language].append(tuple(place < limit for place in places for limit in (1, 5)))
    yield "| language | records | by words: code first | in five | with meaning: code first | in five |"
    yield "|---|---|---|---|---|---|"
    for language, rows in hits.items():
        yield f"| {language} | {len(rows)} | " + " | ".join(f"{share:.2f}" for share in np.mean(rows, axis=0)) + " |"


def clusters_table(stored: StoredVectors, tree: Tree, records: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the agreement of groups by words and by meaning with the second level of a framework."""
    categories = {placed.code.id: " > ".join(placed.names[:2]) for placed in leaves(tree)}
    texts, right = ([record[name] for record in records] for name in ("content", "code"))
    vectors = dict(zip(texts, stored.of(texts, TextKind.QUERY), strict=True))
    yield "| groups | number | agreement |"
    yield "|---|---|---|"
    for name, known in (("by shared words", {}), ("by meaning", vectors)):
        clusters = clustered_by_meaning(texts, known)
        places = {place: number for number, cluster in enumerate(clusters) for place in cluster.members}
        labels = [places[place] for place in range(len(texts))]
        agreement = adjusted_mutual_info_score([categories[code] for code in right], labels)
        yield f"| {name} | {len(clusters)} | {agreement:.2f} |"


def retrieval_table(stored: StoredVectors) -> Iterator[str]:
    """Yield nDCG@10 by the cosine of the vectors alone."""
    passages, questions = (
        [json.loads(line) for line in (RETRIEVAL / file).read_text(encoding="utf-8").splitlines()]
        for file in ("corpus.jsonl", "queries.jsonl")
    )
    yield "| question | paragraphs | questions | nDCG@10 |"
    yield "|---|---|---|---|"
    for asked, answered in PAIRS:
        corpus = [passage for passage in passages if passage["lang"] == answered]
        queries = [question for question in questions if question["lang"] == asked]
        cosines = (
            stored.of([question["question"] for question in queries], TextKind.QUERY)
            @ stored.of([passage["text"] for passage in corpus], TextKind.PASSAGE).T
        )
        gains = []
        for row, question in zip(cosines, queries, strict=True):
            found = [corpus[place]["group"] in question["relevant"] for place in np.argsort(-row)[:CONTEXT_LENGTH]]
            gains.append(_ndcg(found))
        yield f"| {asked} | {answered} | {len(queries)} | {np.mean(gains):.2f} |"


def _ndcg(found: Sequence[bool]) -> float:
    """Return nDCG where one passage is relevant (Jarvelin and Kekalainen 2002)."""
    return max((1 / float(np.log2(place + 2)) for place, hit in enumerate(found) if hit), default=0.0)


def _code_vectors(stored: StoredVectors, codes: Sequence[PlacedCode]) -> CodeVectors:
    texts = CodeTexts.of(codes)
    return CodeVectors(
        names=stored.of(texts.names, TextKind.PASSAGE),
        descriptions=stored.of(texts.descriptions, TextKind.PASSAGE),
        examples=stored.of(texts.examples, TextKind.QUERY),
        example_of=texts.example_of,
    )


def _as_record(quote: dict[str, Any]) -> dict[str, Any]:
    return {"content": quote["text"], "code": quote["code_id"], "language": "quotes"}


def _without_examples(tree: Tree) -> Tree:
    return build_tree([(placed.level, replace(placed.code, examples=(), children=())) for placed in walk(tree)])


def _tree(file: Path) -> Tree:
    return read_file(file.name, file.read_bytes()).tree


if __name__ == "__main__":
    main()
