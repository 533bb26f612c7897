"""What would be coded otherwise if a draft were published: stored texts, coded by words alone with both versions.

Nothing leaves the machine, nothing is charged and nothing is kept. The texts are what a tenant that stores results has,
redacted: what was quoted as evidence of each record's codes, and the records that fitted no code.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from coding.frameworks.tree import PlacedCode, Tree, without_retired, written_path
from coding.models import CodeAssignment, CodingFramework, MissingCode
from coding.publishing.diff import successors
from coding.strategies.offline_coder import OfflineCoder, coder_for

MOST_RECORDS = 200
ROWS_A_RECORD = 5
MOST_EXAMPLES = 3
LONGEST_SECONDS = 8.0


class Outcome(Enum):
    """What happens to a record. RENAMED: the same code under another path. FOLLOWED: what replaced its code."""

    SAME = "same"
    RENAMED = "renamed"
    FOLLOWED = "followed"
    MOVED = "moved"
    GAINED = "gained"
    LOST = "lost"


@dataclass(frozen=True)
class Transition:
    """Records that go from one code to another. before, after: written paths, "" for no code."""

    outcome: Outcome
    before: str
    after: str
    records: int
    examples: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Preview:
    """records: how many were coded; fewer than sampled when time ran out. transitions: the largest first."""

    sampled: int
    records: int
    transitions: tuple[Transition, ...]

    def count(self, *outcomes: Outcome) -> int:
        return sum(each.records for each in self.transitions if each.outcome in outcomes)

    @property
    def moved(self) -> int:
        return self.count(Outcome.MOVED)

    @property
    def kept(self) -> int:
        return self.count(Outcome.SAME, Outcome.RENAMED, Outcome.FOLLOWED)

    @property
    def gained(self) -> int:
        return self.count(Outcome.GAINED)

    @property
    def lost(self) -> int:
        return self.count(Outcome.LOST)

    @property
    def changes(self) -> tuple[Transition, ...]:
        """The transitions without those that change nothing."""
        return tuple(each for each in self.transitions if each.outcome is not Outcome.SAME)


def stored_texts(framework: CodingFramework) -> list[str]:
    """The redacted texts of the newest records that were coded with a framework, in the scope in force."""
    quoted: dict[str, list[str]] = defaultdict(list)
    rows = CodeAssignment.objects.filter(framework_version__framework=framework).exclude(evidence="")
    for reference, evidence in rows.values_list("record_reference", "evidence")[: MOST_RECORDS * ROWS_A_RECORD]:
        if evidence not in quoted[reference]:
            quoted[reference].append(evidence)
    missing = MissingCode.objects.filter(framework_version__framework=framework).exclude(text="")
    without_code = list(missing.values_list("text", flat=True)[: MOST_RECORDS // 4])
    coded = ["\n".join(texts) for texts in quoted.values()]
    return [*coded[: MOST_RECORDS - len(without_code)], *without_code]


def preview(before: Tree, after: Tree, texts: Sequence[str]) -> Preview:
    """Code texts with both versions, and say from where to where they go. Raises TooManyCodes.

    before: what the older version offers. after: the newer one with its retired codes, which say what replaced them.
    """
    return _Comparison(before, after).of(texts)


class _Comparison:
    """Two coders, and which code of the older version goes on as which of the newer."""

    def __init__(self, before: Tree, after: Tree) -> None:
        self._old, self._new = coder_for(before), OfflineCoder(without_retired(after))
        self._lineage: Mapping[uuid.UUID, tuple[uuid.UUID, ...]] = successors(before, after)

    def of(self, texts: Sequence[str]) -> Preview:
        started = time.monotonic()
        gathered: dict[tuple[Outcome, str, str], list[str]] = defaultdict(list)
        records = 0
        for text in texts:
            if time.monotonic() - started > LONGEST_SECONDS:
                break
            old, new = _likeliest(self._old, text), _likeliest(self._new, text)
            gathered[self._outcome(old, new), _path(old), _path(new)].append(text)
            records += 1
        transitions = [
            Transition(outcome, before, after, len(found), tuple(found[:MOST_EXAMPLES]))
            for (outcome, before, after), found in gathered.items()
        ]
        ordered = sorted(transitions, key=lambda each: (-each.records, each.before, each.after))
        return Preview(len(texts), records, tuple(ordered))

    def _outcome(self, old: PlacedCode | None, new: PlacedCode | None) -> Outcome:
        if old is None or new is None:
            return Outcome.SAME if old is new else Outcome.GAINED if old is None else Outcome.LOST
        if old.code.stable_id == new.code.stable_id:
            return Outcome.SAME if old.names == new.names else Outcome.RENAMED
        heirs = self._lineage.get(old.code.stable_id, ()) if old.code.stable_id else ()
        return Outcome.FOLLOWED if new.code.stable_id in heirs else Outcome.MOVED


def _likeliest(coder: OfflineCoder, text: str) -> PlacedCode | None:
    """The code that the offline coder would assign first; None when no word meets."""
    ranked = coder.rank(text)
    return ranked[0].placed if ranked and ranked[0].similarity > 0 else None


def _path(placed: PlacedCode | None) -> str:
    return written_path(placed.names) if placed else ""
