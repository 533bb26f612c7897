"""Run the demo content through the platform, operation by operation, as API requests would."""

import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from coding.demo.content import DemoRecord
from coding.frameworks.versions import ChosenFramework
from coding.operations.assign_codes import ASSIGN_CODES, assign_codes
from coding.strategies.results import AssignedCode, CodingLimits
from feedback.operations.analyze import ANALYZE, AnalysisResult, analyze
from feedback.operations.detect_sensitive import DETECT_SENSITIVE, detect_sensitive
from feedback.operations.summarize import (
    SUMMARIZE,
    SUMMARIZE_AGGREGATE,
    SummaryResult,
    summarize_record,
    summarize_together,
)
from feedback.record_text import RecordText
from inference import orchestrator
from inference.operation import Operation
from inference.orchestrator import OperationRun
from inference.runs.origin import CallOrigin
from tenants.models import Tenant

QUESTION = "What do people say about water and cholera, and what changed over the weeks?"
THRESHOLD = 0.1


@dataclass
class Findings:
    """Results of the demo."""

    redacted: Counter[str] = field(default_factory=Counter)
    personal_values: int = 0
    personal_values_sent: int = 0
    coded: list[tuple[DemoRecord, AssignedCode]] = field(default_factory=list)
    uncoded: int = 0
    flagged: list[DemoRecord] = field(default_factory=list)

    @property
    def coded_as_expected(self) -> int:
        return sum(assigned.code.id == shown.code for shown, assigned in self.coded)

    @property
    def by_type(self) -> list[tuple[str, int]]:
        return Counter(assigned.names[0] for _, assigned in self.coded).most_common()


def start(operation: Operation, tenant: Tenant, records_count: int = 1) -> AbstractContextManager[OperationRun]:
    origin = CallOrigin(tenant=tenant, call_id=uuid.uuid4(), actor_id="command:demo")
    return orchestrator.operation(operation, origin, records_count=records_count)


def process(shown: DemoRecord, tenant: Tenant, framework: ChosenFramework, findings: Findings) -> None:
    """Redact, code and flag a record, and add the result."""
    with start(ASSIGN_CODES, tenant) as run:
        result = assign_codes(run, shown.record, framework, CodingLimits(threshold=THRESHOLD))
        sent = run.redact_again(shown.record.content)
    findings.redacted.update(run.redaction.counts)
    findings.personal_values += len(shown.pii)
    findings.personal_values_sent += sum(value in sent for value in shown.pii)
    findings.uncoded += not result.assigned
    findings.coded += [(shown, assigned) for assigned in result.assigned]
    with start(DETECT_SENSITIVE, tenant) as run:
        if detect_sensitive(run, shown.record).is_sensitive:
            findings.flagged.append(shown)


def redacted_text(record: RecordText, tenant: Tenant) -> str:
    """Return the text of a record as a model sees it."""
    with start(SUMMARIZE, tenant) as run:
        return run.redact_record(record.content)


def summary_of_one(record: RecordText, tenant: Tenant) -> SummaryResult:
    with start(SUMMARIZE, tenant) as run:
        return summarize_record(run, record)


def summary_of_all(records: list[RecordText], tenant: Tenant) -> SummaryResult:
    with start(SUMMARIZE_AGGREGATE, tenant, len(records)) as run:
        return summarize_together(run, records, language="English")


def analysis_of_all(findings: Findings, records: Iterable[RecordText], tenant: Tenant) -> AnalysisResult:
    """Analyse the records with their assigned codes, as the CRM would send them."""
    given = {shown.record.id: assigned for shown, assigned in findings.coded}
    coded = [_with_codes(record, given.get(record.id)) for record in records]
    with start(ANALYZE, tenant, len(coded)) as run:
        return analyze(run, coded, question=QUESTION, language="English")


def _with_codes(record: RecordText, assigned: AssignedCode | None) -> RecordText:
    names = assigned.names if assigned else ()
    levels = {f"coding_level_{level}": name for level, name in enumerate(names[:3], start=1)}
    return RecordText(record.id, record.content, {**record.metadata, **levels})
