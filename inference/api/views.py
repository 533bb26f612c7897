"""The endpoints of operations: one view for each path, made of the use cases that it serves."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar, cast

from django.urls import URLPattern, re_path
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inference.operation import Operation
from inference.orchestrator import ensure_in_scope
from inference.registry import UseCase, V1UseCase
from inference.runs.origin import CallOrigin
from tenants.errors import Overloaded
from tenants.rest.in_flight import operations_in_flight
from tenants.rest.views import ApiViewSet


class OperationViewSet(ApiViewSet):
    """Base of the views of operations. A request takes one of the process's slots.

    takes_slot: tells the web server which requests it may refuse when there is none (qfa_project/web/shedding.py).
    """

    takes_slot: ClassVar[bool] = True
    operation: ClassVar[Operation]
    own_refusals: ClassVar[tuple[int, ...]] = (402, 502, 504)
    creates: ClassVar[bool] = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with operations_in_flight.slot() as self._has_slot:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not self._has_slot:
            raise Overloaded
        super().initial(request, *args, **kwargs)
        ensure_in_scope(self.operation, self.caller.key.scopes)  # before the body is looked at

    def carry_out(self, use_case: UseCase[Any]) -> Response:
        """Validate the body and run the operation on it for the caller."""
        body = use_case.read(cast(dict[str, Any], self.request.data))
        return Response(use_case.carry_out(body, CallOrigin.of_key(self.caller, self.request_id)))


def operation_routes(use_cases: Iterable[UseCase[Any]], v1: Iterable[V1UseCase[Any]]) -> list[URLPattern]:
    """Return the routes of use cases. Both forms, with and without a trailing slash, are answered."""
    of_v1 = list(v1)
    shared = {use_case.shared_path: use_case for use_case in of_v1 if use_case.shared_path}
    views = {use_case.path: _view(use_case, shared.get(use_case.path)) for use_case in use_cases}
    views |= {use_case.path: _view(use_case) for use_case in of_v1 if use_case.path}
    return [re_path(rf"^v1/{path}/?$", view.as_view({"post": "create"})) for path, view in views.items()]


def _view(use_case: UseCase[Any], v1: V1UseCase[Any] | None = None) -> type[OperationViewSet]:
    """Make the view of a path. v1: the use case for bodies of contract v1 on the same path."""

    class View(OperationViewSet):
        __doc__ = use_case.summary
        operation = use_case.operation
        lease = timedelta(seconds=use_case.operation.deadline_seconds)

        @extend_schema(
            operation_id=use_case.operation_id or use_case.path.replace("-", "_"),
            request=_either(use_case.takes, v1.takes, v1.schema_names[0]) if v1 else use_case.takes,
            responses=_either(use_case.gives, v1.gives, v1.schema_names[1]) if v1 else use_case.gives,
        )
        def create(self, request: Request) -> Response:
            return self.carry_out(v1 if v1 and v1.is_meant_by(cast(dict[str, Any], request.data)) else use_case)

    return View


def _either(v2: Any, v1: Any, name: str) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(component_name=name, serializers=[v2, v1], resource_type_field_name=None)
