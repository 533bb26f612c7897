"""What coding costs and how good coding by words is: `python -m bench.coding`. The figures are kept in docs/coding.md.

Cost is counted at the scripted provider, which models prefix caching in steps of 128 tokens. The framework and the
quotes are those of ../shared/data; without them the demo's framework is used and quality is not measured.
"""

import argparse
import json
import math
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.under_test import manage
from coding.formats.files import read_file
from coding.formats.json_shapes import as_nodes
from coding.lexical import LexicalCoder
from coding.tree import PlacedCode, Tree, leaves
from tests.provider import ScriptedProvider, Usage, serving
from tests.web_server import REPOSITORY, running_server

SHARED = REPOSITORY.parent / "shared" / "data"
FRAMEWORK = SHARED / "coding_framework_trees" / "ifrc_covid19.dev.json"
QUOTES = SHARED / "ifrc_covid_examples" / "quotes.jsonl"
DEMO = REPOSITORY / "coding" / "demo" / "framework.json"
RECORDS = REPOSITORY / "feedback" / "demo" / "records.jsonl"

OUTPUT_PRICE = 4.0
CACHED_PRICES = (0.1, 0.25, 0.5)
LATENCY_SECONDS = 1.0
CLIENTS = 8
WAYS: dict[str, dict[str, Any]] = {
    "level_by_level, with its judges": {"strategy": "level_by_level"},
    "one_shot": {"strategy": "one_shot", "judge": False},
    "one_shot with judge": {"strategy": "one_shot", "judge": True},
}


@dataclass(frozen=True)
class Cost:
    """Of one record, on average. coding_cached: share of the coding calls' prompt tokens that were cached."""

    calls: float
    input_tokens: float
    cached_tokens: float
    output_tokens: float
    coding_cached: float
    latencies: float

    def paid(self, cached_price: float) -> float:
        """In prices of a plain input token."""
        plain = self.input_tokens - self.cached_tokens
        return plain + cached_price * self.cached_tokens + OUTPUT_PRICE * self.output_tokens


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure coding; see docs/coding.md.")
    parser.add_argument("--records", type=int, default=1000, help="how many records are coded in each way")
    count = parser.parse_args().records
    file = FRAMEWORK if FRAMEWORK.exists() else DEMO
    tree = read_file(file.name, file.read_bytes()).tree
    print(f"{len(leaves(tree))} codes of {file.name}, {count} records\n")
    print_costs(dict(measure_costs(tree, count)))
    if QUOTES.exists():
        print_quality(tree)


def measure_costs(tree: Tree, count: int) -> Iterator[tuple[str, Cost]]:
    texts = [json.loads(line)["content"] for line in RECORDS.read_text().splitlines()]
    texts = [text for text in texts if text.strip()]
    with running_api(tree) as (provider, body, client):
        for way, choice in WAYS.items():
            yield (
                way,
                measure_cost(provider, client, body | choice, [texts[number % len(texts)] for number in range(count)]),
            )


@contextmanager
def running_api(tree: Tree) -> Iterator[tuple[ScriptedProvider, dict[str, Any], httpx.Client]]:
    """A server with the framework stored and published, and the body that names it."""
    with serving(ScriptedProvider()) as provider, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environment = {
            "QFA_HOME": home,
            "LLM_MODEL": "openai/scripted",
            "LLM_API_BASE": provider.base_url,
            "LLM_API_KEY": "sk-scripted",
            "WEB_CONCURRENCY": "1",
            "WORKERS": "0",
        }
        manage(environment, "migrate", "--verbosity=0")
        manage(environment, "create_tenant", "bench", "--name", "Bench")
        key = manage(environment, "create_api_key", "bench", "--name", "load").splitlines()[-1].strip()
        with running_server(environment, log_path=Path(home) / "server.log") as server:
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=server.base_url, headers=headers, timeout=120, trust_env=False) as client:
                made = client.post("/v1/frameworks", json={"name": "Bench", "root_codes": as_nodes(tree)})
                framework_id = made.raise_for_status().json()["framework_id"]
                client.post(f"/v1/frameworks/{framework_id}/versions/1/publish").raise_for_status()
                yield provider, {"framework_id": framework_id}, client


def measure_cost(provider: ScriptedProvider, client: httpx.Client, body: dict[str, Any], texts: Sequence[str]) -> Cost:
    def code(text: str) -> None:
        record = {"id": "r", "content": text}
        client.post("/v1/assign-codes", json=body | {"feedback_record": record}).raise_for_status()

    provider.reset()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(code, texts))
    requests = provider.requests
    usages = [request.usage for request in requests if request.usage]
    coding = [each.usage for each in requests if each.usage and {"codes", "selected"} & each.asked_properties]
    provider.reset()
    provider.delay_seconds = LATENCY_SECONDS
    started = time.perf_counter()
    code(texts[0])
    seconds = time.perf_counter() - started
    return Cost(
        calls=len(usages) / len(texts),
        input_tokens=sum(each.input_tokens for each in usages) / len(texts),
        cached_tokens=sum(each.cached_tokens for each in usages) / len(texts),
        output_tokens=sum(each.output_tokens for each in usages) / len(texts),
        coding_cached=cached_share(coding),
        latencies=seconds / LATENCY_SECONDS,
    )


def cached_share(usages: Sequence[Usage]) -> float:
    return sum(each.cached_tokens for each in usages) / max(1, sum(each.input_tokens for each in usages))


def print_costs(costs: dict[str, Cost]) -> None:
    prices = " | ".join(f"paid at {price:.0%}" for price in CACHED_PRICES)
    print(f"| way | calls a record | input | of it cached | output | coding calls cached | {prices} | latencies |")
    print("|---|---|---|---|---|---|" + "---|" * len(CACHED_PRICES) + "---|")
    reference = next(iter(costs.values()))
    for way, cost in costs.items():
        paid = " | ".join(f"{cost.paid(price) / reference.paid(price):.2f}" for price in CACHED_PRICES)
        print(
            f"| {way} | {cost.calls:.2f} | {cost.input_tokens:.0f} | {cost.cached_tokens:.0f}"
            f" | {cost.output_tokens:.0f} | {cost.coding_cached:.1%} | {paid} | {cost.latencies:.2f} |"
        )
    print()


def print_quality(tree: Tree) -> None:
    """Rank all codes for each quote as if it were not among the framework's examples."""
    quotes = [json.loads(line) for line in QUOTES.read_text().splitlines()]
    coder = LexicalCoder(tree)
    by_id = {placed.code.id: placed for placed in coder.codes}

    def by_words(quote: dict[str, Any]) -> Sequence[PlacedCode]:
        return [each.placed for each in coder.rank(quote["text"], is_example_of=by_id[quote["code_id"]])]

    ways: dict[str, Callable[[dict[str, Any]], Sequence[PlacedCode]]] = {
        "plain TF-IDF, nearest description": nearest(coder.codes, lambda placed: placed.code.definition),
        "plain TF-IDF, nearest name and description": nearest(
            coder.codes, lambda placed: f"{placed.code.name} {placed.code.definition}"
        ),
        "the offline coder": by_words,
    }
    print(f"| way, {len(quotes)} quotes | right code first | in the first five | type macro-F1 | ms a quote |")
    print("|---|---|---|---|---|")
    for way, rank in ways.items():
        started = time.perf_counter()
        ranked = [rank(quote) for quote in quotes]
        milliseconds = (time.perf_counter() - started) / len(quotes) * 1000
        places = [
            [each.code.id for each in row].index(quote["code_id"]) for row, quote in zip(ranked, quotes, strict=True)
        ]
        types = [(quote["type"], row[0].path[0].name) for row, quote in zip(ranked, quotes, strict=True)]
        first, five = (sum(place < limit for place in places) / len(quotes) for limit in (1, 5))
        print(f"| {way} | {first:.1%} | {five:.1%} | {macro_f1(types):.2f} | {milliseconds:.1f} |")


def nearest(
    codes: Sequence[PlacedCode], text_of: Callable[[PlacedCode], str]
) -> Callable[[dict[str, Any]], Sequence[PlacedCode]]:
    """The baseline: cosine of word TF-IDF, smoothed as is usual: log((1 + n) / (1 + df)) + 1."""
    texts = [Counter(words(text_of(placed))) for placed in codes]
    spread = Counter(word for counted in texts for word in counted)
    rarity = {word: math.log((1 + len(texts)) / (1 + count)) + 1 for word, count in spread.items()}
    vectors = [unit({word: count * rarity[word] for word, count in counted.items()}) for counted in texts]

    def rank(quote: dict[str, Any]) -> Sequence[PlacedCode]:
        counted = Counter(word for word in words(quote["text"]) if word in rarity)
        vector = unit({word: count * rarity[word] for word, count in counted.items()})
        scores = [sum(weight * other.get(word, 0.0) for word, weight in vector.items()) for other in vectors]
        order = sorted(range(len(codes)), key=lambda index: -scores[index])
        return [codes[index] for index in order]

    return rank


def words(text: str) -> list[str]:
    return re.findall(r"\b\w\w+\b", text.lower())


def unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {word: weight / length for word, weight in vector.items()}


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean over the true classes of F1. pairs: true, predicted."""
    scores = []
    for label in {true for true, _ in pairs}:
        hits = sum(true == label == predicted for true, predicted in pairs)
        missed = sum(true == label != predicted for true, predicted in pairs)
        wrong = sum(predicted == label != true for true, predicted in pairs)
        scores.append(2 * hits / (2 * hits + missed + wrong))
    return sum(scores) / len(scores)


if __name__ == "__main__":
    main()
