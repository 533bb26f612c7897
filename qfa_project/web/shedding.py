"""Refuse operations over the limit before middleware, database and body are used."""

import functools
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import Resolver404, resolve

from qfa_project.envelope import envelope
from qfa_project.exceptions import problem_of
from qfa_project.middleware import CONTENT_SECURITY_POLICY
from tenants.errors import Overloaded
from tenants.rest.in_flight import InFlight

# What gunicorn reads of a body that nobody wanted, to use the connection again.
MAX_DRAINED_BYTES = 64 * 1024


class Shedding:
    """Answer 503 in place of the application while all slots are taken. The view itself assigns the slots."""

    def __init__(self, application: Callable[[dict[str, Any], Any], Iterable[bytes]], *, in_flight: InFlight) -> None:
        self.application = application
        self.in_flight = in_flight

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self.in_flight.is_full and environ["REQUEST_METHOD"] == "POST" and takes_slot(environ["PATH_INFO"]):
            return refuse(environ, start_response)
        return self.application(environ, start_response)


@functools.lru_cache(maxsize=256)
def takes_slot(path: str) -> bool:
    """Return whether the view at an address runs operations."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    return bool(getattr(getattr(view, "cls", None), "takes_slot", False))


def refuse(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    problem, request_id = problem_of(Overloaded()), uuid.uuid4()
    body = json.dumps(envelope(problem, request_id), separators=(",", ":")).encode()
    if _has_long_body(environ):
        _close_afterwards(start_response)
    start_response(
        f"{problem.status} Service Unavailable",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(problem.retry_after_seconds)),
            ("X-Request-ID", str(request_id)),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
        ],
    )
    return [body]


def _has_long_body(environ: dict[str, Any]) -> bool:
    length = str(environ.get("CONTENT_LENGTH") or "0")
    return not length.isdigit() or int(length) >= MAX_DRAINED_BYTES or "HTTP_TRANSFER_ENCODING" in environ


def _close_afterwards(start_response: Any) -> None:
    """Have gunicorn send `Connection: close`, because it drops the header of an application."""
    if force_close := getattr(getattr(start_response, "__self__", None), "force_close", None):
        force_close()
