"""The base of the endpoints that call a model."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request

from inference.orchestrator import CallOrigin, OperationRun, begin
from inference.privacy import keep_counts
from inference.registry import Operation
from tenants.api.views import ApiViewSet
from tenants.audit import record_event
from tenants.errors import Forbidden, Overloaded
from tenants.rest.in_flight import InFlight

in_flight = InFlight(settings.MAX_IN_FLIGHT_CALLS)


class OperationViewSet(ApiViewSet):
    """One slot of the process a request, one operation a view."""

    operation: ClassVar[Operation]
    own_refusals: ClassVar[tuple[int, ...]] = (402, 502, 504)
    creates: ClassVar[bool] = False
    run: OperationRun | None = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with in_flight.slot() as self._has_slot:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not self._has_slot:
            raise Overloaded
        super().initial(request, *args, **kwargs)
        scopes = self.caller.key.scopes
        if scopes and self.operation.name not in scopes:
            raise Forbidden(f"This key may not use {self.operation.name}")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.run:
            keep_counts(self.run)
        return super().finalize_response(request, response, *args, **kwargs)

    def is_v1(self, v2_key: str, *v1_keys: str) -> bool:
        """Tell whether the body is one of contract v1 on a path that both versions share."""
        body = self.request.data
        return v2_key not in body and any(key in body for key in v1_keys)

    def begin(self, *, records_count: int, wants_redaction: bool = True) -> OperationRun:
        """Begin the operation for the caller; a call that goes out unredacted is audited."""
        self.run = run = begin(
            self.operation,
            CallOrigin(tenant=self.caller.tenant, call_id=self.request_id, api_key_id=self.caller.key.id),
            records_count=records_count,
            wants_redaction=wants_redaction,
        )
        if not run.is_redacting:
            record_event(
                tenant_id=self.caller.tenant.id,
                actor_id=self.caller.actor_id,
                action="redaction.switched_off",
                resource_type="operation",
                resource_id=self.operation.name,
                metadata={"call_id": str(self.request_id), "records": records_count},
            )
        return run
