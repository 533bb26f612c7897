"""The benchmark's own parts: what they count must be right before any figure of theirs is."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from bench.__main__ import PARTS
from bench.baseline import BaselinePlan
from bench.load import Plan, is_complete, run, summarise
from bench.measure import Baseline, Condition, Row
from bench.one_call import _aims
from bench.page import PAGE, Aim, Section, render, write_section
from bench.requests import Operation, operations
from bench.rounds import BARE_HEADS, OPERATION_HEADS, Round, Rounds, take_turns
from bench.under_test import System, running_provider
from tests.support.provider.answers import fitting_answer
from tests.support.web_server import REPOSITORY, WebServer

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


def rounds_of(condition: Condition, *turns: tuple[float, float, float]) -> Rounds:
    """Turns of one condition: requests and calls per second, and the web processes' milliseconds of a request."""
    latency = summarise([500.0])
    return Rounds(
        condition,
        [
            Round(
                {"detect-sensitive": Row("detect-sensitive", condition, rate, 1, latency, 0, 0, {"web": cpu_ms})},
                {"litellm": Baseline("litellm", condition, 2, bare_rate, latency, 4.0)},
            )
            for rate, bare_rate, cpu_ms in turns
        ],
    )


def test_a_share_is_the_median_of_the_turns_shares() -> None:
    measured = rounds_of(Condition(0.0, 32), (90.0, 300.0, 20.0), (100.0, 80.0, 3.0), (100.0, 200.0, 20.0))
    assert list(_aims(measured)) == [
        Aim("32 clients: at least 1.0 of the rate of bare `litellm.completion`", "0.50 (0.30 to 1.25)", False),
        Aim("32 clients: web CPU below that of bare `litellm.completion`", "5.00 of its 4.0 ms", False),
        Aim("32 clients: web CPU at most 7 ms", "20.0 ms", False),
    ]


def test_callers_and_operations_take_turns() -> None:
    """The provider stands in for the server too: it answers every path."""
    operation = Operation("echo", "/v1/chat/completions", "choices", [json.dumps(completion(SCHEMA))])
    with running_provider() as provider:
        base_url, pid = provider.base_url.removesuffix("/v1"), provider.process.pid
        server = WebServer(base_url, provider.process, Path(os.devnull))  # type: ignore[arg-type]  # never stopped
        system = System(server, provider, "unused", [pid], 1, None)
        condition = Condition(0.0, 2)
        measured = take_turns(system, [operation], condition, rounds=2, seconds=0.3, libraries=["httpx"])
    assert [list(one.rows) + list(one.baselines) for one in measured.rounds] == [["echo", "httpx"]] * 2
    assert all(one.rows["echo"].calls_per_request == 1 for one in measured.rounds)
    assert measured.median(lambda one: one.rows["echo"].requests_per_second) > 0
    assert len(measured.bare_cells("httpx")) == len(BARE_HEADS.split("|"))


def test_a_row_has_a_cell_for_every_head() -> None:
    measured = rounds_of(Condition(0.0, 32), (90.0, 300.0, 20.0))
    cells = measured.cells(lambda one: one.rows["detect-sensitive"])
    assert dict(zip(OPERATION_HEADS.split("|"), cells, strict=True))["of litellm"] == "0.30"


def test_a_missed_aim_is_printed_as_missed() -> None:
    text = render(Section("Start", aims=[Aim("ready in 4 s", "9.0 s", False)]), "python -m bench.start", 0.1)
    assert "| ready in 4 s | 9.0 s | **no** |" in text


def test_a_part_writes_its_own_section_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- a -->\nold\n<!-- end of a -->\n<!-- b -->\nstays\n<!-- end of b -->\n")
    write_section(page, "a", r"new \1")
    assert page.read_text() == ("<!-- a -->\n\nnew \\1\n<!-- end of a -->\n<!-- b -->\nstays\n<!-- end of b -->\n")


def test_every_part_has_its_section_in_the_page() -> None:
    for part in PARTS:
        name = part.__name__.removeprefix("bench.")
        assert f"<!-- {name} -->" in PAGE.read_text(), name


def test_a_bare_caller_measures_one_round_for_every_line() -> None:
    with running_provider() as provider:
        plan = BaselinePlan("httpx", provider.base_url, completion(SCHEMA), 2, warm_up_seconds=0.1, seconds=0.3)
        command = [sys.executable, "-m", "bench.baseline"]
        asked = json.dumps(asdict(plan)) + "\ngo\ngo\n"
        done = subprocess.run(command, cwd=REPOSITORY, input=asked, capture_output=True, text=True, check=True)
    ready, *rounds = done.stdout.splitlines()
    assert ready == "ready"
    assert [bool(json.loads(one)["milliseconds"]) for one in rounds] == [True, True]
