"""Flag feedback records that trained people should look at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.offline import answers
from feedback.record_text import METADATA, RecordText
from feedback.schemas import Sensitivity
from feedback.sensitivity import SensitivityType, written_definitions
from inference.errors import ModelError
from inference.fan_out import RecordError, ensure_any_answered
from inference.operation import Operation
from inference.orchestrator import OperationRun
from usage.failure_reasons import FailureReason
from usage.models import Rank

DETECT_SENSITIVE = Operation(
    "detect_sensitive", rank=Rank.ESSENTIAL, metadata=METADATA, offline=answers.DETECT_SENSITIVE
)
DEFINITIONS = written_definitions()


@dataclass(frozen=True)
class SensitivityResult:
    """sensitivity_types: in the model's order, without duplicates. was_refused: by the provider's content filter."""

    sensitivity_types: tuple[SensitivityType, ...]
    explanation: str
    was_refused: bool = False

    @property
    def is_sensitive(self) -> bool:
        return bool(self.sensitivity_types) or self.was_refused


NO_CONTENT = SensitivityResult((), "No feedback content was provided.")
# What a content filter refuses is often the most sensitive record there is: nobody may take it for harmless.
REFUSED = SensitivityResult(
    (), "The record was refused by the provider's content filter; a person needs to look at it.", was_refused=True
)
NOTHING_FOUND = "No sensitive content detected."


def detect_sensitive(run: OperationRun, record: RecordText) -> SensitivityResult:
    """Return the sensitive matters of a record. A record that the provider's content filter refuses is flagged."""
    if record.is_empty:
        return NO_CONTENT
    try:
        return _rated(run, record)
    except ModelError as error:
        if error.reason is not FailureReason.CONTENT_FILTER:
            raise
        return REFUSED


def _rated(run: OperationRun, record: RecordText) -> SensitivityResult:
    reply = run.ask(
        "detect_sensitive",
        Sensitivity,
        step="detect",
        definitions=DEFINITIONS,
        tenant_note=run.tenant_note,
        record=run.redact_record(record.content, record.metadata),
    )
    restored = run.restore(reply.answer)
    return SensitivityResult(
        tuple(dict.fromkeys(restored.sensitivity_types)), restored.explanation.strip() or NOTHING_FOUND
    )


def detect_sensitive_in_each(run: OperationRun, records: Sequence[RecordText]) -> list[SensitivityResult | RecordError]:
    """Rate records in separate calls, so that no record can hide another or be left out.

    A record that a model failed on has the error as its result. The error is raised if no record was answered.
    """
    results = run.fan_out_records(lambda record: detect_sensitive(run, record), records)
    ensure_any_answered(results)
    return results
