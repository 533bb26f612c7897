"""Measure the effect of costly bodies on a server and on its other clients: `python -m bench.attack`.

Against a server of its own on loopback, and nothing else. Bodies of one kind are sent at once while other clients send
the usual requests; memory is that of all web processes together, counted as PSS.
"""

import argparse
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse

from bench.load import Latency, Plan
from bench.measure import run_load
from bench.page import table
from bench.processes import megabytes_proportional
from bench.requests import operations
from bench.under_test import System, fresh_system

MEBIBYTE = 1024 * 1024
HONEST_CLIENTS = 8
SETTLING_SECONDS = 3.0
ATTACKER_TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Attack:
    """path: of the endpoint. body: of at most so many bytes. statuses: that it may be answered with, beside 503."""

    name: str
    path: str
    body: Callable[[int], bytes]
    statuses: frozenset[str] = frozenset({"413", "422"})


@dataclass
class Outcome:
    """The result of an attack. honest: latency of the other clients by status, in milliseconds."""

    attack: Attack
    statuses: Counter[str]
    largest_answer: int
    seconds: float
    honest: dict[str, Latency] = field(default_factory=dict)
    megabytes_before: float = 0.0
    megabytes_peak: float = 0.0
    megabytes_after: float = 0.0


def repeated(item: bytes, *, most: int = sys.maxsize, head: bytes = b'{"feedback_records":[') -> Callable[[int], bytes]:
    """Make bodies with one item over and over, at most so many times."""

    def body(size: int) -> bytes:
        count = min((size - len(head) - 2) // (len(item) + 1), most)
        return head + b",".join([item] * count) + b"]}"

    return body


def deep(size: int) -> bytes:
    return b'{"feedback_records":' + b"[" * (size // 2 - 16) + b"]" * (size // 2 - 16) + b"}"


GOOD = b'{"id":"r1","content":"%b"}' % (b"Dry. " * 20)
ASTRAL = b'{"id":"r1","content":1,"x":"%b"}' % ("🚰".encode() + b"x" * 80)
V1_DATED = b'{"id":"","content":"a","metadata":{"created":"x","feedback_record_id":"","coding_level_1":""}}'
ATTACKS = [
    Attack("lists for records", "/v1/summarize-bulk", repeated(b"[]")),
    Attack("empty records", "/v1/summarize-bulk", repeated(b"{}")),
    Attack("as many empty records as are parsed", "/v1/summarize-bulk", repeated(b"{}", most=299_000)),
    Attack("strings for records", "/v1/analyze-bulk", repeated(b'""')),
    Attack("faulty records with wide characters", "/v1/summarize-bulk", repeated(ASTRAL)),
    Attack("records with faulty metadata", "/v1/summarize-aggregate", repeated(V1_DATED, most=85_000)),
    Attack("an unknown key of small objects", "/v1/summarize", repeated(b'{"a":0}', most=299_000, head=b'{"x":[')),
    Attack("codes without names", "/v1/assign-codes", repeated(b"{}", head=b'{"coding_levels":{"root_codes":[')),
    Attack("faulty scopes", "/v1/admin/keys", repeated(b"1", most=590_000, head=b'{"scopes":[')),
    Attack("nested lists", "/v1/summarize", deep),
    Attack("more text than a call takes", "/v1/analyze-bulk", repeated(GOOD)),
    Attack("good records, summarised in parts", "/v1/summarize-bulk", repeated(GOOD), frozenset({"200", "504"})),
]


def main() -> None:
    parser = argparse.ArgumentParser(description="Attack a server of its own with bodies made to cost.")
    parser.add_argument("--bodies", type=int, default=20, help="how many at once")
    parser.add_argument("--megabytes", type=int, default=20, help="of each, 20 at most")
    parser.add_argument("--only", default="", help="attacks with this in their name")
    asked = parser.parse_args()
    size = min(asked.megabytes, 20) * MEBIBYTE
    with fresh_system() as system:
        for attack in ATTACKS:
            if asked.only in attack.name:
                outcome = carry_out(system, attack, bodies=asked.bodies, size=size)
                print(render([outcome]), flush=True)


def carry_out(
    system: System, attack: Attack, *, bodies: int, size: int, honest_clients: int = HONEST_CLIENTS
) -> Outcome:
    """Send the bodies at once while honest clients go on for as long as it takes."""
    body = attack.body(size)
    with watched_memory(system) as memory, honest_load(system, honest_clients) as honest:
        started = time.monotonic()
        with ThreadPoolExecutor(bodies) as pool:
            answers = list(pool.map(lambda _: send(system.port, system.key, attack.path, body), range(bodies)))
        seconds = time.monotonic() - started
    time.sleep(SETTLING_SECONDS)
    outcome = Outcome(attack, Counter(status for status, _ in answers), max(length for _, length in answers), seconds)
    outcome.honest = dict(honest)
    outcome.megabytes_before, outcome.megabytes_peak = memory[0], max(memory)
    outcome.megabytes_after = web_megabytes(system)
    return outcome


def send(port: int, key: str, path: str, body: bytes) -> tuple[str, int]:
    """Return the status, or what ended the connection, and the length of the answer."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=ATTACKER_TIMEOUT_SECONDS) as connection:
            with suppress(BrokenPipeError, ConnectionResetError):  # the answer may be there already
                connection.sendall(head.encode() + body)
            answer = HTTPResponse(connection)
            answer.begin()
            return str(answer.status), len(answer.read())
    except (OSError, HTTPException) as error:
        return type(error).__name__, 0


@contextmanager
def honest_load(system: System, clients: int) -> Iterator[dict[str, Latency]]:
    """Clients of detect-sensitive, in a process of their own, as long as the block takes (10 s at least)."""
    operation = operations()[0]
    worst: dict[str, Latency] = {}
    is_over = threading.Event()

    def load() -> None:
        samples: dict[str, list[Latency]] = {}
        while not samples or not is_over.is_set():
            plan = Plan(system.port, operation.path, system.key, operation.bodies, clients, 0.0, 10.0, system.pids)
            for status, latency in run_load(plan).by_status.items():
                samples.setdefault(status, []).append(latency)
        worst.update({status: max(values, key=lambda latency: latency.p95) for status, values in samples.items()})

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(1.0)
    yield worst
    is_over.set()
    thread.join()


@contextmanager
def watched_memory(system: System) -> Iterator[list[float]]:
    """Megabytes of the web processes together, ten times a second, the first before the block."""
    samples = [web_megabytes(system)]
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.1):
            samples.append(web_megabytes(system))

    thread = threading.Thread(target=watch)
    thread.start()
    yield samples
    is_over.set()
    thread.join()


def web_megabytes(system: System) -> float:
    """Of gunicorn's master and its workers. Workers of a worker that died are not in it."""
    return sum(megabytes_proportional([system.pids["web"], *system.server.web_pids()]))


def render(outcomes: list[Outcome]) -> str:
    heads = "attack|answers|largest answer kB|seconds|honest p50, p95, max ms|honest, not 200|MB before, peak, after"
    return table(heads, [cells(outcome) for outcome in outcomes])


def cells(outcome: Outcome) -> list[str]:
    good = outcome.honest.get("200", Latency(0, 0.0, 0.0, 0.0))
    others = {status: latency.count for status, latency in outcome.honest.items() if status != "200"}
    megabytes = (outcome.megabytes_before, outcome.megabytes_peak, outcome.megabytes_after)
    return [
        outcome.attack.name,
        ", ".join(f"{count} x {status}" for status, count in outcome.statuses.items()),
        f"{outcome.largest_answer / 1000:.1f}",
        f"{outcome.seconds:.1f}",
        f"{good.p50:.0f}, {good.p95:.0f}, {good.most:.0f}",
        ", ".join(f"{count} x {status}" for status, count in others.items()) or "0",
        ", ".join(f"{size:.0f}" for size in megabytes),
    ]


if __name__ == "__main__":
    main()
