"""Read processor time and memory of processes from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

from tests.support.web_server import process_tree

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """CPU time that a process and its descendants have used, those that ended included."""
    return sum(_ticks(pid) for pid in process_tree(root)) / TICKS_PER_SECOND


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile: its parent's sum has it
        return 0
    return sum(map(int, fields[11:15]))


def megabytes_proportional(pids: Iterable[int]) -> list[float]:
    """Return memory by process as PSS, which counts shared pages in parts, so that the sum is the real use."""
    return [round(_kilobytes(pid, "Pss", of="smaps_rollup") / 1000, 1) for pid in pids]


def _kilobytes(pid: int, name: str, *, of: str = "status") -> int:
    try:
        lines = Path(f"/proc/{pid}/{of}").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
