"""Assign codes, in both versions of the contract."""

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from coding.api import serializers, v1
from coding.api.use_cases import ASSIGN_CODES_TO_RECORD
from coding.operations.assign_codes import ASSIGN_CODES
from inference.api.views import OperationViewSet


class V1AssignCodesViewSet(OperationViewSet):
    """v1: a list of records, with a framework of types, categories and codes."""

    operation = ASSIGN_CODES

    @extend_schema(
        operation_id="assign_codes_v1",
        request=v1.V1AssignCodesSerializer,
        responses=v1.V1AssignCodesAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        return self.carry_out(v1.V1_ASSIGN_CODES)


class AssignCodesViewSet(OperationViewSet):
    """One record, with a tree of any depth; or v1's list of records."""

    operation = ASSIGN_CODES

    @extend_schema(
        operation_id="assign_codes",
        request=PolymorphicProxySerializer(
            component_name="AssignCodesEither",
            serializers=[serializers.AssignCodesSerializer, v1.V1AssignCodesSerializer],
            resource_type_field_name=None,
        ),
        responses=PolymorphicProxySerializer(
            component_name="AssignCodesEitherAnswer",
            serializers=[serializers.AssignCodesAnswerSerializer, v1.V1AssignCodesAnswerSerializer],
            resource_type_field_name=None,
        ),
    )
    def create(self, request: Request) -> Response:
        is_v1 = self.is_v1("feedback_record", *v1.KEYS) and self.is_v1("coding_levels", *v1.KEYS)
        return self.carry_out(v1.V1_ASSIGN_CODES if is_v1 else ASSIGN_CODES_TO_RECORD)
