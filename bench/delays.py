"""Latencies at a model that takes a second, beside bare LiteLLM, in turns: `python -m bench.delays`."""

from bench.measure import Condition
from bench.page import Aim, Section, run_part, table
from bench.rounds import BARE_HEADS, OPERATION_HEADS, Rounds, operation_named, take_turns
from bench.under_test import fresh_system

# Clients, and the 95th percentile in seconds that is the aim.
AIMS = {64: 1.10, 128: 1.30}


def measure() -> Section:
    operation = operation_named("detect-sensitive")
    with fresh_system() as system:
        measured = [take_turns(system, [operation], Condition(1.0, clients), rounds=3, seconds=4.0) for clients in AIMS]
    return Section(
        "Latency at a model that takes a second",
        aims=[_aim(rounds) for rounds in measured],
        texts=[
            table(OPERATION_HEADS, [rounds.cells(lambda one: one.rows[operation.name]) for rounds in measured]),
            table(BARE_HEADS, [rounds.bare_cells("litellm") for rounds in measured]),
        ],
    )


def _aim(rounds: Rounds) -> Aim:
    clients = rounds.condition.concurrency
    seconds = rounds.median(lambda one: one.rows["detect-sensitive"].latency.p95) / 1000
    bare = rounds.median(lambda one: one.baselines["litellm"].latency.p95) / 1000
    told = f"{clients} clients, one call: p95 at most {AIMS[clients]:.2f} s"
    return Aim(told, f"{seconds:.2f} s (bare LiteLLM {bare:.2f} s)", seconds <= AIMS[clients])


if __name__ == "__main__":
    run_part("delays", __doc__, measure)
