"""Generate load: raw HTTP over keep-alive connections, with one request at a time per connection.

A process of its own: reads a Plan as JSON on standard input, writes a Measurement as JSON on standard
output. CPU time of the processes under test is read at both ends of the measured window.
"""

import asyncio
import itertools
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from bench.fast_provider import content_length
from bench.processes import cpu_seconds


@dataclass(frozen=True)
class Plan:
    """The requests of a load.

    bodies: sent in turn. pids: roots of the process trees whose CPU time is asked. arrive_within_seconds: the
    first requests are spread over this time, since clients do not arrive in one millisecond; 0: all at once.
    """

    port: int
    path: str
    key: str
    bodies: list[str]
    concurrency: int
    warm_up_seconds: float
    seconds: float
    pids: dict[str, int]
    arrive_within_seconds: float = 0.0
    pause_after_shed_seconds: float = 0.0


@dataclass(frozen=True)
class Latency:
    """Of the answers within the window, in milliseconds."""

    count: int
    p50: float
    p95: float
    most: float


@dataclass(frozen=True)
class Measurement:
    """The answers within the window. cpu_seconds: by name of the process tree, including "generator"."""

    seconds: float
    by_status: dict[str, Latency]
    dropped_connections: int
    cpu_seconds: dict[str, float]
    sample: str


@dataclass
class Load:
    """The state of a running load."""

    plan: Plan
    requests: "itertools.cycle[bytes]"
    is_measuring: bool = False
    is_over: bool = False
    open_connections: set[asyncio.Transport] = field(default_factory=set)
    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    dropped_connections: int = 0
    sample: str = ""

    def note(self, status: int, seconds: float, answer: bytes) -> None:
        if not self.is_measuring:
            return
        self.milliseconds.setdefault(status, []).append(seconds * 1000)
        if status == 200 and not self.sample:
            self.sample = answer.decode(errors="replace")


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.received = bytearray()
        self.started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.load.open_connections.add(transport)
        self.send()

    def send(self) -> None:
        if self.load.is_over or self.transport.is_closing():
            return
        self.started = time.perf_counter()
        self.transport.write(next(self.load.requests))

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not is_complete(self.received):
            return
        answer = bytes(self.received)
        self.received.clear()
        status = int(answer[9:12])
        self.load.note(status, time.perf_counter() - self.started, answer)
        pause = self.load.plan.pause_after_shed_seconds if status == 503 else 0.0
        if pause:
            asyncio.get_running_loop().call_later(pause, self.send)
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.load.open_connections.discard(self.transport)
        if self.load.is_over:
            return
        self.load.dropped_connections += 1
        asyncio.get_running_loop().create_task(connect(self.load))


def is_complete(answer: bytes | bytearray) -> bool:
    """Return whether head and body of an HTTP answer are complete."""
    end_of_head = answer.find(b"\r\n\r\n")
    if end_of_head < 0:
        return False
    head = bytes(answer[:end_of_head])
    if b"transfer-encoding: chunked" in head.lower():
        return answer.endswith(b"0\r\n\r\n")
    return len(answer) >= end_of_head + 4 + content_length(head)


async def connect(load: Load) -> None:
    await asyncio.get_running_loop().create_connection(lambda: Client(load), "127.0.0.1", load.plan.port)


async def run(plan: Plan) -> Measurement:
    load = Load(plan, itertools.cycle(_request(plan, body) for body in plan.bodies))
    for _ in range(plan.concurrency):
        await connect(load)
        await asyncio.sleep(plan.arrive_within_seconds / plan.concurrency)
    await asyncio.sleep(plan.warm_up_seconds)
    before, started = _cpu(plan), time.perf_counter()
    load.is_measuring = True
    await asyncio.sleep(plan.seconds)
    load.is_measuring = False
    seconds, after = time.perf_counter() - started, _cpu(plan)
    await _hang_up(load)
    return Measurement(
        seconds=seconds,
        by_status={str(status): summarise(took) for status, took in load.milliseconds.items()},
        dropped_connections=load.dropped_connections,
        cpu_seconds={name: used - before[name] for name, used in after.items()},
        sample=load.sample,
    )


async def _hang_up(load: Load) -> None:
    load.is_over = True
    while load.open_connections:
        for transport in tuple(load.open_connections):
            transport.abort()
        await asyncio.sleep(0)


def _cpu(plan: Plan) -> dict[str, float]:
    own = {"generator": time.process_time()}
    return own | {name: cpu_seconds(pid) for name, pid in plan.pids.items()}


def _request(plan: Plan, body: str) -> bytes:
    payload = body.encode()
    head = (
        f"POST {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\nAuthorization: Bearer {plan.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


def summarise(milliseconds: Sequence[float]) -> Latency:
    """Percentiles by the nearest rank."""
    ordered = sorted(milliseconds)

    def percentile(share: float) -> float:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1)

    return Latency(len(ordered), percentile(0.5), percentile(0.95), round(ordered[-1], 1))


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(run(Plan(**json.load(sys.stdin)))))))
