"""Summarise, analyse and flag feedback records, in both versions of the contract.

Where the two versions share a path, the body tells them apart: `feedback_record` is v2, `feedback_records` or
`feedback_items` is v1, and a body with neither is judged as v2.
"""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feedback.api import serializers
from feedback.api.serializers import as_record
from feedback.languages import cleaned_language
from feedback.operations.analyze import ANALYZE, ANALYZE_V1, analyze
from feedback.operations.detect_sensitive import (
    DETECT_SENSITIVE,
    SensitivityResult,
    detect_sensitive,
    detect_sensitive_in_each,
)
from feedback.operations.summarize import (
    SUMMARIZE,
    SUMMARIZE_AGGREGATE,
    summarize_each,
    summarize_record,
    summarize_together,
)
from feedback.pretty_output import headers_in, pretty_output
from feedback.record_text import FeedbackRecord
from inference.api.views import OperationViewSet
from inference.errors import AnalysisUnavailable


def either(name: str, *kinds: Any) -> PolymorphicProxySerializer:
    """Both versions of a shared path, for the schema."""
    return PolymorphicProxySerializer(component_name=name, serializers=list(kinds), resource_type_field_name=None)


class SummarizeViewSet(OperationViewSet):
    """One record, or v1's list of records."""

    operation = SUMMARIZE

    @extend_schema(
        operation_id="summarize",
        request=either("SummarizeV1OrV2", serializers.SummarizeSerializer, serializers.V1SummarizeSerializer),
        responses=either(
            "SummarizeAnswerV1OrV2", serializers.SummaryAnswerSerializer, serializers.V1SummarizeAnswerSerializer
        ),
    )
    def create(self, request: Request) -> Response:
        if self.is_v1("feedback_record", "feedback_records", "feedback_items"):
            return self._summarize_each()
        record = as_record(self.validated(serializers.SummarizeSerializer)["feedback_record"])
        run = self.begin(records_count=1)
        result = summarize_record(run, record)
        shown = pretty_output(
            title=result.title,
            summary=result.summary,
            quality_score=result.quality_score,
            record_id=record.id,
        )
        return Response(
            {
                "id": record.id,
                **asdict(result),
                "pretty_output": shown,
                "could_identify": run.redaction.could_identify > 0,
            }
        )

    def _summarize_each(self) -> Response:
        body = self.validated(serializers.V1SummarizeSerializer)
        records = [as_record(each) for each in body["feedback_records"]]
        run = self.begin(records_count=len(records), wants_redaction=body["anonymize"])
        results = summarize_each(
            run,
            records,
            language=cleaned_language(body["output_language"]),
            instructions=body["prompt"] or "",
        )
        summaries = [{"id": record.id, **asdict(each)} for record, each in zip(records, results, strict=True)]
        return Response({"summaries": summaries, "used_anonymization": run.is_redacting})


class SummarizeBulkViewSet(OperationViewSet):
    """Many records as a whole."""

    operation = SUMMARIZE_AGGREGATE

    @extend_schema(
        operation_id="summarize_bulk",
        request=serializers.SummarizeBulkSerializer,
        responses=serializers.SummarizeBulkAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        body = self.validated(serializers.SummarizeBulkSerializer)
        records = [as_record(each) for each in body["feedback_records"]]
        language = cleaned_language(body["output_language"])
        run = self.begin(records_count=len(records))
        result = summarize_together(run, records, language=language)
        ids = [record.id for record in records if not record.is_empty]
        shown = pretty_output(
            title=result.title,
            summary=result.summary,
            quality_score=result.quality_score,
            ids=ids or None,
            headers=headers_in(language),
        )
        return Response(
            {
                "ids": ids,
                **asdict(result),
                "pretty_output": shown,
                "records_that_could_identify": run.redaction.could_identify,
            }
        )


class SummarizeAggregateViewSet(OperationViewSet):
    """v1: many records as a whole."""

    operation = SUMMARIZE_AGGREGATE

    @extend_schema(
        operation_id="summarize_aggregate",
        request=serializers.V1SummarizeSerializer,
        responses=serializers.V1AggregateAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        body = self.validated(serializers.V1SummarizeSerializer)
        records = [as_record(each) for each in body["feedback_records"]]
        run = self.begin(records_count=len(records), wants_redaction=body["anonymize"])
        result = summarize_together(
            run,
            records,
            language=cleaned_language(body["output_language"]),
            instructions=body["prompt"] or "",
        )
        summary = {"ids": [record.id for record in records], **asdict(result)}
        return Response({"summary": summary, "used_anonymization": run.is_redacting})


class AnalyzeBulkViewSet(OperationViewSet):
    """An analyst's question, answered from many records."""

    operation = ANALYZE
    lease = timedelta(seconds=settings.ANALYZE_DEADLINE_SECONDS)

    @extend_schema(
        operation_id="analyze_bulk",
        request=serializers.AnalyzeBulkSerializer,
        responses=serializers.AnalyzeBulkAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        body = self.validated(serializers.AnalyzeBulkSerializer)
        records = [as_record(each) for each in body["feedback_records"]]
        if body["mode"] == "hierarchical" and any(not record.is_empty for record in records):
            raise AnalysisUnavailable
        run = self.begin(records_count=len(records))
        result = analyze(
            run,
            records,
            question=body["prompt"],
            language=cleaned_language(body["output_language"]),
            period=body["period"],
        )
        shown = pretty_output(title="Analysis", summary=result.analysis, quality_score=result.quality_score)
        return Response(
            {
                "analysis": result.analysis,
                "quality_score": result.quality_score,
                "uncertainty_explanation": result.uncertainty_explanation,
                "feedback_record_count": result.feedback_record_count,
                "request_id": str(self.request_id),
                "confidence": result.confidence,
                "coding_trends": asdict(result.trends) if result.trends else None,
                "pretty_output": shown,
                "quoted_records": result.quoted_records,
                "records_that_could_identify": run.redaction.could_identify,
            }
        )


class AnalyzeViewSet(OperationViewSet):
    """v1: an analyst's question, answered from many records."""

    operation = ANALYZE_V1

    @extend_schema(
        operation_id="analyze",
        request=serializers.V1AnalyzeSerializer,
        responses=serializers.V1AnalyzeAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        body = self.validated(serializers.V1AnalyzeSerializer)
        records = [as_record(each) for each in body["feedback_records"]]
        run = self.begin(records_count=len(records), wants_redaction=body["anonymize"])
        result = analyze(run, records, question=body["prompt"], is_judged=False)
        return Response(
            {
                "analysis": result.analysis,
                "feedback_record_count": result.feedback_record_count,
                "quoted_records": result.quoted_records,
                "request_id": str(self.request_id),
                "used_anonymization": run.is_redacting,
            }
        )


class DetectSensitiveViewSet(OperationViewSet):
    """One record, or v1's list of items."""

    operation = DETECT_SENSITIVE

    @extend_schema(
        operation_id="detect_sensitive",
        request=either(
            "DetectSensitiveV1OrV2", serializers.DetectSensitiveSerializer, serializers.V1DetectSensitiveSerializer
        ),
        responses=either(
            "DetectSensitiveAnswerV1OrV2",
            serializers.SensitivityAnswerSerializer,
            serializers.V1DetectSensitiveAnswerSerializer,
        ),
    )
    def create(self, request: Request) -> Response:
        if self.is_v1("feedback_record", "feedback_items", "feedback_records"):
            return self._rate_each()
        record = as_record(self.validated(serializers.DetectSensitiveSerializer)["feedback_record"])
        run = self.begin(records_count=1)
        rating = as_rating(record, detect_sensitive(run, record))
        return Response({**rating, "could_identify": run.redaction.could_identify > 0})

    def _rate_each(self) -> Response:
        body = self.validated(serializers.V1DetectSensitiveSerializer)
        records = [as_record(each) for each in body["feedback_items"]]
        run = self.begin(records_count=len(records), wants_redaction=body["anonymize"])
        results = detect_sensitive_in_each(run, records)
        ratings = [as_rating(record, result) for record, result in zip(records, results, strict=True)]
        return Response({"ratings": ratings, "used_anonymization": run.is_redacting})


def as_rating(record: FeedbackRecord, result: SensitivityResult) -> dict[str, Any]:
    return {
        "id": record.id,
        "is_sensitive": result.is_sensitive,
        "explanation": result.explanation,
        "sensitivity_types": [each.value for each in result.sensitivity_types],
    }
