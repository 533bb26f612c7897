"""The benchmark's own parts: what they count must be right before any figure of theirs is."""

import asyncio
import json
from collections.abc import Mapping

import httpx
import pytest

from bench.load import Plan, is_complete, run, summarise
from bench.measure import Baseline, Condition, Row
from bench.report import Figures, render
from bench.requests import operations
from bench.under_test import running_provider
from tests.support.provider.answers import fitting_answer

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "score": {"type": "number"}}}


def completion(schema: Mapping[str, object]) -> dict[str, object]:
    asked = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return {"model": "scripted", "messages": [{"role": "user", "content": "100 %"}], "response_format": asked}


def test_the_fast_provider_answers_as_the_scripted_one() -> None:
    with running_provider() as provider:
        answer = httpx.post(f"{provider.base_url}/chat/completions", json=completion(SCHEMA)).json()
        assert provider.calls == 1
        assert provider.bodies["answer"]["messages"][0]["content"] == "100 %"
    assert json.loads(answer["choices"][0]["message"]["content"]) == fitting_answer(SCHEMA)
    assert answer["usage"]["prompt_tokens"] > 0


def test_the_load_generator_keeps_its_concurrency_and_counts_each_answer() -> None:
    with running_provider() as provider:
        provider.set_delay(0.05)
        plan = Plan(
            port=int(provider.base_url.split(":")[2].removesuffix("/v1")),
            path="/v1/chat/completions",
            key="unused",
            bodies=[json.dumps(completion(SCHEMA))],
            concurrency=8,
            warm_up_seconds=0.1,
            seconds=1.0,
            pids={"provider": provider.process.pid},
        )
        measured = asyncio.run(run(plan))
    latency = measured.by_status["200"]
    assert latency.p50 == pytest.approx(50, rel=0.5)
    assert latency.count == pytest.approx(8 * 1.0 / (latency.p50 / 1000), rel=0.25)
    assert measured.dropped_connections == 0


def test_percentiles_are_of_the_nearest_rank() -> None:
    latency = summarise([float(number) for number in range(100, 0, -1)])
    assert (latency.count, latency.p50, latency.p95, latency.most) == (100, 50.0, 95.0, 100.0)


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", False),
        (b"HTTP/1.1 200 OK\r\nContent-Le", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True),
    ],
)
def test_an_answer_is_whole_when_its_length_says_so(answer: bytes, whole: bool) -> None:
    assert is_complete(answer) is whole


def test_every_operation_has_demo_records_to_send() -> None:
    for operation in operations():
        assert len(operation.bodies) > 200
        assert json.loads(operation.bodies[0])["feedback_record"]["content"]


def test_a_missed_aim_is_printed_as_missed() -> None:
    latency = summarise([500.0])
    busy = Condition(0.0, 32)
    cpu = {"web": 20.0, "provider": 0.1, "generator": 0.1}
    figures = Figures("make bench", 0.1, 2, 9.0, {"web": [250.0, 250.0], "job": [100.0], "forked from": [90.0]})
    figures.rows = [Row("detect-sensitive", busy, 90.0, 1, latency, 0, 0, cpu)]
    figures.baselines = [Baseline("litellm", busy, 2, 300.0, latency, 4.0)]
    page = render(figures)
    assert "| one call, 32 clients: at least 1.0 of the rate of bare `litellm.completion` | 0.30 | **no** |" in page
    assert (
        "| one call, 32 clients: web CPU below that of bare `litellm.completion` | 5.00 of its 4.0 ms | **no** |"
        in page
    )
    assert "| one call, 32 clients: web CPU at most 7 ms | 20.0 ms | **no** |" in page
    assert "| ready in 4 s | 9.0 s | **no** |" in page
    assert "| web processes and a job worker together at most 450 MB (PSS) | 600 MB | **no** |" in page


def test_an_aim_without_a_figure_is_not_in_the_table() -> None:
    page = render(Figures("make bench", 0.1, 2, 3.0, {"web": [50.0], "job": [50.0], "forked from": [50.0]}))
    assert "| ready in 4 s | 3.0 s | yes |" in page
    assert "of the rate of bare" not in page
