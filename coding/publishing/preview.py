"""Preview a draft: stored texts are coded by words alone with both versions, and the results are compared.

Nothing leaves the machine, costs money or is stored. The texts are those of a tenant that stores results, redacted: the
evidence of the codes of each record, and the texts of missing codes.
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

MAX_RECORDS = 200
ROWS_PER_RECORD = 5
MAX_EXAMPLES = 3
MAX_SECONDS = 8.0


class Outcome(Enum):
    """Results for a record. RENAMED: the same code with another path. FOLLOWED: a code that replaces the old one."""

    SAME = "same"
    RENAMED = "renamed"
    FOLLOWED = "followed"
    MOVED = "moved"
    GAINED = "gained"
    LOST = "lost"


@dataclass(frozen=True)
class Transition:
    """Records that change from one code to another. before, after: paths, "" for no code."""

    outcome: Outcome
    before: str
    after: str
    records: int
    examples: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Preview:
    """Result of a preview. records: those coded within the time limit. transitions: the largest first."""

    sampled: int
    records: int
    transitions: tuple[Transition, ...]

    def count(self, *outcomes: Outcome) -> int:
        return sum(transition.records for transition in self.transitions if transition.outcome in outcomes)

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
        """Return the transitions between different paths."""
        return tuple(transition for transition in self.transitions if transition.outcome is not Outcome.SAME)


def stored_texts(framework: CodingFramework) -> list[str]:
    """Return the redacted texts of the newest records coded with a framework, in the scope in force."""
    quoted: dict[str, list[str]] = defaultdict(list)
    rows = CodeAssignment.objects.filter(framework_version__framework=framework).exclude(evidence="")
    for reference, evidence in rows.values_list("record_reference", "evidence")[: MAX_RECORDS * ROWS_PER_RECORD]:
        if evidence not in quoted[reference]:
            quoted[reference].append(evidence)
    missing = MissingCode.objects.filter(framework_version__framework=framework).exclude(text="")
    without_code = list(missing.values_list("text", flat=True)[: MAX_RECORDS // 4])
    coded = ["\n".join(texts) for texts in quoted.values()]
    return [*coded[: MAX_RECORDS - len(without_code)], *without_code]


def preview(before: Tree, after: Tree, texts: Sequence[str]) -> Preview:
    """Code texts with both versions, and count the transitions. Raises TooManyCodes.

    before: the tree that the older version offers. after: the newer tree with its retired codes, which name their
    successors.
    """
    return _Comparison(before, after).of(texts)


class _Comparison:
    """The coders of both versions, and the successors of the older codes."""

    def __init__(self, before: Tree, after: Tree) -> None:
        self._old, self._new = coder_for(before), OfflineCoder(without_retired(after))
        self._lineage: Mapping[uuid.UUID, tuple[uuid.UUID, ...]] = successors(before, after)

    def of(self, texts: Sequence[str]) -> Preview:
        started = time.monotonic()
        gathered: dict[tuple[Outcome, str, str], list[str]] = defaultdict(list)
        records = 0
        for text in texts:
            if time.monotonic() - started > MAX_SECONDS:
                break
            old, new = _first_code(self._old, text), _first_code(self._new, text)
            gathered[self._outcome(old, new), _path(old), _path(new)].append(text)
            records += 1
        transitions = [
            Transition(outcome, before, after, len(texts_of_transition), tuple(texts_of_transition[:MAX_EXAMPLES]))
            for (outcome, before, after), texts_of_transition in gathered.items()
        ]
        ordered = sorted(transitions, key=lambda transition: (-transition.records, transition.before, transition.after))
        return Preview(len(texts), records, tuple(ordered))

    def _outcome(self, old: PlacedCode | None, new: PlacedCode | None) -> Outcome:
        if old is None or new is None:
            return Outcome.SAME if old is new else Outcome.GAINED if old is None else Outcome.LOST
        if old.code.stable_id == new.code.stable_id:
            return Outcome.SAME if old.names == new.names else Outcome.RENAMED
        successor_ids = self._lineage.get(old.code.stable_id, ()) if old.code.stable_id else ()
        return Outcome.FOLLOWED if new.code.stable_id in successor_ids else Outcome.MOVED


def _first_code(coder: OfflineCoder, text: str) -> PlacedCode | None:
    """Return the code that the offline coder ranks first, or None if no word is shared."""
    ranked = coder.rank(text)
    return ranked[0].placed if ranked and ranked[0].similarity > 0 else None


def _path(placed: PlacedCode | None) -> str:
    return written_path(placed.names) if placed else ""
