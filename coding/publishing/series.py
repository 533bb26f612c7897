"""Count stored codings by month, under the codes of either of two versions along their successors."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from coding.frameworks.tree import Tree, walk, written_path
from coding.publishing.diff import successors

MAX_MONTHS = 12

Monthly = Mapping[uuid.UUID, Counter[date]]
Lineage = Mapping[uuid.UUID, tuple[uuid.UUID, ...]]


@dataclass(frozen=True)
class SeriesRow:
    """The codings of a code. taken_over: paths of other codes whose codings are counted here.

    is_shared: some codings are counted under other codes too, because their code was split.
    """

    path: str
    counts: tuple[int, ...]
    taken_over: tuple[str, ...]
    is_shared: bool

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Series:
    """Counts by code and month. unplaced: codings whose codes have no successor in this version."""

    months: tuple[date, ...]
    rows: tuple[SeriesRow, ...]
    unplaced: int


def series_under_newer(before: Tree, after: Tree, monthly: Monthly) -> Series:
    """Count codings under the newer version: under their code, or under the codes that replaced it."""
    return _read(after, monthly, _with_own(after, successors(before, after)), names_of=(before, after))


def series_under_older(before: Tree, after: Tree, monthly: Monthly) -> Series:
    """Count codings under the older version: those of new codes under the codes that they replaced."""
    replaced: dict[uuid.UUID, list[uuid.UUID]] = {}
    for old, replacing in successors(before, after).items():
        for replacing_id in replacing:
            replaced.setdefault(replacing_id, []).append(old)
    own = _with_own(before, {})
    lineage = {replacing_id: tuple(olds) for replacing_id, olds in replaced.items() if replacing_id not in own} | own
    return _read(before, monthly, lineage, names_of=(after, before))


def _with_own(tree: Tree, lineage: Lineage) -> dict[uuid.UUID, tuple[uuid.UUID, ...]]:
    own = {stable_id: (stable_id,) for stable_id in _paths(tree)}
    return own | dict(lineage)


def _read(tree: Tree, monthly: Monthly, lineage: Lineage, *, names_of: Iterable[Tree]) -> Series:
    months = sorted({month for counted in monthly.values() for month in counted})[-MAX_MONTHS:]
    paths = {stable_id: path for named_tree in names_of for stable_id, path in _paths(named_tree).items()}
    sources: dict[uuid.UUID, list[uuid.UUID]] = {}
    for source in monthly:
        for replacing_id in lineage.get(source, ()):
            sources.setdefault(replacing_id, []).append(source)
    rows = [
        SeriesRow(
            path=path,
            counts=tuple(sum(monthly[source][month] for source in sources[code]) for month in months),
            taken_over=tuple(paths.get(source, "?") for source in sources[code] if source != code),
            is_shared=any(len(lineage[source]) > 1 for source in sources[code]),
        )
        for code, path in _paths(tree).items()
        if code in sources
    ]
    unplaced = sum(counted.total() for source, counted in monthly.items() if not lineage.get(source))
    return Series(tuple(months), tuple(rows), unplaced)


def _paths(tree: Tree) -> dict[uuid.UUID, str]:
    return {placed.code.stable_id: written_path(placed.names) for placed in walk(tree) if placed.code.stable_id}
