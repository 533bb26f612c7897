"""Time until `make serve` is ready, in turns with an import of LiteLLM, and memory: `python -m bench.start`."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Condition, calls_of_one_request, measure_operation
from bench.page import Aim, Section, run_part, say, table
from bench.processes import cpu_seconds
from bench.rounds import operation_named
from bench.under_test import Prepared, System, prepare, running_provider, serving

STARTS = 5
MAX_SECONDS = 4.0
MAX_MEGABYTES = 450
GROUPS = {"web": "web processes", "job": "job workers", "forked from": "supervisor and gunicorn's master"}


def measure() -> Section:
    started = []
    with (
        tempfile.TemporaryDirectory(prefix="qfa-bench-", ignore_cleanup_errors=True) as home,
        running_provider() as fake,
    ):
        prepared = prepare(Path(home), fake)
        for number in range(STARTS):
            bare = import_litellm()
            with serving(prepared) as system:
                started.append((bare, system.server.seconds_to_ready, cpu_seconds(system.server.process.pid)))
                say(f"start {number + 1}: LiteLLM imported in {bare:.1f} s, ready in {started[-1][1]:.1f} s")
        fresh, loaded = measure_memory(prepared)
    bare, seconds, cpu = (statistics.median(column) for column in zip(*started, strict=True))
    together = sum(loaded["web"]) + sum(loaded["job"])
    return Section(
        "Start and memory",
        aims=[
            Aim(f"ready in {MAX_SECONDS:.0f} s on a migrated database", f"{seconds:.1f} s", seconds <= MAX_SECONDS),
            Aim(
                f"2 web processes and a job worker together at most {MAX_MEGABYTES} MB (PSS), after a load",
                f"{together:.0f} MB",
                together <= MAX_MEGABYTES,
            ),
        ],
        texts=[
            table("measure|value", [*_start_rows(started, bare, seconds, cpu), *_memory_rows(fresh, loaded)]),
        ],
    )


def import_litellm() -> float:
    """Return the seconds that a new process needs to import LiteLLM."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import litellm"], check=True, capture_output=True)
    return time.monotonic() - began


def measure_memory(prepared: Prepared) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the memory of the processes when they are fresh, and after a load."""
    operation, condition = operation_named("detect-sensitive"), Condition(0.0, 32)
    with serving(prepared) as system:
        wait_for_job_worker(system)
        fresh = system.megabytes()
        calls = calls_of_one_request(system, operation)
        measure_operation(system, operation, condition, calls_per_request=calls, seconds=10.0)
        return fresh, system.megabytes()


def wait_for_job_worker(system: System) -> None:
    """Wait until the job worker, which starts last, has been forked and has settled."""
    end = time.monotonic() + 30
    while not system.megabytes()["job"]:
        assert time.monotonic() < end, "no job worker starts"
        time.sleep(0.1)
    time.sleep(3)


def _start_rows(started: list[tuple[float, float, float]], bare: float, seconds: float, cpu: float) -> list[list[str]]:
    all_seconds = ", ".join(f"{row[1]:.1f}" for row in started)
    return [
        ["seconds to ready, median and all", f"{seconds:.1f} ({all_seconds})"],
        ["seconds of processor time until then", f"{cpu:.1f}"],
        ["seconds of `import litellm` in a new process, between the starts", f"{bare:.1f}"],
        ["ratio of the two, median", f"{statistics.median(row[1] / row[0] for row in started):.2f}"],
    ]


def _memory_rows(fresh: dict[str, list[float]], loaded: dict[str, list[float]]) -> list[list[str]]:
    return [
        [f"MB by PSS, {when}: {GROUPS[name]}", ", ".join(f"{size:.0f}" for size in sizes)]
        for when, megabytes in (("fresh", fresh), ("after a load", loaded))
        for name, sizes in megabytes.items()
    ]


if __name__ == "__main__":
    run_part("start", __doc__, measure)
