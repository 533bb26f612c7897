"""Code by the reference algorithm: pick among a level's options, judge each pick, continue below the accepted ones.

Levels are processed one after another. Calls within a level run concurrently for all records, which makes two rounds
of calls per level, whatever the number of open branches.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from coding.frameworks.tree import CodeNode, Tree
from coding.schemas import LevelJudgement, Pick
from coding.strategies.evidence import Evidence, evidence_in, quotations_in
from coding.strategies.labels import LabelWriter
from coding.strategies.results import (
    JUDGE_UNAVAILABLE,
    NOTHING_TO_CODE,
    AssignedCode,
    CodingLimits,
    CodingResult,
    result_of,
)
from feedback.record_text import RecordText
from inference.fan_out import RecordError
from inference.orchestrator import OperationRun
from inference.runs.replies import Provenance

# A pick has no confidence of its own. If no judge gave one, the answer shows the middle of the scale.
UNJUDGED_CONFIDENCE = 0.5


@dataclass(frozen=True)
class _Branch:
    """A record's path down a branch.

    order: positions of the picks, by which results are sorted. judgements: one per level, None if the judge failed.
    provenance: of all picks and judgements in the path.
    """

    record: int
    path: tuple[CodeNode, ...] = ()
    order: tuple[int, ...] = ()
    judgements: tuple[LevelJudgement | None, ...] = field(default=(), repr=False)
    provenance: tuple[Provenance, ...] = ()

    @property
    def explanations(self) -> list[str]:
        return [judgement.explanation.strip() if judgement else JUDGE_UNAVAILABLE for judgement in self.judgements]

    @property
    def confidences(self) -> tuple[float, ...]:
        return tuple(judgement.score if judgement else UNJUDGED_CONFIDENCE for judgement in self.judgements)

    @property
    def unjudged_levels(self) -> frozenset[int]:
        return frozenset(level for level, judgement in enumerate(self.judgements) if judgement is None)


@dataclass
class _Outcome:
    """Branches of a record by their outcome."""

    found: list[_Branch] = field(default_factory=list)
    pruned: list[_Branch] = field(default_factory=list)
    barren: list[_Branch] = field(default_factory=list)
    dropped_codes: int = 0
    error: RecordError | None = None


def code_level_by_level(
    run: OperationRun, records: Sequence[RecordText], tree: Tree, limits: CodingLimits
) -> list[CodingResult | RecordError]:
    """Code records. An empty record costs no call. If the judge fails, the branch continues and says so."""
    coding = _LevelByLevel(run, records, tree, limits)
    coding.go_down()
    return [coding.result(index) for index in range(len(records))]


class _LevelByLevel:
    def __init__(self, run: OperationRun, records: Sequence[RecordText], tree: Tree, limits: CodingLimits) -> None:
        self._run = run
        self._records = records
        self._tree = tree
        self._limits = limits
        self._labels = LabelWriter.of(run)
        self._texts = {
            index: run.redact_record(record.content, record.metadata)
            for index, record in enumerate(records)
            if not record.is_empty
        }
        self._outcomes = {index: _Outcome() for index in self._texts}
        # A record whose call hangs may not use up the time that the other records need for the levels below.
        self._pick_until = run.halfway if len(self._texts) > 1 else lambda: math.inf

    def go_down(self) -> None:
        open_branches = [_Branch(index) for index in self._texts]
        while open_branches:
            picked = self._run.fan_out_records(self._pick, open_branches)
            candidates = [
                longer
                for branch, pick in zip(open_branches, picked, strict=True)
                for longer in self._branches_below(branch, pick)
            ]
            # A failed pick leaves the record without a result, so no more calls are paid for its other branches.
            answered = [branch for branch in candidates if self._outcomes[branch.record].error is None]
            judged = self._run.fan_out(self._judge, answered)
            open_branches = [branch for branch in judged if self._goes_on(branch)]

    def _branches_below(self, branch: _Branch, pick: tuple[list[_Branch], int] | RecordError) -> list[_Branch]:
        """Note the outcome of a pick, and return the branches that it opened."""
        outcome = self._outcomes[branch.record]
        if not isinstance(pick, tuple):
            outcome.error = outcome.error or pick
            return []
        longer, dropped = pick
        outcome.dropped_codes += dropped
        if not longer:
            outcome.barren.append(branch)
        return longer

    def _pick(self, branch: _Branch) -> tuple[list[_Branch], int]:
        """Return the branches below one, and the number of picks that named no option."""
        options = branch.path[-1].children if branch.path else tuple(self._tree)
        reply = self._run.ask(
            "pick_codes",
            Pick,
            step="pick",
            give_up_at=self._pick_until(),
            options=self._labels.options(options),
            path=self._labels.path(branch.path),
            tenant_note=self._run.tenant_note,
            record=self._texts[branch.record],
        )
        picked = reply.answer.within(len(options))
        provenance = (*branch.provenance, reply.provenance)
        longer = [
            replace(
                branch, path=(*branch.path, options[number]), order=(*branch.order, position), provenance=provenance
            )
            for position, number in enumerate(picked)
        ]
        return longer, len(reply.answer.selected) - len(picked)

    def _judge(self, branch: _Branch) -> _Branch:
        reply = self._run.ask_judge(
            "judge_code",
            LevelJudgement,
            give_up_at=math.inf if branch.path[-1].is_leaf else self._run.halfway(),
            path=self._labels.path(branch.path[:-1]),
            candidate=self._labels.label(branch.path[-1].name),
            tenant_note=self._run.tenant_note,
            record=self._texts[branch.record],
        )
        if reply is None:
            return replace(branch, judgements=(*branch.judgements, None))
        judgements = (*branch.judgements, reply.answer)
        return replace(branch, judgements=judgements, provenance=(*branch.provenance, reply.provenance))

    def _goes_on(self, branch: _Branch) -> bool:
        """Record the outcome of a judged branch, and tell whether the search continues below it."""
        outcome = self._outcomes[branch.record]
        judgement = branch.judgements[-1]
        if judgement and not self._limits.reaches(judgement.score):
            outcome.pruned.append(branch)
            return False
        if branch.path[-1].is_leaf:
            outcome.found.append(branch)
            return False
        return True

    def result(self, index: int) -> CodingResult | RecordError:
        if index not in self._outcomes:
            return NOTHING_TO_CODE
        outcome = self._outcomes[index]
        if outcome.error is not None:
            return outcome.error
        found = [(branch, self._evidence(branch)) for branch in sorted(outcome.found, key=lambda leaf: leaf.order)]
        result = result_of(
            [self._assigned(branch, evidence) for branch, evidence in found],
            [AssignedCode(branch.path, branch.confidences) for branch in outcome.pruned],
            self._limits,
            none_reason=lambda: _why_none(outcome),
        )
        dropped_evidence = sum(evidence is None and _has_quoted(branch) for branch, evidence in found)
        return replace(result, dropped_codes=outcome.dropped_codes, dropped_evidence=dropped_evidence)

    def _assigned(self, branch: _Branch, evidence: Evidence | None) -> AssignedCode:
        return AssignedCode(
            path=branch.path,
            confidences=branch.confidences,
            reasons=tuple(self._run.restore(text) for text in branch.explanations),
            evidence=evidence.span if evidence else None,
            stored_reasons=tuple(map(self._run.storable, branch.explanations)),
            stored_evidence=evidence.stored if evidence else "",
            is_judged=not branch.unjudged_levels,
            unmeasured=branch.unjudged_levels,
            provenance=branch.provenance,
        )

    def _evidence(self, branch: _Branch) -> Evidence | None:
        """Return a quotation of the judges, from the deepest level that has one."""
        content = self._records[branch.record].content
        quoted = (evidence_in(self._run, explanation, content) for explanation in reversed(branch.explanations))
        return next(filter(None, quoted), None)


def _has_quoted(branch: _Branch) -> bool:
    """Tell whether the judges quoted more than the names in the path."""
    names = {node.name.casefold() for node in branch.path}
    quoted = (quotation for explanation in branch.explanations for quotation in quotations_in(explanation))
    return any(quotation.strip().casefold() not in names for quotation in quoted)


def _why_none(outcome: _Outcome) -> str:
    deepest = max((branch.path for branch in outcome.barren), key=len, default=())
    if not deepest:
        return "No code of the framework's first level fits."
    return f"No code under {' > '.join(node.name for node in deepest)} fits."
