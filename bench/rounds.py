"""Measure the server and bare callers in turns, so that other work on the machine affects both alike."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.measure import BareCallers, Baseline, Condition, Row, calls_of_one_request, measure_operation
from bench.page import say
from bench.requests import Operation, operations
from bench.under_test import System


@dataclass(frozen=True)
class Round:
    """Results of one turn: rows by operation, bare callers by library."""

    rows: dict[str, Row]
    baselines: dict[str, Baseline]


@dataclass(frozen=True)
class Rounds:
    """The turns under one condition. Figures are medians, and ratios are medians of the turns' ratios."""

    condition: Condition
    rounds: Sequence[Round]

    def median(self, figure: Callable[[Round], float]) -> float:
        return statistics.median(figure(one) for one in self.rounds)

    def range_of(self, figure: Callable[[Round], float]) -> tuple[float, float]:
        figures = [figure(one) for one in self.rounds]
        return min(figures), max(figures)

    def cells(self, of: Callable[[Round], Row]) -> list[str]:
        """Cells of the table of operations; see OPERATION_HEADS."""
        first = of(self.rounds[0])
        rates = f"{self.median(lambda one: of(one).requests_per_second):.1f}"
        share = self.median(lambda one: of(one).calls_per_second / one.baselines["litellm"].calls_per_second)
        return [
            first.operation,
            self.condition.label,
            str(first.calls_per_request),
            rates,
            *[f"{self.median(figure):.1f}" for figure in _latencies(lambda one: of(one).latency)],
            *[f"{self.median(lambda one, name=name: of(one).cpu_ms.get(name, 0.0)):.2f}" for name in PROCESSES],  # type: ignore[misc]
            f"{share:.2f}",
            str(sum(of(one).refused + of(one).dropped_connections for one in self.rounds)),
        ]

    def bare_cells(self, library: str) -> list[str]:
        """Cells of the table of bare callers; see BARE_HEADS."""
        return [
            library,
            self.condition.label,
            f"{self.median(lambda one: one.baselines[library].calls_per_second):.1f}",
            *[f"{self.median(figure):.1f}" for figure in _latencies(lambda one: one.baselines[library].latency)],
            f"{self.median(lambda one: one.baselines[library].cpu_ms):.2f}",
        ]


PROCESSES = ("web", "database", "provider", "generator")
OPERATION_HEADS = "operation|model × clients|calls|req/s|p50|p95|max|" + "|".join(PROCESSES) + "|of litellm|failed"
BARE_HEADS = "library|model × clients|calls/s|p50|p95|max|CPU ms per call"


def _latencies(latency: Callable[[Round], object]) -> Iterable[Callable[[Round], float]]:
    return [lambda one, name=name: getattr(latency(one), name) for name in ("p50", "p95", "most")]  # type: ignore[misc]


def operation_named(name: str) -> Operation:
    return next(operation for operation in operations() if operation.name == name)


def take_turns(
    system: System,
    measured: Sequence[Operation],
    condition: Condition,
    *,
    rounds: int,
    seconds: float,
    libraries: Sequence[str] = ("litellm",),
) -> Rounds:
    """Measure bare callers and operations alternately. seconds: of each measurement."""
    system.provider.set_delay(0.0)
    calls = {operation.name: calls_of_one_request(system, operation) for operation in measured}
    system.provider.set_delay(condition.delay_seconds)
    with ExitStack() as stack:
        callers = [
            stack.enter_context(BareCallers(system, library, condition, seconds=seconds)) for library in libraries
        ]
        done = []
        for number in range(1, rounds + 1):
            baselines = {caller.library: caller.measure() for caller in callers}
            rows = {
                operation.name: measure_operation(
                    system, operation, condition, calls_per_request=calls[operation.name], seconds=seconds
                )
                for operation in measured
            }
            done.append(Round(rows, baselines))
            say(f"{condition.label}, round {number}: {_rates(done[-1])}")
    return Rounds(condition, done)


def _rates(one: Round) -> str:
    bare = [f"{name} {baseline.calls_per_second:.0f} calls/s" for name, baseline in one.baselines.items()]
    return ", ".join(bare + [f"{name} {row.requests_per_second:.0f} requests/s" for name, row in one.rows.items()])
