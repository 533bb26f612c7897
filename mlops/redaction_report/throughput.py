"""Characters per second on one core, ours and plain Presidio's, over texts of growing length."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inference.redaction.engine import Engine
from inference.redaction.policy import RedactionPolicy
from inference.redaction.redactor import Redactor
from mlops.redaction_report import plain_presidio

SIZES = (200, 1_000, 10_000, 100_000)
_TEXT = (
    "My name is Amina Diallo and we queued 3 hours for 20 litres of water. Call +256 700 000 "
    "990 or write to amina@example.org. "
    "The toilets in block 12 have not been cleaned since 12/03/2026, and the volunteer asked "
    "for 5,000 shillings. Card HH-015698. "
)
_MAX_SECONDS = 20.0


@dataclass(frozen=True)
class Throughput:
    """CPU milliseconds that a text of so many characters took; None where a size was given up."""

    name: str
    milliseconds: dict[int, float | None]


def measure(engine: Engine, policy: RedactionPolicy) -> list[Throughput]:
    """Ours, and Presidio's engine with our recognisers and with its own, in one run."""
    same = plain_presidio.with_our_recognisers(engine.recognisers, policy, is_reading_shared=False)
    shared = plain_presidio.with_our_recognisers(engine.recognisers, policy, is_reading_shared=True)
    own = plain_presidio.with_its_own_recognisers()
    redactor = Redactor(engine)
    return [
        _measured("ours, whole session", lambda text: redactor.open_session(policy).redact(text)),
        _measured("Presidio's engine, our recognisers", same.redact),
        _measured("Presidio's engine, our recognisers, words split once for all", shared.redact),
        _measured("Presidio as it comes (English patterns)", own.redact),
    ]


def _measured(name: str, redact: Callable[[str], Any]) -> Throughput:
    redact(_TEXT)
    seconds_by_size: dict[int, float | None] = {}
    spent = 0.0
    for size in SIZES:
        text = (_TEXT * (size // len(_TEXT) + 1))[:size]
        repeats = max(1, 20_000 // size)
        if spent * 20 > _MAX_SECONDS:
            seconds_by_size[size] = None
            continue
        started = time.process_time()
        for _ in range(repeats):
            redact(text)
        spent = (time.process_time() - started) / repeats
        seconds_by_size[size] = spent * 1_000
    return Throughput(name, seconds_by_size)
