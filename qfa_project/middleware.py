"""The edge of a request: its id, and a scope that starts and ends unset."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants.scoping import no_tenant


class RequestBoundaryMiddleware:
    """Give every request a fresh id, on every response, and leave no tenant behind in the thread."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4()  # type: ignore[attr-defined]
        with no_tenant():
            response = self.get_response(request)
        response["X-Request-ID"] = str(request.request_id)  # type: ignore[attr-defined]
        return response
