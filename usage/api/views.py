"""The usage endpoints: a tenant's own figures, and for superuser keys those of all tenants."""

from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.rest.views import AdminViewSet, ApiViewSet
from usage.api import serializers
from usage.api.query import as_text, read_window
from usage.errors import UsageBackendUnavailable
from usage.periods import Window
from usage.reports import endpoints
from usage.reports.endpoints import TenantUsage
from usage.reports.model_health import prometheus_text

WINDOW = [
    OpenApiParameter("from", str, description="ISO 8601 with an offset; calls from this moment on"),
    OpenApiParameter("to", str, description="ISO 8601 with an offset; calls before this moment"),
]


class LedgerViewSet(ApiViewSet):
    """Endpoints that read the ledger. Without its database they answer that usage is unavailable."""

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, OperationalError | InterfaceError):
            unavailable = UsageBackendUnavailable()
            unavailable.__cause__ = exc
            return super().handle_exception(unavailable)
        return super().handle_exception(exc)


class OwnUsageViewSet(LedgerViewSet):
    """GET /v1/usage: contract v2's answer, which holds every field of v1's."""

    @extend_schema(operation_id="get_usage", parameters=WINDOW, responses={200: serializers.OwnUsageSerializer})
    def list(self, request: Request) -> Response:
        window = read_window(request.query_params)
        usage = endpoints.usage_of_tenant(self.caller.tenant.id, window)
        return Response({**serializers.tenant_usage(usage), **echoed(window)})


class AllUsageViewSet(LedgerViewSet, AdminViewSet):
    """GET /v1/usage/all..., for superuser keys."""

    @extend_schema(operation_id="get_usage_all", parameters=WINDOW, responses={200: serializers.FlatByTenantSerializer})
    def flat(self, request: Request) -> Response:
        """Contract v1's view by tenant."""
        return self._by_tenant(request, serializers.flat_tenant_usage)

    @extend_schema(
        operation_id="get_usage_by_tenant", parameters=WINDOW, responses={200: serializers.ByTenantSerializer}
    )
    def by_tenant(self, request: Request) -> Response:
        return self._by_tenant(request, serializers.tenant_usage)

    def _by_tenant(self, request: Request, write: Callable[[TenantUsage], Any]) -> Response:
        window = read_window(request.query_params)
        tenants, total = endpoints.usage_by_tenant(window)
        return Response({**echoed(window), "tenants": [write(tenant) for tenant in tenants], "total": write(total)})

    @extend_schema(
        operation_id="get_usage_by_operation", parameters=WINDOW, responses={200: serializers.ByOperationSerializer}
    )
    def by_operation(self, request: Request) -> Response:
        window = read_window(request.query_params)
        usages, total = endpoints.usage_by_operation(window)
        operations = [
            {**serializers.operation_usage(usage), "tenants": [serializers.user_of_operation(user) for user in users]}
            for usage, users in usages
        ]
        return Response({**echoed(window), "operations": operations, "total": serializers.tenant_usage(total)})


def echoed(window: Window) -> dict[str, str | None]:
    return {"from": as_text(window.starts_at), "to": as_text(window.ends_at)}


class MetricsViewSet(LedgerViewSet, AdminViewSet):
    """GET /metrics, for Prometheus, with a superuser key as bearer token."""

    @extend_schema(operation_id="get_metrics", responses={(200, "text/plain"): OpenApiTypes.STR})
    def list(self, request: Request) -> HttpResponse:
        return HttpResponse(prometheus_text(), content_type="text/plain; version=0.0.4; charset=utf-8")
