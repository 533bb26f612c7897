"""The figures as Markdown tables, and beside the aims of the project."""

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.load import Latency
from bench.measure import Baseline, Condition, Row


@dataclass(frozen=True)
class Shedding:
    """Past the bound: what the shed and the accepted requests took."""

    delay_seconds: float
    bound: int
    concurrency: int
    shed: Latency
    accepted: Latency


@dataclass(frozen=True)
class StoredKeys:
    """One operation with few and with many API keys in the database."""

    rows: dict[int, Row]


@dataclass
class Figures:
    """All that one run measured."""

    command: str
    load_average_before: float
    web_processes: int
    seconds_to_ready: float
    megabytes_fresh: dict[str, list[float]]
    megabytes_loaded: dict[str, list[float]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    baselines: list[Baseline] = field(default_factory=list)
    stored_keys: StoredKeys | None = None
    shedding: list[Shedding] = field(default_factory=list)

    def row(self, operation: str, condition: Condition) -> Row | None:
        found = (row for row in self.rows if (row.operation, row.condition) == (operation, condition))
        return next(found, None)

    def baseline(self, library: str, condition: Condition) -> Baseline | None:
        """The bare caller at the same delay and concurrency."""
        wanted = (library, condition.delay_seconds, condition.concurrency)
        found = (
            baseline
            for baseline in self.baselines
            if (baseline.library, baseline.condition.delay_seconds, baseline.condition.concurrency) == wanted
        )
        return next(found, None)


def render(figures: Figures) -> str:
    """Write the page."""
    return "\n\n".join([*_opening(figures), *_aims(figures), *_tables(figures), ""]).rstrip() + "\n"


def _opening(figures: Figures) -> list[str]:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return [
        "# Benchmarks",
        f"`{figures.command}`, {today}, {machine}, load average "
        f"{figures.load_average_before:.1f} before the start (other work falsifies the figures). Written by that "
        "command: do not edit.",
        f"The server runs as `make serve` starts it, with default settings ({figures.web_processes} web "
        "processes, a job worker) and a database of its own with fsync on. Model provider, load "
        "generator, PostgreSQL and server share the cores; what each of them used is in the table. Every "
        "request is a demo feedback record, redacted, accounted in the ledger and answered by a model that "
        "speaks OpenAI's protocol; assign-codes takes the whole demo framework, level by level. Clients send "
        "their next request when the last is answered, and arrive spread over the time that one request takes, "
        "unless it says *all at once*. Latencies are as the clients see them. The bare callers make the "
        "server's own first call in a loop, from as many processes and threads. The older service is not part "
        "of this repository, so no row compares with it.",
    ]


def _tables(figures: Figures) -> Iterable[str]:
    yield "## Operations"
    yield (
        "Model delay × clients; requests per second; milliseconds; then CPU milliseconds per request of "
        "the web processes (all in), PostgreSQL, provider and generator; then model calls per second as a "
        "share of bare `litellm.completion` and of bare `httpx`."
    )
    heads = "operation|model × clients|calls|req/s|p50|p95|max"
    heads += "|web|database|provider|generator|of litellm|of httpx"
    yield table(heads, [_operation_cells(figures, row) for row in figures.rows])
    if failed := [row for row in figures.rows if row.refused or row.dropped_connections]:
        yield "Not answered with 200: " + "; ".join(
            f"{row.operation} at {row.condition.label}: {row.refused} other answers, "
            f"{row.dropped_connections} connections dropped"
            for row in failed
        )
    yield "## Bare callers"
    yield table(
        "library|model × clients|processes|calls/s|p50|p95|max|CPU ms per call",
        [_baseline_cells(baseline) for baseline in figures.baselines],
    )
    yield "## Start, memory, keys, shedding"
    yield table("measure|value", list(_single_figures(figures)))


def _operation_cells(figures: Figures, row: Row) -> list[str]:
    cpu = [f"{row.cpu_ms[name]:.1f}" if name in row.cpu_ms else "–" for name in ("web", "database")]
    cpu += [f"{row.cpu_ms[name]:.2f}" for name in ("provider", "generator")]
    shares = [_share(row, figures.baseline(library, row.condition)) for library in ("litellm", "httpx")]
    return [
        row.operation,
        row.condition.label,
        str(row.calls_per_request),
        f"{row.requests_per_second:.1f}",
        *_latency_cells(row.latency),
        *cpu,
        *shares,
    ]


def _share(row: Row, baseline: Baseline | None) -> str:
    return "–" if baseline is None else f"{row.calls_per_second / baseline.calls_per_second:.2f}"


def _baseline_cells(baseline: Baseline) -> list[str]:
    return [
        baseline.library,
        baseline.condition.label,
        str(baseline.processes),
        f"{baseline.calls_per_second:.1f}",
        *_latency_cells(baseline.latency),
        f"{baseline.cpu_ms:.1f}",
    ]


def _latency_cells(latency: Latency) -> list[str]:
    return [f"{latency.p50:.1f}", f"{latency.p95:.1f}", f"{latency.most:.1f}"]


def _single_figures(figures: Figures) -> Iterable[list[str]]:
    yield ["seconds to ready (`make serve`, database migrated)", f"{figures.seconds_to_ready:.1f}"]
    for when, megabytes in (("fresh", figures.megabytes_fresh), ("after the load", figures.megabytes_loaded)):
        for name, sizes in megabytes.items():
            yield [f"MB by PSS, {when}: {PROCESSES[name]}", _listed(sizes)]
    if figures.stored_keys:
        for count, row in figures.stored_keys.rows.items():
            told = f"{row.requests_per_second:.1f} req/s, web CPU {row.cpu_ms['web']:.1f} ms"
            yield [f"{row.operation} at {row.condition.label}, {count} stored keys", told]
    for shedding in figures.shedding:
        where = f"model {shedding.delay_seconds:.0f} s, {shedding.concurrency} clients, bound {shedding.bound}"
        yield [f"shed with 503 ({where}): p50, p95, max ms", ", ".join(_latency_cells(shedding.shed))]
        yield [
            f"accepted meanwhile ({where}): p50, p95, max ms",
            ", ".join(_latency_cells(shedding.accepted)),
        ]


PROCESSES = {"web": "web processes", "job": "job workers", "forked from": "supervisor and gunicorn's master"}


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def _aims(figures: Figures) -> list[str]:
    cells = [[aim.text, aim.measured, "yes" if aim.is_met else "**no**"] for aim in _measured_aims(figures)]
    return ["## Aims", table("aim|measured|met", cells)]


@dataclass(frozen=True)
class Aim:
    text: str
    measured: str
    is_met: bool


def _measured_aims(figures: Figures) -> Iterable[Aim]:
    """The aims that this run has figures for."""
    yield from _ratio_aims(figures)
    if row := figures.row("assign-codes", Condition(0.0, 1)):
        told = f"assign-codes, {row.calls_per_request} calls, 1 client: web CPU at most 25 ms"
        yield Aim(told, f"{row.cpu_ms['web']:.1f} ms", row.cpu_ms["web"] <= 25)
    for concurrency, limit in ((64, 1.10), (128, 1.30)):
        if row := figures.row("detect-sensitive", Condition(1.0, concurrency)):
            seconds = row.latency.p95 / 1000
            told = f"1 s × {concurrency}, one call: p95 at most {limit:.2f} s"
            yield Aim(told, f"{seconds:.2f} s", seconds <= limit)
    for shedding in figures.shedding:
        told = f"sheds with 503 within 50 ms (p95), model {shedding.delay_seconds:.0f} s"
        yield Aim(told, f"{shedding.shed.p95:.0f} ms", shedding.shed.p95 <= 50)
    yield Aim("ready in 4 s", f"{figures.seconds_to_ready:.1f} s", figures.seconds_to_ready <= 4)
    if megabytes := figures.megabytes_loaded or figures.megabytes_fresh:
        together = sum(megabytes["web"]) + sum(megabytes["job"])
        yield Aim("web processes and a job worker together at most 450 MB (PSS)", f"{together:.0f} MB", together <= 450)
    if figures.stored_keys:
        few, many = figures.stored_keys.rows.values()
        share = many.cpu_ms["web"] / few.cpu_ms["web"]
        yield Aim("flat in the number of keys: web CPU within 10 %", f"{share:.2f} of that with one", share <= 1.1)


def _ratio_aims(figures: Figures) -> Iterable[Aim]:
    """Yield the aims relative to bare LiteLLM in the same run, which other work on the machine affects less."""
    for concurrency, limit in ((1, 5), (32, 7)):
        condition = Condition(0.0, concurrency)
        row, bare = figures.row("detect-sensitive", condition), figures.baseline("litellm", condition)
        if row is None or bare is None:
            continue
        cpu, clients = row.cpu_ms["web"], "1 client" if concurrency == 1 else f"{concurrency} clients"
        if concurrency > 1:
            share = row.calls_per_second / bare.calls_per_second
            told = f"one call, {clients}: at least 1.0 of the rate of bare `litellm.completion`"
            yield Aim(told, f"{share:.2f}", share >= 1)
        told = f"one call, {clients}: web CPU below that of bare `litellm.completion`"
        yield Aim(told, f"{cpu / bare.cpu_ms:.2f} of its {bare.cpu_ms:.1f} ms", cpu < bare.cpu_ms)
        yield Aim(f"one call, {clients}: web CPU at most {limit} ms", f"{cpu:.1f} ms", cpu <= limit)


def table(heads: str, rows: Iterable[Sequence[str]]) -> str:
    names = heads.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
