"""One call over the whole framework: the same prefix every time, which providers cache, and the record last.

A framework too large for a prompt is cut to its likeliest branches first, by the lexical coder: the shortlist strategy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings

from coding.frameworks.tree import PlacedCode, Tree, leaves, only_branches_of
from coding.kept import KeptByTree
from coding.schemas import CandidateScores, CodeProposal, ProposedCode
from coding.strategies.evidence import Evidence, checked_evidence
from coding.strategies.labels import LabelWriter
from coding.strategies.results import (
    JUDGE_UNAVAILABLE,
    NOTHING_TO_CODE,
    AssignedCode,
    CodingLimits,
    CodingResult,
    result_of,
)
from coding.strategies.reviewed_examples import learned_coder
from feedback.record_text import RecordText
from inference.estimates import characters_left
from inference.fan_out import RecordError
from inference.orchestrator import OperationRun, Provenance

SHORTLIST_LENGTH = 25
SHARE_OF_PROMPT = 0.8
LEAST_BUDGET_CODES = 150
DOUBTED_UNDER = 0.7
FRAMEWORKS_KEPT = 64

_frameworks: KeptByTree[str] = KeptByTree(FRAMEWORKS_KEPT)


def code_in_one_call(
    run: OperationRun, records: Sequence[RecordText], tree: Tree, limits: CodingLimits
) -> list[CodingResult | RecordError]:
    """Code each record in a call of its own, so that none can change another's codes."""
    labels = LabelWriter.of(run)
    prompt = run.prompt("code_one_shot")
    whole = _whole_framework(run, labels, tree)
    if len(whole) > SHARE_OF_PROMPT * characters_left(prompt.render(**dict.fromkeys(prompt.variables, ""))):
        return code_from_shortlist(run, records, tree, limits)
    coder = _OneCall(run, labels, limits)
    return run.fan_out_records(lambda record: coder.code(record, tree, whole), records)


def code_from_shortlist(
    run: OperationRun, records: Sequence[RecordText], tree: Tree, limits: CodingLimits
) -> list[CodingResult | RecordError]:
    """Code each record in one call over the branches of the codes that are likest to it by their words."""
    labels = LabelWriter.of(run)
    coder = _OneCall(run, labels, limits)
    by_words = learned_coder(run, tree)

    def code(record: RecordText) -> CodingResult:
        likeliest = [each.placed for each in by_words.rank(record.content)[:SHORTLIST_LENGTH]]
        part = only_branches_of(tree, likeliest)
        return coder.code(record, part, labels.framework(part))

    return run.fan_out_records(code, records)


def _whole_framework(run: OperationRun, labels: LabelWriter, tree: Tree) -> str:
    """The framework's text; choosing its words takes as long as the rest of the road, so a stored version's is kept."""
    longest = _longest_framework(tree)
    if run.framework_version_id is None:
        return labels.framework(tree, longest=longest)
    return _frameworks.get(tree, lambda: labels.framework(tree, longest=longest), labels.entities, longest)


def _longest_framework(tree: Tree) -> int:
    """Characters of the prefix that every call pays for: a small framework may use what 150 codes have."""
    codes = max(LEAST_BUDGET_CODES, len(leaves(tree)))
    return int(settings.CODING_TOKENS_PER_CODE * settings.LLM_CHARS_PER_TOKEN * codes)


@dataclass(frozen=True)
class _Candidate:
    """A proposed code that is one of the framework, with what of it could be checked."""

    placed: PlacedCode
    confidences: tuple[float, ...]
    reason: str = field(repr=False)
    evidence: Evidence | None = field(repr=False)
    is_judged: bool = True
    provenance: tuple[Provenance, ...] = ()


class _OneCall:
    def __init__(self, run: OperationRun, labels: LabelWriter, limits: CodingLimits) -> None:
        self._run = run
        self._labels = labels
        self._limits = limits

    def code(self, record: RecordText, tree: Tree, framework: str) -> CodingResult:
        if record.is_empty:
            return NOTHING_TO_CODE
        run = self._run
        text = run.redact_record(record.content, record.metadata)
        reply = run.ask(
            "code_one_shot",
            CodeProposal,
            step="code",
            framework=framework,
            tenant_note=run.tenant_note,
            max_codes=str(self._limits.max_codes),
            record=text,
        )
        proposal = reply.answer
        usable = _usable(proposal.codes, leaves(tree))
        candidates = [self._candidate(placed, code, record, reply.provenance) for placed, code in usable]
        if self._limits.uses_judge and candidates:
            candidates = self._judged(candidates, text)
        found = [self._assigned(candidate) for candidate in candidates]
        result = result_of(
            [assigned for assigned in found if self._limits.admits(assigned)],
            found,
            self._limits,
            none_reason=lambda: "None of the framework's codes fits.",
        )
        suggested = run.restore(proposal.missing.strip())
        return replace(
            result,
            dropped_codes=len(proposal.codes) - len(usable),
            dropped_evidence=sum(bool(code.quote.strip()) for _, code in usable)
            - sum(candidate.evidence is not None for candidate in candidates),
            suggested_code=suggested or None if not found else None,
            stored_proposed_name="" if found else run.storable(proposal.missing.strip()),
        )

    def _candidate(
        self, placed: PlacedCode, code: ProposedCode, record: RecordText, provenance: Provenance
    ) -> _Candidate:
        return _Candidate(
            placed,
            _one_a_level(code.sure, placed.level),
            code.why.strip(),
            checked_evidence(self._run, code.quote, record.content),
            provenance=(provenance,),
        )

    def _judged(self, candidates: Sequence[_Candidate], text: str) -> list[_Candidate]:
        """Give candidates the judge's score for the code itself; a judge that fails leaves them as they were.

        A judge reads no framework, only what is said of the candidates: a prefix of its own would cost more than this.
        """
        reply = self._run.ask_judge(
            "judge_codes",
            CandidateScores,
            candidates="\n".join(
                f"{number}. {self._labels.described(each.placed)}" for number, each in enumerate(candidates, start=1)
            ),
            tenant_note=self._run.tenant_note,
            record=text,
        )
        if reply is None or len(reply.answer.scores) != len(candidates):
            return [_unjudged(candidate) for candidate in candidates]
        scored = zip(candidates, reply.answer.scores, strict=True)
        doubt = reply.answer.doubt.strip()
        return [_scored(candidate, score, doubt, reply.provenance) for candidate, score in scored]

    def _assigned(self, candidate: _Candidate) -> AssignedCode:
        """The reason is the code's own; the levels above it are explained by it."""
        levels = len(candidate.confidences)
        blank = ("",) * (levels - 1)
        return AssignedCode(
            path=candidate.placed.path,
            confidences=candidate.confidences,
            reasons=(*blank, self._run.restore(candidate.reason)),
            evidence=candidate.evidence.span if candidate.evidence else None,
            stored_reasons=(self._run.storable(candidate.reason),),
            stored_evidence=candidate.evidence.stored if candidate.evidence else "",
            is_judged=candidate.is_judged,
            provenance=candidate.provenance,
        )


def _usable(proposed: Sequence[ProposedCode], codes: Sequence[PlacedCode]) -> list[tuple[PlacedCode, ProposedCode]]:
    """The proposals that name a code of the framework, each once, with confidences from 0 to 1."""
    usable: dict[int, ProposedCode] = {}
    for each in proposed:
        is_possible = all(0 <= confidence <= 1 for confidence in each.sure) and each.sure
        if 1 <= each.id <= len(codes) and is_possible:
            usable.setdefault(each.id, each)
    return [(codes[number - 1], each) for number, each in usable.items()]


def _one_a_level(confidences: Sequence[float], levels: int) -> tuple[float, ...]:
    """As many confidences as levels: the last ones given, the first repeated for levels that have none."""
    given = tuple(confidences[-levels:])
    return (given[0],) * (levels - len(given)) + given


def _unjudged(candidate: _Candidate) -> _Candidate:
    return replace(candidate, reason=f"{candidate.reason} ({JUDGE_UNAVAILABLE})".strip(), is_judged=False)


def _scored(candidate: _Candidate, score: float, doubt: str, judge: Provenance) -> _Candidate:
    """Give a candidate the judge's score, and the judge's doubt in place of its reason where the score is low."""
    return replace(
        candidate,
        confidences=(*candidate.confidences[:-1], score),
        reason=doubt if doubt and score < DOUBTED_UNDER else candidate.reason,
        provenance=(*candidate.provenance, judge),
    )
