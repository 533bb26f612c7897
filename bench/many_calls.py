"""Requests of two and of six model calls beside bare LiteLLM, in turns: `python -m bench.many_calls`."""

from bench.measure import Condition, Row
from bench.page import Aim, Section, run_part, table
from bench.rounds import BARE_HEADS, OPERATION_HEADS, Round, operation_named, take_turns
from bench.under_test import fresh_system

NAMES = ("summarize", "assign-codes")
MAX_CPU_MS = 25


def measure() -> Section:
    operations = [operation_named(name) for name in NAMES]
    with fresh_system() as system:
        measured = [
            take_turns(system, operations, Condition(0.0, clients), rounds=3, seconds=3.0) for clients in (1, 32)
        ]
    cpu_ms = measured[0].median(lambda one: _coding(one).cpu_ms["web"])
    calls = _coding(measured[0].rounds[0]).calls_per_request
    told = f"assign-codes, level by level, {calls} calls, 1 client: web CPU at most {MAX_CPU_MS} ms"
    rows = [rounds.cells(lambda one, name=name: one.rows[name]) for rounds in measured for name in NAMES]  # type: ignore[misc]
    return Section(
        "Requests of several model calls",
        aims=[Aim(told, f"{cpu_ms:.1f} ms", cpu_ms <= MAX_CPU_MS)],
        texts=[table(OPERATION_HEADS, rows), table(BARE_HEADS, [rounds.bare_cells("litellm") for rounds in measured])],
    )


def _coding(one: Round) -> Row:
    return one.rows["assign-codes"]


if __name__ == "__main__":
    run_part("many_calls", __doc__, measure)
