"""Twice as many clients as the server has slots: `python -m bench.shedding`."""

from bench.load import Measurement, Plan
from bench.measure import run_load
from bench.page import Aim, Section, run_part, say, table
from bench.rounds import operation_named
from bench.under_test import System, fresh_system

DELAYS_SECONDS = (1.0, 4.0)
MAX_P95_MS = 50
HEADS = "model|clients|slots|answers|number|p50|p95|max"


def measure() -> Section:
    section = Section("Refusals past the limit")
    rows = []
    with fresh_system() as system:
        clients = 2 * system.bound
        for delay_seconds in DELAYS_SECONDS:
            measured = overload(system, delay_seconds)
            for status, latency in sorted(measured.by_status.items()):
                where = [f"{delay_seconds:.0f} s", str(clients), str(system.bound), status, str(latency.count)]
                rows.append([*where, f"{latency.p50:.1f}", f"{latency.p95:.1f}", f"{latency.most:.1f}"])
            p95 = measured.by_status["503"].p95
            told = f"503 within {MAX_P95_MS} ms (p95), model {delay_seconds:.0f} s"
            section.aims.append(Aim(told, f"{p95:.0f} ms", p95 <= MAX_P95_MS))
    section.texts.append(table(HEADS, rows))
    return section


def overload(system: System, delay_seconds: float) -> Measurement:
    """Send twice as many requests as the server takes at once. A refused client comes back after a second."""
    operation = operation_named("detect-sensitive")
    system.provider.set_delay(delay_seconds)
    measured = run_load(
        Plan(
            port=system.port,
            path=operation.path,
            key=system.key,
            bodies=operation.bodies,
            concurrency=2 * system.bound,
            warm_up_seconds=2 * delay_seconds,
            seconds=max(10.0, 4 * delay_seconds),
            pids=system.pids,
            arrive_within_seconds=delay_seconds,
            pause_after_shed_seconds=1.0,
        )
    )
    say(f"model {delay_seconds} s: {measured.by_status}, {measured.dropped_connections} connections dropped")
    return measured


if __name__ == "__main__":
    run_part("shedding", __doc__, measure)
