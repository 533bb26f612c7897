"""The base of the endpoints that call a model."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from inference.operation import Operation
from inference.orchestrator import CallOrigin, ensure_in_scope
from inference.registry import UseCase
from tenants.api.views import ApiViewSet
from tenants.errors import Overloaded
from tenants.rest.in_flight import InFlight

in_flight = InFlight(settings.MAX_IN_FLIGHT_CALLS)


class OperationViewSet(ApiViewSet):
    """One slot of the process a request, one operation a view."""

    operation: ClassVar[Operation]
    own_refusals: ClassVar[tuple[int, ...]] = (402, 502, 504)
    creates: ClassVar[bool] = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with in_flight.slot() as self._has_slot:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not self._has_slot:
            raise Overloaded
        super().initial(request, *args, **kwargs)
        ensure_in_scope(self.operation, self.caller.key.scopes)  # before the body is looked at

    def is_v1(self, v2_key: str, *v1_keys: str) -> bool:
        """Tell whether a body is of contract v1, on a path that both versions share."""
        body = self.request.data
        return v2_key not in body and any(key in body for key in v1_keys)

    def carry_out(self, use_case: UseCase[Any]) -> Response:
        """Validate the body and run the operation on it for the caller."""
        body = self.validated(use_case.takes)
        return Response(use_case.carry_out(body, CallOrigin.of_key(self.caller, self.request_id)))
