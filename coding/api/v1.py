"""Contract v1: a list of records, and a framework of types, categories and codes."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from coding.api.serializers import LimitsBody, as_limits, explanation_of
from coding.api.trees import CodingFrameworkField
from coding.frameworks.versions import inline_framework
from coding.operations.assign_codes import ASSIGN_CODES, assign_codes_to_each
from coding.strategies.policy import coding_choice
from coding.strategies.results import AssignedCode, CodingResult
from feedback.api.serializers import RecordListField
from feedback.api.v1 import TextOrContent, as_records
from feedback.record_text import RecordText
from inference.api.record_errors import RECORD_ERROR, RecordErrorSerializer, as_record_error
from inference.fan_out import RecordError
from inference.orchestrator import OperationRun
from inference.registry import Body as RequestBody
from inference.registry import V1UseCase
from tenants.rest.fields import Body, BooleanField

KEYS = {"coding_framework", "feedback_records", "feedback_items"}
LEVELS = ("Type", "Category", "Code")


class V1RecordSerializer(TextOrContent):
    """id and text; v1 sends no metadata here."""


class V1AssignCodesSerializer(LimitsBody):
    coding_framework = CodingFrameworkField()
    feedback_records = RecordListField(V1RecordSerializer())
    anonymize = BooleanField(default=True)


class V1AssignedCodeSerializer(Body):
    code_id = serializers.CharField(allow_blank=True)
    code_label = serializers.CharField(allow_blank=True)
    confidence_type = serializers.FloatField(min_value=0, max_value=1)
    confidence_category = serializers.FloatField(min_value=0, max_value=1)
    confidence_code = serializers.FloatField(min_value=0, max_value=1)
    confidence_aggregate = serializers.FloatField(min_value=0, max_value=1)
    explanation = serializers.CharField()


class V1CodedRecordSerializer(Body):
    feedback_record_id = serializers.CharField(allow_blank=True)
    assigned_codes = V1AssignedCodeSerializer(many=True, allow_null=True)
    error = RecordErrorSerializer(required=False, help_text=RECORD_ERROR)


class V1AssignCodesAnswerSerializer(Body):
    coded_feedback_records = V1CodedRecordSerializer(many=True)
    used_anonymization = serializers.BooleanField()


def as_assigned_code(assigned: AssignedCode) -> dict[str, Any]:
    confidence_type, confidence_category, confidence_code = assigned.confidences
    return {
        "code_id": assigned.code.id,
        "code_label": assigned.code.name,
        "confidence_type": confidence_type,
        "confidence_category": confidence_category,
        "confidence_code": confidence_code,
        "confidence_aggregate": assigned.confidence,
        "explanation": explanation_of(assigned, LEVELS),
    }


def _assign_codes(run: OperationRun, body: RequestBody) -> list[CodingResult | RecordError]:
    framework = inline_framework(body["coding_framework"])
    choice = coding_choice()
    limits = as_limits(body, uses_judge=choice.uses_judge)
    return assign_codes_to_each(run, as_records(body), framework, limits, strategy=choice.strategy)


def _coded_records(
    run: OperationRun, body: RequestBody, results: Sequence[CodingResult | RecordError]
) -> dict[str, Any]:
    coded = [_coded_record(record, result) for record, result in zip(as_records(body), results, strict=True)]
    return {"coded_feedback_records": coded, "used_anonymization": run.is_redacting}


def _coded_record(record: RecordText, result: CodingResult | RecordError) -> dict[str, Any]:
    if isinstance(result, CodingResult):
        codes = [as_assigned_code(assigned) for assigned in result.assigned]
        return {"feedback_record_id": record.id, "assigned_codes": codes}
    return {"feedback_record_id": record.id, "assigned_codes": None, "error": as_record_error(result)}


def _is_v1(body: Mapping[str, Any]) -> bool:
    """Tell whether a body is of v1: it has a key of v1, and neither key of v2."""
    return not {"feedback_record", "coding_levels"} & body.keys() and bool(KEYS & body.keys())


USE_CASES: tuple[V1UseCase[Any], ...] = (
    V1UseCase(
        operation=ASSIGN_CODES,
        path="assign_codes",
        operation_id="assign_codes_v1",
        shared_path="assign-codes",
        is_meant_by=_is_v1,
        schema_names=("AssignCodesEither", "AssignCodesEitherAnswer"),
        summary="v1: a list of records, with a framework of types, categories and codes.",
        takes=V1AssignCodesSerializer,
        records_key="feedback_records",
        perform=_assign_codes,
        answer=_coded_records,
        gives=V1AssignCodesAnswerSerializer,
    ),
)
