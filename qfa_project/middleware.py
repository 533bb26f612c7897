"""Middleware around every request: its id, an unset scope at both ends, and the content security policy."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants.scoping import no_tenant

# All assets are local, so hostile text that got into a page can neither load nor send anything.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class RequestBoundaryMiddleware:
    """Give every request a new id, and reset the scope of the thread after it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/v1/"):
            _drop_nul(request)
        request.request_id = uuid.uuid4()  # type: ignore[attr-defined] # version 4: the contract's
        with no_tenant():
            response = self.get_response(request)
        response["X-Request-ID"] = str(request.request_id)  # type: ignore[attr-defined]
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response


def _drop_nul(request: HttpRequest) -> None:
    """Remove NUL from the query of a page. PostgreSQL refuses it in filters and searches."""
    query = request.META.get("QUERY_STRING", "")
    if "%00" in query:
        request.META["QUERY_STRING"] = query.replace("%00", "")
