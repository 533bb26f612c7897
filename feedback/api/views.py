"""Summarise, analyse and flag feedback records.

Where both versions of the contract share a path, the body tells them apart: `feedback_record` is v2, `feedback_records`
or `feedback_items` is v1, and a body with neither is judged as v2.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feedback.api import serializers, v1
from feedback.api.use_cases import ANALYZE_BULK, DETECT_SENSITIVE_RECORD, SUMMARIZE_BULK, SUMMARIZE_RECORD
from feedback.operations.analyze import ANALYZE
from feedback.operations.detect_sensitive import DETECT_SENSITIVE
from feedback.operations.summarize import SUMMARIZE, SUMMARIZE_AGGREGATE
from inference.api.views import OperationViewSet


def either(name: str, *kinds: Any) -> PolymorphicProxySerializer:
    """Describe both versions of a shared path for the schema."""
    return PolymorphicProxySerializer(component_name=name, serializers=list(kinds), resource_type_field_name=None)


class SummarizeViewSet(OperationViewSet):
    """One record, or v1's list of records."""

    operation = SUMMARIZE

    @extend_schema(
        operation_id="summarize",
        request=either("SummarizeV1OrV2", serializers.SummarizeSerializer, v1.V1SummarizeSerializer),
        responses=either("SummarizeAnswerV1OrV2", serializers.SummaryAnswerSerializer, v1.V1SummarizeAnswerSerializer),
    )
    def create(self, request: Request) -> Response:
        is_v1 = self.is_v1("feedback_record", "feedback_records", "feedback_items")
        return self.carry_out(v1.V1_SUMMARIZE if is_v1 else SUMMARIZE_RECORD)


class SummarizeBulkViewSet(OperationViewSet):
    """Many records as a whole."""

    operation = SUMMARIZE_AGGREGATE

    @extend_schema(
        operation_id="summarize_bulk",
        request=serializers.SummarizeBulkSerializer,
        responses=serializers.SummarizeBulkAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        return self.carry_out(SUMMARIZE_BULK)


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
        return self.carry_out(ANALYZE_BULK)


class DetectSensitiveViewSet(OperationViewSet):
    """One record, or v1's list of items."""

    operation = DETECT_SENSITIVE

    @extend_schema(
        operation_id="detect_sensitive",
        request=either("DetectSensitiveV1OrV2", serializers.DetectSensitiveSerializer, v1.V1DetectSensitiveSerializer),
        responses=either(
            "DetectSensitiveAnswerV1OrV2",
            serializers.SensitivityAnswerSerializer,
            v1.V1DetectSensitiveAnswerSerializer,
        ),
    )
    def create(self, request: Request) -> Response:
        is_v1 = self.is_v1("feedback_record", "feedback_items", "feedback_records")
        return self.carry_out(v1.V1_DETECT_SENSITIVE if is_v1 else DETECT_SENSITIVE_RECORD)
