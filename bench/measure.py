"""One row of a table: run the load or a baseline in processes of their own and bring the figures together."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from bench.baseline import BaselinePlan, BaselineResult
from bench.load import Latency, Measurement, Plan, summarise
from bench.requests import Operation
from bench.under_test import System
from tests.support.web_server import REPOSITORY

HIGHEST_STATUS_OF_SUCCESS = 299


@dataclass(frozen=True)
class Condition:
    """The delay of the model and the number of clients."""

    delay_seconds: float
    concurrency: int
    arrive_at_once: bool = False

    @property
    def label(self) -> str:
        together = ", all at once" if self.arrive_at_once else ""
        return f"{self.delay_seconds * 1000:.0f} ms × {self.concurrency}{together}"


@dataclass(frozen=True)
class Row:
    """An operation of the server under a condition. cpu_ms: per answered request, by process tree."""

    operation: str
    condition: Condition
    requests_per_second: float
    calls_per_request: int
    latency: Latency
    refused: int
    dropped_connections: int
    cpu_ms: dict[str, float]

    @property
    def calls_per_second(self) -> float:
        return self.requests_per_second * self.calls_per_request


@dataclass(frozen=True)
class Baseline:
    """A bare caller under a condition: model calls and nothing else."""

    library: str
    condition: Condition
    processes: int
    calls_per_second: float
    latency: Latency
    cpu_ms: float


def calls_of_one_request(system: System, operation: Operation) -> int:
    """Send one request, see that it did its work, and count the model calls it made."""
    before = system.provider.calls
    with system.client() as client:
        headers = {"Content-Type": "application/json"}
        answer = client.post(operation.path, content=operation.bodies[0].encode(), headers=headers)
    assert answer.status_code == 200, f"{operation.path} answers {answer.status_code}: {answer.text}"
    assert operation.expects in answer.json(), f"{operation.path} answers {answer.text}"
    return system.provider.calls - before


def measure_operation(
    system: System, operation: Operation, condition: Condition, *, calls_per_request: int, seconds: float
) -> Row:
    """Load one endpoint. The window is long enough for several requests per client."""
    expected_seconds = condition.delay_seconds * calls_per_request
    measured = run_load(
        Plan(
            port=system.port,
            path=operation.path,
            key=system.key,
            bodies=operation.bodies,
            concurrency=condition.concurrency,
            warm_up_seconds=max(seconds / 5, expected_seconds),
            seconds=max(seconds, 4 * expected_seconds),
            pids=system.pids,
            arrive_within_seconds=0.0 if condition.arrive_at_once else expected_seconds,
        )
    )
    done = [latency for status, latency in measured.by_status.items() if status == "200"]
    assert done, f"no request succeeded: {measured}"
    answered = sum(latency.count for latency in measured.by_status.values())
    return Row(
        operation=operation.name,
        condition=condition,
        requests_per_second=done[0].count / measured.seconds,
        calls_per_request=calls_per_request,
        latency=done[0],
        refused=answered - done[0].count,
        dropped_connections=measured.dropped_connections,
        cpu_ms={name: 1000 * used / done[0].count for name, used in measured.cpu_seconds.items()},
    )


def run_load(plan: Plan) -> Measurement:
    told = _run_module("bench.load", json.dumps(asdict(plan)))
    by_status = {status: Latency(**latency) for status, latency in told.pop("by_status").items()}
    return Measurement(by_status=by_status, **told)


def _run_module(module: str, plan: str) -> dict[str, Any]:
    command = [sys.executable, "-m", module]
    done = subprocess.run(command, cwd=REPOSITORY, input=plan, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{module} failed:\n{done.stderr}"
    return dict(json.loads(done.stdout))


class BareCallers:
    """Warm processes that call the provider with one library, as many as there are web processes and clients."""

    def __init__(self, system: System, library: str, condition: Condition, *, seconds: float) -> None:
        self.library, self.condition = library, condition
        self.processes = min(len(system.web_pids), condition.concurrency)
        self.plan = BaselinePlan(
            library=library,
            base_url=system.provider.base_url,
            completion=next(iter(system.provider.bodies.values())),
            threads=condition.concurrency // self.processes,
            warm_up_seconds=max(seconds / 5, condition.delay_seconds),
            seconds=max(seconds, 4 * condition.delay_seconds),
        )

    def __enter__(self) -> "BareCallers":
        command, pipe = [sys.executable, "-m", "bench.baseline"], subprocess.PIPE
        self._started = [
            subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True) for _ in range(self.processes)
        ]
        self._tell(json.dumps(asdict(self.plan)))
        assert self._answers() == ["ready\n"] * self.processes, f"the {self.library} baseline did not start"
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.kill()
            process.communicate()

    def measure(self) -> Baseline:
        """Measure one round, in all processes at the same time."""
        self._tell("go")
        results = [BaselineResult(**json.loads(answer)) for answer in self._answers()]
        milliseconds = [duration for result in results for duration in result.milliseconds]
        return Baseline(
            library=self.library,
            condition=self.condition,
            processes=self.processes,
            calls_per_second=len(milliseconds) / self.plan.seconds,
            latency=summarise(milliseconds),
            cpu_ms=1000 * sum(result.cpu_seconds for result in results) / len(milliseconds),
        )

    def _tell(self, line: str) -> None:
        for process in self._started:
            assert process.stdin is not None
            process.stdin.write(line + "\n")
            process.stdin.flush()

    def _answers(self) -> list[str]:
        return [process.stdout.readline() for process in self._started if process.stdout is not None]
