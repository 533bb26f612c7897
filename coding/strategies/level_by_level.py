"""The reference algorithm: pick among the options of a level, judge each pick, go on below those that hold.

Levels are done one after another, everything within a level concurrently, for all records together: two rounds of calls
a level, however many branches are open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from coding.frameworks.tree import CodeNode, Tree
from coding.schemas import LevelJudgement, Pick
from coding.strategies.evidence import Evidence, evidence_in, quotations_in
from coding.strategies.labels import LabelWriter
from coding.strategies.results import NOTHING_TO_CODE, AssignedCode, CodingLimits, CodingResult, result_of
from feedback.record_text import FeedbackRecord
from inference.orchestrator import OperationRun
from inference.prompting import load_prompt

PICK = load_prompt("coding", "pick_codes")
JUDGE = load_prompt("coding", "judge_code")
PROMPT_VERSION = f"{PICK.version}/{JUDGE.version}"

JUDGE_UNAVAILABLE = "Judge unavailable"


@dataclass(frozen=True)
class _Branch:
    """How far one record has come down one branch. order: the position of each pick, to keep results in that order."""

    record: int
    path: tuple[CodeNode, ...] = ()
    order: tuple[int, ...] = ()
    judgements: tuple[LevelJudgement, ...] = field(default=(), repr=False)


@dataclass
class _Outcome:
    """What became of one record's branches."""

    found: list[_Branch] = field(default_factory=list)
    pruned: list[_Branch] = field(default_factory=list)
    barren: list[_Branch] = field(default_factory=list)
    dropped_codes: int = 0


def code_level_by_level(
    run: OperationRun, records: Sequence[FeedbackRecord], tree: Tree, limits: CodingLimits
) -> list[CodingResult]:
    """Code each record. An empty one costs no call; a judge that fails counts as a score of 0."""
    coding = _LevelByLevel(run, records, tree, limits)
    coding.go_down()
    return [coding.result(index) for index in range(len(records))]


class _LevelByLevel:
    def __init__(self, run: OperationRun, records: Sequence[FeedbackRecord], tree: Tree, limits: CodingLimits) -> None:
        self._run = run
        self._records = records
        self._tree = tree
        self._limits = limits
        self._labels = LabelWriter.of(run)
        self._texts = {
            index: run.redact_record(record.content, record.metadata_for(run.operation.name))
            for index, record in enumerate(records)
            if not record.is_empty
        }
        self._outcomes = {index: _Outcome() for index in self._texts}

    def go_down(self) -> None:
        open_branches = [_Branch(index) for index in self._texts]
        while open_branches:
            picked = self._run.fan_out(self._pick, open_branches)
            for branch, (longer, dropped) in zip(open_branches, picked, strict=True):
                self._outcomes[branch.record].dropped_codes += dropped
                if not longer:
                    self._outcomes[branch.record].barren.append(branch)
            candidates = [branch for longer, _ in picked for branch in longer]
            judged = self._run.fan_out(self._judge, candidates)
            open_branches = [branch for branch in judged if self._goes_on(branch)]

    def _pick(self, branch: _Branch) -> tuple[list[_Branch], int]:
        """The branch, one level longer for each option that was picked; and how many picks were no option."""
        options = branch.path[-1].children if branch.path else tuple(self._tree)
        answer = self._run.ask(
            PICK,
            Pick,
            step="pick",
            options=self._labels.options(options),
            path=self._labels.path(branch.path),
            tenant_note=self._run.tenant_note,
            record=self._texts[branch.record],
        )
        picked = answer.within(len(options))
        longer = [
            replace(branch, path=(*branch.path, options[number]), order=(*branch.order, position))
            for position, number in enumerate(picked)
        ]
        return longer, len(answer.selected) - len(picked)

    def _judge(self, branch: _Branch) -> _Branch:
        judgement = self._run.ask_judge(
            JUDGE,
            LevelJudgement,
            path=self._labels.path(branch.path[:-1]),
            candidate=self._labels.label(branch.path[-1].name),
            tenant_note=self._run.tenant_note,
            record=self._texts[branch.record],
        )
        judgement = judgement or LevelJudgement(score=0.0, explanation=JUDGE_UNAVAILABLE)
        return replace(branch, judgements=(*branch.judgements, judgement))

    def _goes_on(self, branch: _Branch) -> bool:
        """Sort a judged branch: pruned, at its end, or to be followed further."""
        outcome = self._outcomes[branch.record]
        if not self._limits.keeps(branch.judgements[-1].score):
            outcome.pruned.append(branch)
            return False
        if branch.path[-1].is_leaf:
            outcome.found.append(branch)
            return False
        return True

    def result(self, index: int) -> CodingResult:
        if index not in self._outcomes:
            return NOTHING_TO_CODE
        outcome = self._outcomes[index]
        found = [(branch, self._evidence(branch)) for branch in sorted(outcome.found, key=lambda each: each.order)]
        result = result_of(
            [self._assigned(branch, evidence) for branch, evidence in found],
            [AssignedCode(branch.path, _scores(branch)) for branch in outcome.pruned],
            self._limits,
            none_reason=lambda: _why_none(outcome),
        )
        dropped_evidence = sum(evidence is None and _has_quoted(branch) for branch, evidence in found)
        return replace(result, dropped_codes=outcome.dropped_codes, dropped_evidence=dropped_evidence)

    def _assigned(self, branch: _Branch, evidence: Evidence | None) -> AssignedCode:
        explanations = [judgement.explanation.strip() for judgement in branch.judgements]
        return AssignedCode(
            path=branch.path,
            confidences=_scores(branch),
            reasons=tuple(self._run.restore(text) for text in explanations),
            evidence=evidence.span if evidence else None,
            stored_reasons=tuple(map(self._run.storable, explanations)),
            stored_evidence=evidence.stored if evidence else "",
        )

    def _evidence(self, branch: _Branch) -> Evidence | None:
        """What the judges quoted, the deepest level first."""
        content = self._records[branch.record].content
        quoted = (evidence_in(self._run, each.explanation, content) for each in reversed(branch.judgements))
        return next(filter(None, quoted), None)


def _scores(branch: _Branch) -> tuple[float, ...]:
    return tuple(judgement.score for judgement in branch.judgements)


def _has_quoted(branch: _Branch) -> bool:
    """Whether the judges put more than the names of the path between quotation marks."""
    names = {node.name.casefold() for node in branch.path}
    quoted = (each for judgement in branch.judgements for each in quotations_in(judgement.explanation))
    return any(each.strip().casefold() not in names for each in quoted)


def _why_none(outcome: _Outcome) -> str:
    deepest = max((branch.path for branch in outcome.barren), key=len, default=())
    if not deepest:
        return "No code of the framework's first level fits."
    return f"No code under {' > '.join(node.name for node in deepest)} fits."
