"""Code in one call over the whole framework: the prefix stays the same, so providers cache it; the record is last.

The shortlist strategy, also used for a framework too large for a prompt, sends only the branches of the codes that the
lexical coder finds most similar.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from cachetools import LRUCache, cached
from django.conf import settings

from coding.frameworks.tree import PlacedCode, Tree, TreeKey, leaves, only_branches_of
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
from inference.orchestrator import OperationRun
from inference.runs.replies import Provenance

SHORTLIST_LENGTH = 25
SHARE_OF_PROMPT = 0.8
MIN_BUDGET_CODES = 150
DOUBTFUL_SCORE = 0.7
CACHED_FRAMEWORKS = 64


def code_in_one_call(
    run: OperationRun, records: Sequence[RecordText], tree: Tree, limits: CodingLimits
) -> list[CodingResult | RecordError]:
    """Code each record in a call of its own, so that no record can change the codes of another one."""
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
    """Code each record in one call over the branches of the codes that are most similar by words and meaning."""
    labels = LabelWriter.of(run)
    coder = _OneCall(run, labels, limits)
    coder_of_texts = learned_coder(run, tree, [record.content for record in records if not record.is_empty])

    def code(record: RecordText) -> CodingResult:
        most_similar = [ranked.placed for ranked in coder_of_texts.rank(record.content)[:SHORTLIST_LENGTH]]
        part = only_branches_of(tree, most_similar)
        return coder.code(record, part, labels.framework(part))

    return run.fan_out_records(code, records)


def _whole_framework(run: OperationRun, labels: LabelWriter, tree: Tree) -> str:
    """Return the text of a framework, from a cache if it is a stored version."""
    write = _cached_framework if run.framework_version_id else _framework
    return write(tree, labels, _max_framework_length(tree))


def _framework(tree: Tree, labels: LabelWriter, max_length: int) -> str:
    return labels.framework(tree, max_length=max_length)


# Choosing the words of a large framework takes as long as the rest of a call.
_cached_framework = cached(
    LRUCache(CACHED_FRAMEWORKS),
    key=lambda tree, labels, max_length: (TreeKey(tree), labels.entities, max_length),
    lock=Lock(),
)(_framework)


def _max_framework_length(tree: Tree) -> int:
    """Return the maximum length of a framework's text. Small frameworks have the length of 150 codes."""
    # Every call pays for this prefix.
    codes = max(MIN_BUDGET_CODES, len(leaves(tree)))
    return int(settings.CODING_TOKENS_PER_CODE * settings.LLM_CHARS_PER_TOKEN * codes)


@dataclass(frozen=True)
class _Candidate:
    """A proposed code of the framework, with checked confidences and evidence."""

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
        assigned_codes = [self._assigned(candidate) for candidate in candidates]
        result = result_of(
            [assigned for assigned in assigned_codes if self._limits.admits(assigned)],
            assigned_codes,
            self._limits,
            none_reason=lambda: "None of the framework's codes fits.",
        )
        suggested = run.restore(proposal.missing.strip())
        return replace(
            result,
            dropped_codes=len(proposal.codes) - len(usable),
            dropped_evidence=sum(bool(code.quote.strip()) for _, code in usable)
            - sum(candidate.evidence is not None for candidate in candidates),
            suggested_code=suggested or None if not assigned_codes else None,
            stored_proposed_name="" if assigned_codes else run.storable(proposal.missing.strip()),
        )

    def _candidate(
        self, placed: PlacedCode, code: ProposedCode, record: RecordText, provenance: Provenance
    ) -> _Candidate:
        return _Candidate(
            placed,
            _one_per_level(code.sure, placed.level),
            code.why.strip(),
            checked_evidence(self._run, code.quote, record.content),
            provenance=(provenance,),
        )

    def _judged(self, candidates: Sequence[_Candidate], text: str) -> list[_Candidate]:
        """Give candidates the judge's score for the code itself. If the judge fails, they stay as they are.

        The judge reads the texts of the candidates and not the framework: a second prefix would cost more.
        """
        reply = self._run.ask_judge(
            "judge_codes",
            CandidateScores,
            candidates="\n".join(
                f"{number}. {self._labels.described(candidate.placed)}"
                for number, candidate in enumerate(candidates, start=1)
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
        """Build the result. The reason belongs to the code; levels above it have none."""
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
    """Return the proposals with a code of the framework and confidences from 0 to 1, without repetitions."""
    usable: dict[int, ProposedCode] = {}
    for proposal in proposed:
        is_possible = all(0 <= confidence <= 1 for confidence in proposal.sure) and proposal.sure
        if 1 <= proposal.id <= len(codes) and is_possible:
            usable.setdefault(proposal.id, proposal)
    return [(codes[number - 1], proposal) for number, proposal in usable.items()]


def _one_per_level(confidences: Sequence[float], levels: int) -> tuple[float, ...]:
    """Return as many confidences as levels: the last ones, with the first of them repeated for missing levels."""
    given = tuple(confidences[-levels:])
    return (given[0],) * (levels - len(given)) + given


def _unjudged(candidate: _Candidate) -> _Candidate:
    return replace(candidate, reason=f"{candidate.reason} ({JUDGE_UNAVAILABLE})".strip(), is_judged=False)


def _scored(candidate: _Candidate, score: float, doubt: str, judge: Provenance) -> _Candidate:
    """Give a candidate the judge's score, and the judge's doubt as its reason if the score is low."""
    return replace(
        candidate,
        confidences=(*candidate.confidences[:-1], score),
        reason=doubt if doubt and score < DOUBTFUL_SCORE else candidate.reason,
        provenance=(*candidate.provenance, judge),
    )
