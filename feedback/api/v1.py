"""Use cases of contract v1, with lists of records in every body and a flag that switches redaction off.

Where both versions share a path, the body decides the version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from feedback.api.serializers import (
    MAX_CONTENT_LENGTH,
    MAX_PROMPT_LENGTH,
    QUOTED_RECORDS,
    RatingSerializer,
    RecordListField,
    as_record,
)
from feedback.api.use_cases import as_rating
from feedback.languages import cleaned_language
from feedback.operations.analyze import ANALYZE_V1, AnalysisResult, analyze
from feedback.operations.detect_sensitive import DETECT_SENSITIVE, SensitivityResult, detect_sensitive_in_each
from feedback.operations.summarize import (
    SUMMARIZE,
    SUMMARIZE_AGGREGATE,
    SummaryResult,
    summarize_each,
    summarize_together,
)
from feedback.record_text import RecordText
from feedback.sensitivity import SensitivityType
from inference.api.record_errors import RECORD_ERROR, RecordErrorSerializer, as_record_error
from inference.fan_out import RecordError
from inference.orchestrator import OperationRun
from inference.registry import Body as RequestBody
from inference.registry import V1UseCase
from tenants.rest.fields import Body, BooleanField, ClosedBody, MappingField, StringField


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]})
class AnyScalarField(serializers.Field[Any, Any, Any, Any]):
    """A string, number or boolean."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str | int | float):
            raise serializers.ValidationError("Input should be a string, a number or a boolean")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class FreeMetadataField(MappingField):
    child = AnyScalarField()


class TextOrContent(Body):
    """v1 takes a record's text under either name."""

    id = StringField(allow_blank=True)
    text = StringField(min_length=1, max_length=MAX_CONTENT_LENGTH, required=False)
    content = StringField(min_length=1, max_length=MAX_CONTENT_LENGTH, required=False)
    preferred_name = "content"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "text" not in attrs and "content" not in attrs:
            raise serializers.ValidationError({self.preferred_name: ["Field required"]})
        text = attrs.get(self.preferred_name) or attrs.get("text") or attrs["content"]
        if not text.strip():
            raise serializers.ValidationError({self.preferred_name: ["String should have at least 1 character"]})
        return attrs | {"content": text}


class TextRecordSerializer(TextOrContent):
    metadata = FreeMetadataField(default=dict)
    preferred_name = "text"


class CreatedField(StringField):
    """An ISO 8601 date and time, with `T` or a space and an optional zone. The text is not changed."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        serializers.DateTimeField(error_messages={"invalid": "Input should be a valid datetime"}).to_internal_value(
            text
        )
        return text


class RequiredMetadataSerializer(ClosedBody):
    created = CreatedField()
    feedback_record_id = StringField(allow_blank=True)
    coding_level_1 = StringField(allow_blank=True)
    coding_level_2 = StringField(allow_blank=True)
    coding_level_3 = StringField(allow_blank=True)


class DatedRecordSerializer(TextOrContent):
    metadata = RequiredMetadataSerializer()


class V1AnalyzeSerializer(Body):
    feedback_records = RecordListField(TextRecordSerializer())
    prompt = StringField(min_length=1, max_length=MAX_PROMPT_LENGTH)
    anonymize = BooleanField(default=True)


class V1SummarizeSerializer(Body):
    feedback_records = RecordListField(DatedRecordSerializer())
    output_language = StringField(default=None, allow_null=True, allow_blank=True)
    prompt = StringField(default=None, allow_null=True, allow_blank=True, max_length=MAX_PROMPT_LENGTH)
    anonymize = BooleanField(default=True)


class V1DetectSensitiveSerializer(Body):
    feedback_items = RecordListField(TextRecordSerializer())
    anonymize = BooleanField(default=True)


class V1AnalyzeAnswerSerializer(Body):
    analysis = serializers.CharField()
    feedback_record_count = serializers.IntegerField()
    quoted_records = serializers.IntegerField(min_value=0, help_text=QUOTED_RECORDS)
    request_id = serializers.UUIDField()
    used_anonymization = serializers.BooleanField()


class V1SummarySerializer(Body):
    id = serializers.CharField(allow_blank=True)
    title = serializers.CharField(allow_null=True)
    summary = serializers.CharField(allow_null=True)
    quality_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    error = RecordErrorSerializer(required=False, help_text=RECORD_ERROR)


class V1SummarizeAnswerSerializer(Body):
    summaries = V1SummarySerializer(many=True)
    used_anonymization = serializers.BooleanField()


class V1AggregateSerializer(Body):
    ids = serializers.ListField(child=serializers.CharField(allow_blank=True))
    title = serializers.CharField()
    summary = serializers.CharField()
    quality_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)


class V1AggregateAnswerSerializer(Body):
    summary = V1AggregateSerializer()
    used_anonymization = serializers.BooleanField()


class V1RatingSerializer(RatingSerializer):
    is_sensitive = serializers.BooleanField(allow_null=True)
    explanation = serializers.CharField(allow_null=True)
    sensitivity_types = serializers.ListField(
        child=serializers.ChoiceField(choices=[name.value for name in SensitivityType]), allow_null=True
    )
    error = RecordErrorSerializer(required=False, help_text=RECORD_ERROR)


class V1DetectSensitiveAnswerSerializer(Body):
    ratings = V1RatingSerializer(many=True)
    used_anonymization = serializers.BooleanField()


def as_records(body: RequestBody, key: str = "feedback_records") -> list[RecordText]:
    return [as_record(record) for record in body[key]]


def _summarize(run: OperationRun, body: RequestBody) -> list[SummaryResult | RecordError]:
    language = cleaned_language(body["output_language"])
    return summarize_each(run, as_records(body), language=language, instructions=body["prompt"] or "")


def _summaries(run: OperationRun, body: RequestBody, results: Sequence[SummaryResult | RecordError]) -> dict[str, Any]:
    summaries = [_summary(record, result) for record, result in zip(as_records(body), results, strict=True)]
    return {"summaries": summaries, "used_anonymization": run.is_redacting}


def _summary(record: RecordText, result: SummaryResult | RecordError) -> dict[str, Any]:
    if isinstance(result, SummaryResult):
        return {"id": record.id, **asdict(result)}
    blank = dict.fromkeys(("title", "summary", "quality_score"))
    return {"id": record.id, **blank, "error": as_record_error(result)}


def _summarize_aggregate(run: OperationRun, body: RequestBody) -> SummaryResult:
    language = cleaned_language(body["output_language"])
    return summarize_together(run, as_records(body), language=language, instructions=body["prompt"] or "")


def _aggregate_summary(run: OperationRun, body: RequestBody, result: SummaryResult) -> dict[str, Any]:
    summary = {"ids": [record.id for record in as_records(body)], **asdict(result)}
    return {"summary": summary, "used_anonymization": run.is_redacting}


def _analyze(run: OperationRun, body: RequestBody) -> AnalysisResult:
    return analyze(run, as_records(body), question=body["prompt"], is_judged=False)


def _analysis(run: OperationRun, body: RequestBody, result: AnalysisResult) -> dict[str, Any]:
    return {
        "analysis": result.analysis,
        "feedback_record_count": result.feedback_record_count,
        "quoted_records": result.quoted_records,
        "request_id": str(run.origin.call_id),
        "used_anonymization": run.is_redacting,
    }


def _detect_sensitive(run: OperationRun, body: RequestBody) -> list[SensitivityResult | RecordError]:
    return detect_sensitive_in_each(run, as_records(body, "feedback_items"))


def _ratings(
    run: OperationRun, body: RequestBody, results: Sequence[SensitivityResult | RecordError]
) -> dict[str, Any]:
    records = as_records(body, "feedback_items")
    ratings = [_rating(record, result) for record, result in zip(records, results, strict=True)]
    return {"ratings": ratings, "used_anonymization": run.is_redacting}


def _rating(record: RecordText, result: SensitivityResult | RecordError) -> dict[str, Any]:
    if isinstance(result, SensitivityResult):
        return as_rating(record, result)
    blank = dict.fromkeys(("is_sensitive", "explanation", "sensitivity_types"))
    return {"id": record.id, **blank, "error": as_record_error(result)}


def _is_v1(body: Mapping[str, Any]) -> bool:
    """Return whether a body is v1, which has a list of records or items. Any other body is v2."""
    return "feedback_record" not in body and ("feedback_records" in body or "feedback_items" in body)


USE_CASES: tuple[V1UseCase[Any], ...] = (
    V1UseCase(
        operation=SUMMARIZE,
        shared_path="summarize",
        is_meant_by=_is_v1,
        schema_names=("SummarizeV1OrV2", "SummarizeAnswerV1OrV2"),
        takes=V1SummarizeSerializer,
        records_key="feedback_records",
        perform=_summarize,
        answer=_summaries,
        gives=V1SummarizeAnswerSerializer,
    ),
    V1UseCase(
        operation=SUMMARIZE_AGGREGATE,
        path="summarize-aggregate",
        summary="v1: many records as a whole.",
        takes=V1SummarizeSerializer,
        records_key="feedback_records",
        perform=_summarize_aggregate,
        answer=_aggregate_summary,
        gives=V1AggregateAnswerSerializer,
    ),
    V1UseCase(
        operation=ANALYZE_V1,
        path="analyze",
        summary="v1: an analyst's question, answered from many records.",
        takes=V1AnalyzeSerializer,
        records_key="feedback_records",
        text_keys=("text", "content"),
        asks_once=True,
        perform=_analyze,
        answer=_analysis,
        gives=V1AnalyzeAnswerSerializer,
    ),
    V1UseCase(
        operation=DETECT_SENSITIVE,
        shared_path="detect-sensitive",
        is_meant_by=_is_v1,
        schema_names=("DetectSensitiveV1OrV2", "DetectSensitiveAnswerV1OrV2"),
        takes=V1DetectSensitiveSerializer,
        records_key="feedback_items",
        perform=_detect_sensitive,
        answer=_ratings,
        gives=V1DetectSensitiveAnswerSerializer,
    ),
)
