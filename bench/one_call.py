"""A request of one model call beside bare LiteLLM and httpx, in turns: `python -m bench.one_call`."""

from collections.abc import Iterable

from bench.measure import Condition, Row
from bench.page import Aim, Section, run_part, table
from bench.rounds import BARE_HEADS, OPERATION_HEADS, Round, Rounds, operation_named, take_turns
from bench.under_test import fresh_system

LIBRARIES = ("litellm", "httpx")
# Clients, and the web processes' CPU time of a request in milliseconds that is the aim.
AIMS = {1: 5, 32: 7}


def measure() -> Section:
    operation = operation_named("detect-sensitive")
    with fresh_system() as system:
        measured = [
            take_turns(system, [operation], Condition(0.0, clients), rounds=5, seconds=2.5, libraries=LIBRARIES)
            for clients in AIMS
        ]
    return Section(
        "A request of one model call",
        aims=[aim for rounds in measured for aim in _aims(rounds)],
        texts=[
            table(OPERATION_HEADS, [rounds.cells(_row) for rounds in measured]),
            table(BARE_HEADS, [rounds.bare_cells(library) for rounds in measured for library in LIBRARIES]),
        ],
    )


def _row(one: Round) -> Row:
    return one.rows["detect-sensitive"]


def _aims(rounds: Rounds) -> Iterable[Aim]:
    clients = rounds.condition.concurrency
    cpu_ms, limit_ms = rounds.median(lambda one: _row(one).cpu_ms["web"]), AIMS[clients]
    bare_ms = rounds.median(lambda one: one.baselines["litellm"].cpu_ms)
    share = rounds.median(lambda one: _row(one).cpu_ms["web"] / one.baselines["litellm"].cpu_ms)
    named = f"{clients} clients" if clients > 1 else "1 client"
    if clients > 1:
        yield _rate_aim(rounds)
    told = f"{named}: web CPU below that of bare `litellm.completion`"
    yield Aim(told, f"{share:.2f} of its {bare_ms:.1f} ms", share < 1)
    yield Aim(f"{named}: web CPU at most {limit_ms} ms", f"{cpu_ms:.1f} ms", cpu_ms <= limit_ms)


def _rate_aim(rounds: Rounds) -> Aim:
    def share(one: Round) -> float:
        return _row(one).calls_per_second / one.baselines["litellm"].calls_per_second

    minimum, maximum = rounds.range_of(share)
    told = f"{rounds.condition.concurrency} clients: at least 1.0 of the rate of bare `litellm.completion`"
    return Aim(told, f"{rounds.median(share):.2f} ({minimum:.2f} to {maximum:.2f})", rounds.median(share) >= 1)


if __name__ == "__main__":
    run_part("one_call", __doc__, measure)
