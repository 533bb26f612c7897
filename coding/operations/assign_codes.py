"""Code feedback records with a coding framework, and store the codes where the tenant's policy says so."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence

from coding.frameworks import missing_codes, services
from coding.frameworks.tree import Tree
from coding.frameworks.versions import ChosenFramework
from coding.models import CodeAssignment, MissingCode, Strategy
from coding.offline import answers
from coding.records.links import link_to_records
from coding.strategies import level_by_level, lexical, one_shot
from coding.strategies.results import AssignedCode, CodingLimits, CodingResult
from feedback.record_text import RecordText
from inference.connections import OFFLINE_MODEL, generation_connection
from inference.fan_out import RecordError, answered, ensure_any_answered
from inference.operation import Operation
from inference.orchestrator import OperationRun
from tenants.storable import storable

ASSIGN_CODES = Operation("assign_codes", offline=answers.ASSIGN_CODES)

MAX_REFERENCE_LENGTH, MAX_NAME_LENGTH = 255, 500
Result = CodingResult | RecordError
Coder = Callable[[OperationRun, Sequence[RecordText], Tree, CodingLimits], list[Result]]

STRATEGIES: Mapping[Strategy, Coder] = {
    Strategy.LEVEL_BY_LEVEL: level_by_level.code_level_by_level,
    Strategy.ONE_SHOT: one_shot.code_in_one_call,
    Strategy.SHORTLIST: one_shot.code_from_shortlist,
    Strategy.OFFLINE: lexical.code_offline,
}


def strategy_in_use(chosen: Strategy) -> Strategy:
    """Return the offline strategy if the model is the offline one, else the chosen strategy."""
    # The offline engine does not read prompts as a model does. On held-out quotes its own strategy is right twice as
    # often.
    return Strategy.OFFLINE if generation_connection().model == OFFLINE_MODEL else chosen


def assign_codes(
    run: OperationRun,
    record: RecordText,
    framework: ChosenFramework,
    limits: CodingLimits,
    *,
    strategy: Strategy = Strategy.LEVEL_BY_LEVEL,
) -> CodingResult:
    """Code a record. The ledger names the framework's version."""
    [result] = assign_codes_to_each(run, [record], framework, limits, strategy=strategy)
    return answered(result)


def assign_codes_to_each(
    run: OperationRun,
    records: Sequence[RecordText],
    framework: ChosenFramework,
    limits: CodingLimits,
    *,
    strategy: Strategy = Strategy.LEVEL_BY_LEVEL,
) -> list[Result]:
    """Code records, with one result for each record, in order. The strategy is the one that strategy_in_use returns.

    If a model fails on a record, its result is the error. Raises the error if no record was answered.
    """
    strategy = strategy_in_use(strategy)
    named_run = run.with_framework(framework.version_id)
    results = STRATEGIES[strategy](named_run, records, framework.tree, limits)
    ensure_any_answered(results)
    if run.origin.tenant.stores_records:
        assignments = [
            _assignment(named_run, record, assigned, framework, strategy)
            for record, assigned in _pairs(records, results)
        ]
        if assignments:
            run.write_later(lambda: _write_assignments(assignments, run.origin.stored_record_id))
        _record_missing_codes(named_run, records, results, framework)
    return results


def _record_missing_codes(
    run: OperationRun, records: Sequence[RecordText], results: Sequence[Result], framework: ChosenFramework
) -> None:
    """Store records that fit no code of a stored framework, redacted, for its owner."""
    if framework.version_id is None or not run.is_redacting:
        return
    missing = [
        MissingCode(
            tenant=run.origin.tenant,
            framework_version_id=framework.version_id,
            record_reference=storable(record.id)[:MAX_REFERENCE_LENGTH],
            text=storable(run.redact_again(record.content)),
            proposed_name=storable(result.stored_proposed_name)[:MAX_NAME_LENGTH],
            call_id=run.origin.call_id,
        )
        for record, result in zip(records, results, strict=True)
        if isinstance(result, CodingResult) and result.nothing_fits
    ]
    if missing:
        run.write_later(lambda: _write_missing_codes(missing, run.origin.stored_record_id))


def _write_assignments(rows: Sequence[CodeAssignment], stored_record_id: uuid.UUID | None) -> None:
    link_to_records(rows, stored_record_id)
    services.record_assignments(rows)


def _write_missing_codes(rows: Sequence[MissingCode], stored_record_id: uuid.UUID | None) -> None:
    link_to_records(rows, stored_record_id)
    missing_codes.record_missing_codes(rows)


def _pairs(records: Sequence[RecordText], results: Sequence[Result]) -> Iterator[tuple[RecordText, AssignedCode]]:
    for record, result in zip(records, results, strict=True):
        if isinstance(result, CodingResult):
            for assigned in result.assigned:
                yield record, assigned


def _assignment(
    run: OperationRun,
    record: RecordText,
    assigned: AssignedCode,
    framework: ChosenFramework,
    strategy: Strategy,
) -> CodeAssignment:
    """Make the row: placeholders in place of personal data, and no text when nothing was redacted."""
    origin = run.origin
    return CodeAssignment(
        tenant=origin.tenant,
        record_reference=storable(record.id)[:MAX_REFERENCE_LENGTH],
        framework_version_id=framework.version_id,
        code_id=assigned.code.row_id,
        code_external_id=storable(assigned.code.id)[:MAX_REFERENCE_LENGTH],
        code_path=[storable(name) for name in assigned.names],
        strategy=strategy,
        model=assigned.model,
        prompt_version=assigned.prompt_version,
        redaction_version=run.redaction_version,
        confidence_by_level=assigned.measured_confidences,
        confidence=None if assigned.unmeasured else assigned.confidence,
        evidence=storable(assigned.stored_evidence),
        reason=storable(" ".join(filter(None, assigned.stored_reasons))),
        call_id=origin.call_id,
        assigned_by=origin.actor_id,
    )
