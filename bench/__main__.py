"""Run the benchmarks: `python -m bench`. The full run takes five minutes and writes docs/benchmarks.md."""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.load import Plan
from bench.measure import (
    Condition,
    calls_of_one_request,
    measure_baseline,
    measure_operation,
    run_load,
)
from bench.report import Figures, Shedding, StoredKeys, render
from bench.requests import Operation, operations
from bench.under_test import System, running_provider, running_system
from tests.support.web_server import REPOSITORY

PAGE = REPOSITORY / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Extent:
    """The extent of a measurement. max_operations: the number of operations, in the order of operations()."""

    conditions: list[Condition]
    seconds: float
    stored_keys: int
    max_operations: int
    shedding_delays: tuple[float, ...]


FULL = Extent(
    conditions=[
        Condition(0.0, 1),
        Condition(0.0, 32),
        Condition(0.3, 64),
        Condition(1.0, 64),
        Condition(1.0, 64, arrive_at_once=True),
        Condition(1.0, 128),
    ],
    seconds=4.0,
    stored_keys=1000,
    max_operations=3,
    shedding_delays=(1.0, 4.0),
)
SHORT = Extent(
    [Condition(0.0, 1), Condition(0.0, 32)], seconds=2.0, stored_keys=100, max_operations=2, shedding_delays=(4.0,)
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the server under load; see docs/benchmarks.md.")
    parser.add_argument("--short", action="store_true", help="a minute, printed and not written to the page")
    is_short = parser.parse_args().short
    command = "python -m bench --short" if is_short else "make bench"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="qfa-bench-", ignore_cleanup_errors=True) as home:
        figures = measure(Path(home), SHORT if is_short else FULL, command)
    page = render(figures)
    print(page)
    print(f"({time.monotonic() - started:.0f} s)")
    if not is_short:
        PAGE.write_text(page, encoding="utf-8")


def measure(home: Path, extent: Extent, command: str) -> Figures:
    measured = operations()[: extent.max_operations]
    load_average = os.getloadavg()[0]
    with running_provider() as provider, running_system(home, provider) as system:
        figures = Figures(
            command=command,
            load_average_before=load_average,
            web_processes=len(system.web_pids),
            seconds_to_ready=system.server.seconds_to_ready,
            megabytes_fresh=system.megabytes(),
        )
        calls = {operation.name: calls_of_one_request(system, operation) for operation in measured}
        for condition in extent.conditions:
            measure_condition(system, figures, measured, calls, condition, extent.seconds)
        figures.stored_keys = measure_stored_keys(system, measured[0], calls, extent)
        for delay_seconds in extent.shedding_delays:
            shedding = measure_shedding(system, measured[0], delay_seconds, extent.seconds)
            figures.shedding.append(shedding)
        figures.megabytes_loaded = system.megabytes()
    return figures


def measure_condition(
    system: System,
    figures: Figures,
    measured: list[Operation],
    calls: dict[str, int],
    condition: Condition,
    seconds: float,
) -> None:
    """Measure bare callers and then all operations in the same run, so that the machine is the same for all."""
    system.provider.set_delay(condition.delay_seconds)
    completion = next(iter(system.provider.bodies.values()))
    for library in ("httpx", "litellm"):
        if not condition.arrive_at_once:
            baseline = measure_baseline(system, library, condition, completion=completion, seconds=seconds)
            figures.baselines.append(baseline)
            _say(f"bare {library} at {condition.label}: {baseline.calls_per_second:.1f} calls/s")
    for operation in measured:
        row = measure_operation(system, operation, condition, calls_per_request=calls[operation.name], seconds=seconds)
        figures.rows.append(row)
        _say(f"{operation.name} at {condition.label}: {row.requests_per_second:.1f} requests/s, {row.latency}")


def measure_stored_keys(system: System, operation: Operation, calls: dict[str, int], extent: Extent) -> StoredKeys:
    """The same load with the one key there is, and with many."""
    system.provider.set_delay(0.0)
    rows = {}
    for count in (1, extent.stored_keys):
        system.store_keys(count)
        rows[count] = measure_operation(
            system,
            operation,
            Condition(0.0, 32),
            calls_per_request=calls[operation.name],
            seconds=extent.seconds,
        )
        _say(f"{count} stored keys: {rows[count].requests_per_second:.1f} requests/s")
    return StoredKeys(rows)


def measure_shedding(system: System, operation: Operation, delay_seconds: float, seconds: float) -> Shedding:
    """Send twice as many requests as the server takes at once; who is shed comes back after a second."""
    system.provider.set_delay(delay_seconds)
    clients = 2 * system.bound
    measured = run_load(
        Plan(
            port=system.port,
            path=operation.path,
            key=system.key,
            bodies=operation.bodies,
            concurrency=clients,
            warm_up_seconds=2 * delay_seconds,
            seconds=max(seconds, 2 * delay_seconds),
            pids=system.pids,
            arrive_within_seconds=delay_seconds,
            pause_after_shed_seconds=1.0,
        )
    )
    _say(f"{clients} clients, bound {system.bound}, model {delay_seconds} s: {measured.by_status}")
    return Shedding(delay_seconds, system.bound, clients, measured.by_status["503"], measured.by_status["200"])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
