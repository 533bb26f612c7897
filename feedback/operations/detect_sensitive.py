"""Flag feedback records that trained people should look at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.record_text import FeedbackRecord
from feedback.schemas import Sensitivity
from feedback.sensitivity import SensitivityType, written_definitions
from inference.orchestrator import OperationRun
from inference.prompting import load_prompt
from inference.registry import Operation, register_operation

DETECT_SENSITIVE = register_operation(Operation("detect_sensitive"))
PROMPT = load_prompt("feedback", "detect_sensitive")
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


def detect_sensitive(run: OperationRun, record: FeedbackRecord) -> SensitivityResult:
    """Name the sensitive matters a record touches."""
    if record.is_empty:
        return NO_CONTENT
    answer = run.ask(
        PROMPT,
        Sensitivity,
        step="detect",
        definitions=DEFINITIONS,
        tenant_note=run.tenant_note,
        record=run.redact_record(record.content, record.metadata_for(run.operation.name)),
    )
    restored = run.restore(answer)
    return SensitivityResult(
        tuple(dict.fromkeys(restored.sensitivity_types)), restored.explanation.strip() or NOTHING_FOUND
    )


def detect_sensitive_in_each(run: OperationRun, records: Sequence[FeedbackRecord]) -> list[SensitivityResult]:
    """Rate records one by one, each in a call of its own: none can hide another or be left out."""
    return run.fan_out(lambda record: detect_sensitive(run, record), records)
