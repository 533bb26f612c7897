"""Our gunicorn worker. Requests that it refuses itself get the contract's envelope and a request id."""

import json
import uuid
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors
from gunicorn.util import write_nonblock

from qfa_project.envelope import Problem, envelope
from qfa_project.web.slow_clients import PacedWorker

STATUSES: list[tuple[type[Exception], HTTPStatus]] = [
    (errors.LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG),
    (errors.LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (errors.ExpectationFailed, HTTPStatus.EXPECTATION_FAILED),
    (errors.UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED),
    (errors.ParseException, HTTPStatus.BAD_REQUEST),
]


class WebWorker(PacedWorker):
    """A threaded worker with a time limit for clients and with refusals as JSON."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that did not reach Django, or whose answer could not be sent."""
        status = next((status for kind, status in STATUSES if isinstance(exc, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("Error handling request", exc_info=exc)
            problem = Problem(status, "internal_error", "An unexpected error occurred")
        else:
            self.log.warning("Request not handled: %s", type(exc).__name__)
            problem = Problem(status, "bad_request", status.phrase)
        request_id = uuid.uuid4()
        body = json.dumps(envelope(problem, request_id)).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-Request-ID: {request_id}\r\n\r\n"
        )
        try:
            write_nonblock(client, head.encode() + body)
        except OSError as error:
            self.log.debug("Refusal not delivered: %s", type(error).__name__)
