"""Measure the cost and time of coding at the scripted provider, with cached prefixes in steps of 128 tokens."""

import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.under_test import manage
from coding.frameworks.formats.json_shapes import as_nodes
from coding.frameworks.tree import CodeNode, PlacedCode, Tree, leaves
from coding.strategies.prompt_budget import code_text
from tests.support.provider import RecordedRequest, ScriptedProvider, Usage, serving
from tests.support.provider.answers import USUAL_SCORE
from tests.support.provider.script import CHARS_PER_TOKEN
from tests.support.scripted_coder import options_of, tag
from tests.support.web_server import REPOSITORY, running_server

RECORDS = REPOSITORY / "feedback" / "demo" / "records.jsonl"
OUTPUT_PRICE = 4.0
CACHED_PRICES = (0.1, 0.25, 0.5)
LATENCY_SECONDS = 1.0
TIMED_RECORDS = 3
CLIENTS = 8
WHOLE_TEXTS = 1_000_000
REFERENCE = "level by level with its judges"
CHEAPEST = "the same, always the first option"
ONE_SHOT, JUDGED = "one shot", "one shot with judge"
WITH_DEFINITIONS = "the same, if it sent definitions (counted, not run)"


@dataclass(frozen=True)
class Way:
    """answer: what the model does; None: the first option. tokens_per_code: the setting; None: its default."""

    name: str
    choice: dict[str, Any]
    answer: Callable[[RecordedRequest], Any] | None = None
    tokens_per_code: int | None = None


@dataclass(frozen=True)
class Cost:
    """Of one record, on average. coding_cached: share of the coding calls' prompt tokens that were cached.

    rounds: model calls on the critical path, one after another. latencies: wall clock in model latencies.
    """

    calls: float
    input_tokens: float
    cached_tokens: float
    output_tokens: float
    coding_cached: float
    rounds: int = 0
    latencies: float = 0.0

    def paid(self, cached_price: float) -> float:
        """In prices of a plain input token."""
        plain = self.input_tokens - self.cached_tokens
        return plain + cached_price * self.cached_tokens + OUTPUT_PRICE * self.output_tokens


def _two_branches(request: RecordedRequest) -> Any:
    """Two options on the first level, as a record that says two things gets; the first option further down."""
    if "selected" not in request.asked_properties or tag(request, "path").strip():
        return None
    return {"selected": list(options_of(request).values())[:2]}


def _spread(tree: Tree) -> Callable[[RecordedRequest], Any]:
    """Each record ends at one code, whichever its text falls on, so that all codes are reached about as often.

    A model that finds a code names none that is missing, and a judge that scores high doubts nothing.
    """
    codes = leaves(tree)

    def answer(request: RecordedRequest) -> Any:
        number = zlib.crc32(tag(request, "feedback_record").encode()) % len(codes)
        if "codes" in request.asked_properties:
            sure = [USUAL_SCORE] * codes[number].level
            chosen = {"id": number + 1, "sure": sure, "quote": "A quote.", "why": "A why."}
            return {"codes": [chosen], "missing": ""}
        if "scores" in request.asked_properties:
            return {"scores": [USUAL_SCORE], "doubt": ""}
        return _step_to(codes[number], tree, request) if "selected" in request.asked_properties else None

    return answer


def _step_to(placed: PlacedCode, tree: Tree, request: RecordedRequest) -> Any:
    """The option of the level that a request asks about which leads to a code."""
    path = tag(request, "path")
    level = path.count(" > ") + 1 if path.strip() else 0
    siblings = placed.path[level - 1].children if level else tree
    return {"selected": [next(at for at, node in enumerate(siblings) if node is placed.path[level])]}


def _ways(tree: Tree) -> list[Way]:
    by_level, one_shot = {"strategy": "level_by_level"}, {"strategy": "one_shot", "judge": False}
    judged, spread = one_shot | {"judge": True}, _spread(tree)
    return [
        Way(REFERENCE, by_level, spread),
        Way(CHEAPEST, by_level),
        Way("the same, two options on the first level", by_level, _two_branches),
        Way(ONE_SHOT, one_shot, spread),
        Way(JUDGED, judged, spread),
        Way("one shot, 40 tokens a code", one_shot, spread, tokens_per_code=40),
        Way("one shot with judge, 40 tokens a code", judged, spread, tokens_per_code=40),
        Way("one shot, whole texts", one_shot, spread, tokens_per_code=WHOLE_TEXTS),
    ]


@dataclass
class _Bench:
    """A server with the framework stored and published, and the body that names it."""

    provider: ScriptedProvider
    client: httpx.Client
    body: dict[str, Any] = field(default_factory=dict)


def costs_table(tree: Tree, count: int) -> str:
    """Return the table of all ways, over this number of records per way."""
    return _table(_with_definitions(dict(_measure(tree, count)), tree))


def _table(costs: dict[str, Cost]) -> str:
    prices = " | ".join(f"paid at {price:.0%}" for price in CACHED_PRICES)
    lines = [
        f"| way | calls | input | of it cached | output | coding cached | {prices} | calls in a row | latencies |",
        "|---|---|---|---|---|---|" + "---|" * len(CACHED_PRICES) + "---|---|",
    ]
    reference = costs[REFERENCE]
    for way, cost in costs.items():
        paid = " | ".join(f"{cost.paid(price) / reference.paid(price):.2f}" for price in CACHED_PRICES)
        timed = f"{cost.rounds} | {cost.latencies:.2f}" if cost.rounds else " | "
        lines.append(
            f"| {way} | {cost.calls:.2f} | {cost.input_tokens:.0f} | {cost.cached_tokens:.0f}"
            f" | {cost.output_tokens:.0f} | {cost.coding_cached:.1%} | {paid} | {timed} |"
        )
    return "\n".join(lines)


def _measure(tree: Tree, count: int) -> Iterator[tuple[str, Cost]]:
    contents = [json.loads(line)["content"] for line in RECORDS.read_text().splitlines()]
    texts = [text for text in contents if text.strip()]
    ways = _ways(tree)
    for tokens_per_code in dict.fromkeys(way.tokens_per_code for way in ways):
        with _running(tree, tokens_per_code) as bench:
            for way in ways:
                if way.tokens_per_code == tokens_per_code:
                    yield way.name, _measure_way(bench, way, [texts[number % len(texts)] for number in range(count)])


@contextmanager
def _running(tree: Tree, tokens_per_code: int | None) -> Iterator[_Bench]:
    with serving(ScriptedProvider()) as provider, TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environment = {
            "QFA_HOME": home,
            "LLM_MODEL": "openai/scripted",
            "LLM_API_BASE": provider.base_url,
            "LLM_API_KEY": "sk-scripted",
            "WEB_CONCURRENCY": "1",
            "WORKERS": "0",
        }
        if tokens_per_code is not None:
            environment["CODING_TOKENS_PER_CODE"] = str(tokens_per_code)
        manage(environment, "migrate", "--verbosity=0")
        manage(environment, "create_tenant", "bench", "--name", "Bench")
        key = manage(environment, "create_api_key", "bench", "--name", "load").splitlines()[-1].strip()
        with running_server(environment, log_path=Path(home) / "server.log") as server:
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=server.base_url, headers=headers, timeout=120, trust_env=False) as client:
                made = client.post("/v1/frameworks", json={"name": "Bench", "root_codes": as_nodes(tree)})
                framework_id = made.raise_for_status().json()["framework_id"]
                client.post(f"/v1/frameworks/{framework_id}/versions/1/publish").raise_for_status()
                yield _Bench(provider, client, {"framework_id": framework_id})


def _measure_way(bench: _Bench, way: Way, texts: Sequence[str]) -> Cost:
    """All records several at a time for the tokens, then some alone for the time."""

    def code(text: str) -> None:
        record = {"id": "r", "content": text}
        bench.client.post(
            "/v1/assign-codes", json=bench.body | way.choice | {"feedback_record": record}
        ).raise_for_status()

    bench.provider.reset()
    bench.provider.answer_with(way.answer)
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(code, texts))
    cost = _cost_of(bench.provider.requests, len(texts))
    timings = [_timed(bench.provider, way, code, text) for text in texts[:TIMED_RECORDS]]
    rounds, seconds = sorted(timings, key=lambda timing: timing[1])[len(timings) // 2]
    return replace(cost, rounds=rounds, latencies=seconds / LATENCY_SECONDS)


def _timed(provider: ScriptedProvider, way: Way, code: Callable[[str], None], text: str) -> tuple[int, float]:
    """Code one record at a slow model, and return the number of consecutive calls and the seconds."""
    provider.reset()
    provider.answer_with(way.answer)
    provider.delay_seconds = LATENCY_SECONDS
    started = time.perf_counter()
    code(text)
    seconds = time.perf_counter() - started
    return _rounds(sorted(request.received_at for request in provider.requests)), seconds


def _rounds(arrivals: Sequence[float]) -> int:
    """A call that arrives when the calls before it could have been answered waited for them."""
    rounds, began = 0, float("-inf")
    for arrival in arrivals:
        if arrival - began >= LATENCY_SECONDS:
            rounds, began = rounds + 1, arrival
    return rounds


def _cost_of(requests: Sequence[RecordedRequest], records: int) -> Cost:
    usages = [request.usage for request in requests if request.usage]
    coding = [
        request.usage for request in requests if request.usage and {"codes", "selected"} & request.asked_properties
    ]
    return Cost(
        calls=len(usages) / records,
        input_tokens=sum(usage.input_tokens for usage in usages) / records,
        cached_tokens=sum(usage.cached_tokens for usage in usages) / records,
        output_tokens=sum(usage.output_tokens for usage in usages) / records,
        coding_cached=_cached_share(coding),
    )


def _cached_share(usages: Sequence[Usage]) -> float:
    return sum(usage.cached_tokens for usage in usages) / max(1, sum(usage.input_tokens for usage in usages))


def _with_definitions(costs: dict[str, Cost], tree: Tree) -> dict[str, Cost]:
    """Beside level by level: the same calls if they said what the framework says of options. Counted, not run."""
    codes = leaves(tree)
    further = sum(len(code_text(node)) for placed in codes for node in _asked_about(tree, placed)) / len(codes)
    described = replace(costs[REFERENCE], input_tokens=costs[REFERENCE].input_tokens + further / CHARS_PER_TOKEN)
    names = list(costs)
    names.insert(names.index(REFERENCE) + 1, WITH_DEFINITIONS)
    return {name: costs.get(name, replace(described, rounds=0)) for name in names}


def _asked_about(tree: Tree, placed: PlacedCode) -> Iterator[CodeNode]:
    """Yield the options of all levels on the way to a code, and the options that are judged."""
    yield from tree
    for node in placed.path:
        yield from node.children
    yield from placed.path
