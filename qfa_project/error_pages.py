"""Errors outside of endpoints: an HTML page for browsers, the contract's envelope for programs."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from qfa_project import exceptions


def is_reader(request: HttpRequest) -> bool:
    """Tell whether a browser requested a page outside of the API."""
    return not request.path.startswith("/v1/") and "text/html" in request.headers.get("Accept", "")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.page_not_found(request, exception) if is_reader(request) else exceptions.not_found(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.bad_request(request, exception) if is_reader(request) else exceptions.bad_request(request)


def server_error(request: HttpRequest) -> HttpResponse:
    answer = exceptions.server_error(request)
    if not is_reader(request):
        return answer
    page: HttpResponse = defaults.server_error(request)
    page.status_code = answer.status_code
    return page
