"""Assign codes to feedback records, in both versions of the contract.

`/v1/assign-codes` is shared: `coding_levels` or `feedback_record` is v2, `coding_framework` or `feedback_records` v1,
and a body with neither is judged as v2. `/v1/assign_codes` is v1 only.
"""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from coding.api import serializers
from coding.api.serializers import as_answer, as_limits, as_v1_assigned_code
from coding.frameworks.versions import ChosenFramework, inline_framework, stored_framework
from coding.models import Strategy
from coding.operations.assign_codes import ASSIGN_CODES, assign_codes
from coding.strategies.policy import coding_choice
from feedback.api.serializers import as_record
from inference.api.views import OperationViewSet

V1_KEYS = ("coding_framework", "feedback_records", "feedback_items")


class V1AssignCodesViewSet(OperationViewSet):
    """v1: a list of records, with a framework of types, categories and codes."""

    operation = ASSIGN_CODES

    @extend_schema(
        operation_id="assign_codes_v1",
        request=serializers.V1AssignCodesSerializer,
        responses=serializers.V1AssignCodesAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        return self.code_each()

    def code_each(self) -> Response:
        body = self.validated(serializers.V1AssignCodesSerializer)
        records = [as_record(each) for each in body["feedback_records"]]
        run = self.begin(records_count=len(records), wants_redaction=body["anonymize"])
        framework = inline_framework(body["coding_framework"])
        choice = coding_choice()
        limits = as_limits(body, uses_judge=choice.uses_judge)
        results = assign_codes(run, records, framework, limits, strategy=choice.strategy)
        coded = [
            {"feedback_record_id": record.id, "assigned_codes": [as_v1_assigned_code(each) for each in result.assigned]}
            for record, result in zip(records, results, strict=True)
        ]
        return Response({"coded_feedback_records": coded, "used_anonymization": run.is_redacting})


class AssignCodesViewSet(V1AssignCodesViewSet):
    """One record, with a tree of any depth; or v1's list of records."""

    @extend_schema(
        operation_id="assign_codes",
        request=PolymorphicProxySerializer(
            component_name="AssignCodesEither",
            serializers=[serializers.AssignCodesSerializer, serializers.V1AssignCodesSerializer],
            resource_type_field_name=None,
        ),
        responses=PolymorphicProxySerializer(
            component_name="AssignCodesEitherAnswer",
            serializers=[serializers.AssignCodesAnswerSerializer, serializers.V1AssignCodesAnswerSerializer],
            resource_type_field_name=None,
        ),
    )
    def create(self, request: Request) -> Response:
        if self.is_v1("feedback_record", *V1_KEYS) and self.is_v1("coding_levels", *V1_KEYS):
            return self.code_each()
        body = self.validated(serializers.AssignCodesSerializer)
        record = as_record(body["feedback_record"])
        run = self.begin(records_count=1)
        usual = coding_choice()
        strategy = Strategy(body["strategy"]) if body["strategy"] else usual.strategy
        limits = as_limits(body, uses_judge=usual.uses_judge if body["judge"] is None else body["judge"])
        [result] = assign_codes(run, [record], chosen_framework(body), limits, strategy=strategy)
        return Response(as_answer(result, strategy, could_identify=run.redaction.could_identify > 0))


def chosen_framework(body: dict[str, Any]) -> ChosenFramework:
    """The framework of a validated body: the stored one it names, else the tree it brings. Raises NotFound."""
    if "framework_id" in body:
        return stored_framework(body["framework_id"], body["framework_version"])
    return inline_framework(body["coding_levels"])
