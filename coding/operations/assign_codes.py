"""Code feedback records with a coding framework, and keep what was assigned where the tenant's policy says so."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from coding.frameworks import missing_codes, services
from coding.frameworks.tree import Tree
from coding.frameworks.versions import ChosenFramework
from coding.models import CodeAssignment, CodeSuggestion, Strategy
from coding.strategies import level_by_level, lexical, one_shot
from coding.strategies.results import AssignedCode, CodingLimits, CodingResult
from feedback.record_text import FeedbackRecord
from inference.connections import generation_connection
from inference.orchestrator import OperationRun
from inference.registry import Operation, register_operation

ASSIGN_CODES = register_operation(Operation("assign_codes"))

LONGEST_REFERENCE, LONGEST_NAME = 255, 500
Coder = Callable[[OperationRun, Sequence[FeedbackRecord], Tree, CodingLimits], list[CodingResult]]


@dataclass(frozen=True)
class _Method:
    """code: the strategy itself. prompt_version: of the prompts it asks with."""

    code: Coder
    prompt_version: str


METHODS = {
    Strategy.LEVEL_BY_LEVEL: _Method(level_by_level.code_level_by_level, level_by_level.PROMPT_VERSION),
    Strategy.ONE_SHOT: _Method(one_shot.code_in_one_call, one_shot.PROMPT_VERSION),
    Strategy.SHORTLIST: _Method(one_shot.code_from_shortlist, f"{one_shot.PROMPT_VERSION}/{lexical.PROMPT_VERSION}"),
    Strategy.OFFLINE: _Method(lexical.code_offline, lexical.PROMPT_VERSION),
}


def assign_codes(
    run: OperationRun,
    records: Sequence[FeedbackRecord],
    framework: ChosenFramework,
    limits: CodingLimits,
    *,
    strategy: Strategy = Strategy.LEVEL_BY_LEVEL,
) -> list[CodingResult]:
    """Code each record, one result a record, in order. The framework's version is named in the ledger."""
    method = METHODS[strategy]
    named_run = replace(run, framework_version_id=framework.version_id)
    results = method.code(named_run, records, framework.tree, limits)
    if run.origin.tenant.stores_results:
        services.record_assignments(
            _assignment(named_run, record, assigned, framework, strategy, method.prompt_version)
            for record, assigned in _pairs(records, results)
        )
        _pool(named_run, records, results, framework)
    return results


def _pool(
    run: OperationRun, records: Sequence[FeedbackRecord], results: Sequence[CodingResult], framework: ChosenFramework
) -> None:
    """Keep what fits no code of a stored framework, redacted, for its owner."""
    if framework.version_id is None or not run.is_redacting:
        return
    missing_codes.record_suggestions(
        CodeSuggestion(
            tenant=run.origin.tenant,
            framework_version_id=framework.version_id,
            text=_storable(run.redact_again(record.content)),
            suggested_name=_storable(result.stored_suggestion)[:LONGEST_NAME],
            call_id=run.origin.call_id,
        )
        for record, result in zip(records, results, strict=True)
        if result.nothing_fits
    )


def _pairs(
    records: Sequence[FeedbackRecord], results: Sequence[CodingResult]
) -> Iterator[tuple[FeedbackRecord, AssignedCode]]:
    for record, result in zip(records, results, strict=True):
        for assigned in result.assigned:
            yield record, assigned


def _assignment(
    run: OperationRun,
    record: FeedbackRecord,
    assigned: AssignedCode,
    framework: ChosenFramework,
    strategy: Strategy,
    prompt_version: str,
) -> CodeAssignment:
    """The row to keep: with placeholders in place of personal data, and without text when nothing was redacted."""
    origin = run.origin
    return CodeAssignment(
        tenant=origin.tenant,
        record_reference=_storable(record.id)[:LONGEST_REFERENCE],
        framework_version_id=framework.version_id,
        code_id=assigned.code.row_id,
        code_external_id=_storable(assigned.code.id)[:LONGEST_REFERENCE],
        code_path=[_storable(name) for name in assigned.names],
        strategy=strategy,
        model="" if strategy == Strategy.OFFLINE else generation_connection().model,
        prompt_version=prompt_version,
        redaction_version=run.redaction_version,
        confidence_by_level=list(assigned.confidences),
        confidence=assigned.confidence,
        evidence=_storable(assigned.stored_evidence),
        reason=_storable(" ".join(filter(None, assigned.stored_reasons))),
        call_id=origin.call_id,
        assigned_by=f"key:{origin.api_key_id}" if origin.api_key_id else f"user:{origin.user_id}",
    )


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL."""
    return text.replace("\x00", "")
