"""The codings of stored records, for feedback/registry.py."""

import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, Q

from coding.models import AssignmentSource, CodeAssignment
from feedback.registry import Coding
from tenants.identifiers import uuid_or_none

STATUS = {AssignmentSource.AUTO: "suggested", AssignmentSource.MANUAL: "accepted"}


def codings_of_records(record_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Coding]]:
    """Return the codings of records by record id; of several of a code from one source the newest."""
    codings: dict[uuid.UUID, dict[tuple[str, str], Coding]] = {}
    assignments = CodeAssignment.objects.filter(record_id__in=record_ids).select_related("code")
    for assignment in assignments.order_by("-created_at", "-id"):
        coding = _coding(assignment)
        codings.setdefault(assignment.record_id, {}).setdefault((coding.code_id, coding.source), coding)
    return {record_id: list(of_record.values()) for record_id, of_record in codings.items()}


def has_one_of(code_ids: Sequence[str]) -> Q:
    """Return the condition on records with a coding of one of these codes, by the caller's id or the stable id."""
    stable_ids = [stable_id for stable_id in map(uuid_or_none, code_ids) if stable_id]
    named = Q(code_external_id__in=code_ids) | Q(code__stable_id__in=stable_ids)
    return Q(Exists(CodeAssignment.objects.filter(named, record_id=OuterRef("pk")).order_by()))


def _coding(assignment: CodeAssignment) -> Coding:
    stable_id = str(assignment.code.stable_id) if assignment.code else ""
    return Coding(
        code_id=assignment.code_external_id or stable_id,
        path=tuple(assignment.code_path),
        source=assignment.source,
        status=STATUS[AssignmentSource(assignment.source)],
        confidence=assignment.confidence,
    )
