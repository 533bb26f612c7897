"""One server with one stored API key and one with 1,000, in turns: `python -m bench.stored_keys`."""

import statistics

from bench.measure import Condition, Row, calls_of_one_request, measure_operation
from bench.page import Aim, Section, run_part, say, table
from bench.rounds import operation_named
from bench.under_test import System, fresh_system

ROUNDS = 6
SECONDS = 3.0
MANY = 1000
MAX_RATIO = 1.1


def measure() -> Section:
    rows: dict[int, list[Row]] = {1: [], MANY: []}
    with fresh_system() as few, fresh_system() as many:
        many.store_keys(MANY)
        for number in range(ROUNDS):
            order = ((1, few), (MANY, many)) if number % 2 else ((MANY, many), (1, few))
            for count, system in order:
                rows[count].append(measure_once(system))
                say(f"{count} stored keys: {rows[count][-1].requests_per_second:.0f} requests/s")
    pairs = list(zip(rows[1], rows[MANY], strict=True))
    cpu = statistics.median(after.cpu_ms["web"] / before.cpu_ms["web"] for before, after in pairs)
    rate = statistics.median(after.requests_per_second / before.requests_per_second for before, after in pairs)
    told = f"flat in the number of keys: web CPU with {MANY:,} keys at most {MAX_RATIO} times that with one"
    return Section(
        "Stored keys",
        aims=[Aim(told, f"{cpu:.2f} (rate: {rate:.2f})", cpu <= MAX_RATIO)],
        texts=[table("stored keys|req/s|web CPU ms|database CPU ms", [_cells(*item) for item in rows.items()])],
    )


def measure_once(system: System) -> Row:
    operation, condition = operation_named("detect-sensitive"), Condition(0.0, 32)
    calls = calls_of_one_request(system, operation)
    return measure_operation(system, operation, condition, calls_per_request=calls, seconds=SECONDS)


def _cells(count: int, rows: list[Row]) -> list[str]:
    rate = statistics.median(row.requests_per_second for row in rows)
    cpu = [statistics.median(row.cpu_ms.get(name, 0.0) for row in rows) for name in ("web", "database")]
    return [f"{count:,}", f"{rate:.1f}", *(f"{milliseconds:.2f}" for milliseconds in cpu)]


if __name__ == "__main__":
    run_part("stored_keys", __doc__, measure)
