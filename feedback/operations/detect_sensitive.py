"""Flag feedback records that trained people should look at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.offline import answers
from feedback.record_text import METADATA, RecordText
from feedback.schemas import Sensitivity
from feedback.sensitivity import SensitivityType, written_definitions
from inference.fan_out import RecordError, ensure_any_answered
from inference.operation import Operation
from inference.orchestrator import OperationRun
from usage.models import Rank

DETECT_SENSITIVE = Operation(
    "detect_sensitive", rank=Rank.ESSENTIAL, metadata=METADATA, offline=answers.DETECT_SENSITIVE
)
DEFINITIONS = written_definitions()


@dataclass(frozen=True)
class SensitivityResult:
    """sensitivity_types: in the model's order, each once."""

    sensitivity_types: tuple[SensitivityType, ...]
    explanation: str

    @property
    def is_sensitive(self) -> bool:
        return bool(self.sensitivity_types)


NO_CONTENT = SensitivityResult((), "No feedback content was provided.")
NOTHING_FOUND = "No sensitive content detected."


def detect_sensitive(run: OperationRun, record: RecordText) -> SensitivityResult:
    """Name the sensitive matters a record touches."""
    if record.is_empty:
        return NO_CONTENT
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
    """Rate records, each in a call of its own, so that no record can hide another or be left out.

    A record that a model failed on has the error as its result. Raises it when no record was answered.
    """
    results = run.fan_out_records(lambda record: detect_sensitive(run, record), records)
    ensure_any_answered(results)
    return results
