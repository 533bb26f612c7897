"""What processes cost, read from /proc."""

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


def megabytes_resident(pids: Iterable[int]) -> list[float]:
    """Resident memory of each process, shared pages included."""
    return [round(_kilobytes(pid, "VmRSS") / 1000, 1) for pid in pids]


def _kilobytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(f"{name} of process {pid}")
