"""The OpenAPI schema of endpoints: their answers, and every refusal in the envelope."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_lib_doc_excludes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from tenants.rest.fields import Body, ClosedBody

REFUSALS: dict[int, str] = {
    401: "No key, or one that is unknown, expired, revoked or used from a network it may not use",
    402: "A budget would be overshot",
    403: "The key, the tenant or its policy does not allow this",
    404: "Unknown id, or another tenant's",
    405: "Method not allowed",
    409: "It exists already, or the same Idempotency-Key is still running",
    413: "The body, or its estimated tokens, are over the limit",
    422: "The request does not fit its schema",
    429: "Rate limited, here or by the model provider; Retry-After says how long",
    500: "A defect of ours",
    502: "The model could not be used, or the operation could not be done",
    503: "Overloaded, or something that is needed is not reachable; Retry-After says how long",
    504: "The deadline passed",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same body gives the first answer again for a day, and costs nothing.",
)
REFUSALS_OF_ALL_ENDPOINTS = (401, 403, 404, 405, 422, 429, 500, 503)
REFUSALS_WITH_A_BODY = (409, 413)


class FieldIssueSerializer(serializers.Serializer[Any]):
    """One field that is wrong: its location joined with dots, and what is wrong with it."""

    field = serializers.CharField()
    issue = serializers.CharField()


class ErrorSerializer(serializers.Serializer[Any]):
    """Error of a request. fields: null except for schema errors."""

    code = serializers.CharField()
    message = serializers.CharField()
    request_id = serializers.UUIDField()
    timestamp = serializers.DateTimeField()
    fields = FieldIssueSerializer(many=True, allow_null=True)  # type: ignore[assignment]
    details = serializers.DictField(allow_null=True)


class ErrorEnvelopeSerializer(serializers.Serializer[Any]):
    """The body of every refusal."""

    error = ErrorSerializer()


class ContractSchema(AutoSchema):
    """Adds the possible refusals to the answers that an endpoint declares."""

    def get_summary(self) -> str | None:
        """Return the first line of the viewset's docstring."""
        return (self.view.__doc__ or "").strip().splitlines()[0] if self.view.__doc__ else None

    def get_override_parameters(self) -> list[Any]:
        """Return the header Idempotency-Key for every POST."""
        return [IDEMPOTENCY_KEY] if self.method == "POST" else []

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation and not self.view.authentication_classes:
            operation["security"] = []
        elif operation:
            for status in self._refusals():
                operation["responses"].setdefault(str(status), self._refusal(status))
        return operation

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return 200 in place of 201 for a POST of an operation, which creates nothing."""
        responses: dict[str, Any] = super()._get_response_bodies(*args, **kwargs)
        if not getattr(self.view, "creates", True) and "201" in responses:
            responses["200"] = responses.pop("201")
        return responses

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Return False where a list stands in an object under a name."""
        return isinstance(serializer, serializers.ListSerializer)

    def _refusals(self) -> list[int]:
        with_body = REFUSALS_WITH_A_BODY if self.method in {"POST", "PATCH", "PUT"} else ()
        own = getattr(self.view, "own_refusals", ())
        return sorted({*REFUSALS_OF_ALL_ENDPOINTS, *with_body, *own})

    def _refusal(self, status: int) -> dict[str, Any]:
        response: dict[str, Any] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            ErrorEnvelopeSerializer, str(status)
        )
        return response | {"description": REFUSALS[status]}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The bearer scheme of API keys."""

    target_class = "tenants.rest.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "qfa_..."}


def classes_without_description() -> list[type]:
    """Return base classes whose docstrings do not describe the schemas that inherit them."""
    return [*get_lib_doc_excludes(), Body, ClosedBody]  # type: ignore[no-untyped-call]


def without_trailing_slashes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Remove trailing slashes from addresses, as the contract has them. Both forms are routed."""
    return result | {"paths": {path.rstrip("/"): operations for path, operations in result["paths"].items()}}
