"""The error table, which maps errors to HTTP answers. Nothing else does.

An answer contains no text of a provider, of a key or of feedback. An error that is not in the table is a defect: 500.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from coding import errors as coding
from feedback.batches.errors import BatchTooExpensive
from inference import errors as inference
from inference.redaction.errors import RedactionError, RedactionTimeout
from qfa_project.envelope import Problem, envelope
from qfa_project.log_lines import log_defect
from tenants import errors as tenants
from tenants.rest import errors as api
from tenants.rest.parsers import explain_media_type
from tenants.rest.rate_limits import WINDOW_SECONDS
from usage.errors import BudgetExceeded, ModelHasNoPrice, UsageBackendUnavailable

DEFAULT_RETRY_AFTER_SECONDS = 30


def _invalid(error: api.InvalidRequest) -> Problem:
    fields = [asdict(issue) for issue in error.fields] if error.fields is not None else None
    details: dict[str, Any] | None = {"more_issues": error.more_issues} if error.more_issues else None
    if details and not error.has_counted_all:
        details["has_counted_all"] = False
    return Problem(422, "validation_error", error.message, fields=fields, details=details)


def _rate_limited(error: tenants.RateLimited) -> Problem:
    return Problem(
        429,
        "rate_limited",
        f"More than {error.limit} requests a minute",
        retry_after_seconds=error.retry_after_seconds,
        headers={
            "RateLimit-Policy": f'"requests";q={error.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"requests";r=0;t={error.retry_after_seconds}',
        },
    )


def _llm_rate_limited(error: inference.ModelRateLimited) -> Problem:
    asked = error.retry_after_seconds
    seconds = DEFAULT_RETRY_AFTER_SECONDS if asked is None else min(max(math.ceil(asked), 1), 3600)
    return Problem(
        429,
        "llm_rate_limited",
        "The model provider is rate limiting",
        details=_reason_of(error),
        retry_after_seconds=seconds,
    )


def _reason_of(error: inference.ModelError) -> dict[str, str]:
    return {"reason": error.reason.value}


def _too_many_tokens(error: inference.TooManyTokens) -> Problem:
    return Problem(413, "payload_too_large", f"Estimated tokens ({error.estimated}) exceed limit ({error.limit})")


def _unreadable_framework(error: coding.UnreadableFramework) -> Problem:
    return _invalid(
        api.InvalidRequest(fields=[api.FieldIssue(f"body.{issue.where}", issue.issue) for issue in error.issues])
    )


def _budget_exceeded(error: BudgetExceeded) -> Problem:
    details = {
        "budget": error.subject,
        "rank": error.rank,
        "period": error.period,
        "period_start": error.period_start.isoformat(),
        "limit_usd": float(error.limit_usd),
        "left_usd": float(error.left_usd),
    }
    return Problem(402, "budget_exceeded", "The call could cost more than the budget has left", details=details)


def _batch_too_expensive(error: BatchTooExpensive) -> Problem:
    details = {"estimated_cost_usd": float(error.estimated_usd), "max_cost_usd": float(error.max_usd)}
    return Problem(402, "budget_exceeded", "The batch would probably cost more than its ceiling", details=details)


def _always(status: int, code: str, message: str, **more: Any) -> Callable[[Any], Problem]:
    return lambda error: Problem(status, code, message, **more)


UNAVAILABLE = "The database is not reachable"
TABLE: list[tuple[type[BaseException] | tuple[type[BaseException], ...], Callable[[Any], Problem]]] = [
    (
        tenants.NotAuthenticated,
        _always(401, "authentication_required", "A valid API key is required, sent as Authorization: Bearer <key>"),
    ),
    (tenants.Forbidden, lambda error: Problem(403, "forbidden", error.reason)),
    (BudgetExceeded, _budget_exceeded),
    (BatchTooExpensive, _batch_too_expensive),
    (ModelHasNoPrice, _always(403, "forbidden", "A budget refuses models without a known price")),
    (inference.OperationNotAllowed, _always(403, "forbidden", "This tenant may not use this operation")),
    (inference.ModelNotApproved, _always(403, "forbidden", "The configured model is not approved")),
    ((tenants.NotFound, Http404, drf.NotFound), _always(404, "not_found", "Not found")),
    (drf.MethodNotAllowed, _always(405, "method_not_allowed", "Method not allowed")),
    (
        tenants.IdempotencyKeyRunning,
        _always(409, "conflict", "The first request with this Idempotency-Key is running"),
    ),
    (tenants.Conflict, lambda error: Problem(409, "conflict", str(error) or "It exists already")),
    (api.PayloadTooLarge, lambda error: Problem(413, "payload_too_large", error.message)),
    (
        RequestDataTooBig,
        _always(413, "payload_too_large", f"Request body exceeds {settings.MAX_BODY_BYTES} bytes"),
    ),
    (coding.VersionFrozen, _always(409, "conflict", "Only a draft can be changed")),
    (coding.NotPublishable, _always(409, "conflict", "A version without codes cannot be published")),
    (coding.SecondPersonNeeded, _always(403, "forbidden", "Somebody who did not edit the draft has to publish it")),
    (coding.UnreadableFramework, _unreadable_framework),
    (coding.TooManyCodes, _always(502, "analysis_unavailable", "The framework is too large for this strategy")),
    (inference.TooManyTokens, _too_many_tokens),
    (api.InvalidRequest, _invalid),
    (drf.UnsupportedMediaType, lambda error: _invalid(explain_media_type(error))),
    (
        tenants.IdempotencyKeyReused,
        _always(422, "idempotency_key_reused", "The Idempotency-Key was used before, with another body"),
    ),
    (tenants.RateLimited, _rate_limited),
    (inference.ModelRateLimited, _llm_rate_limited),
    (
        inference.ModelTimedOut,
        lambda error: Problem(504, "analysis_timeout", "The model did not answer in time", details=_reason_of(error)),
    ),
    (
        inference.ModelError,
        lambda error: Problem(502, "llm_error", "The model could not be used", details=_reason_of(error)),
    ),
    (inference.ModelUnavailable, _always(502, "llm_error", "The model could not be used")),
    (inference.InsufficientTime, _always(504, "analysis_timeout", "Insufficient time remaining")),
    (inference.OperationTimedOut, _always(504, "analysis_timeout", "The operation took too long")),
    (inference.AnalysisUnavailable, _always(502, "analysis_unavailable", "The analysis could not be made")),
    (RedactionTimeout, _always(504, "analysis_timeout", "The operation took too long")),
    (
        RedactionError,
        _always(
            503,
            "redaction_unavailable",
            "Redaction is not available; nothing was sent",
            retry_after_seconds=30,
        ),
    ),
    (
        tenants.Overloaded,
        lambda error: Problem(503, "overloaded", "All slots are busy", retry_after_seconds=error.retry_after_seconds),
    ),
    (
        UsageBackendUnavailable,
        _always(503, "usage_backend_unavailable", UNAVAILABLE, retry_after_seconds=5),
    ),
    ((OperationalError, InterfaceError), _always(503, "overloaded", UNAVAILABLE, retry_after_seconds=5)),
]


def problem_of(error: BaseException) -> Problem:
    """Return the answer to an error: the first row of the table that fits."""
    for kinds, row in TABLE:
        if isinstance(error, kinds):
            return row(error)
    log_defect(error)
    return Problem(500, "internal_error", "An unexpected error occurred")


def answer_error(error: Exception, context: dict[str, Any]) -> Response:
    """Answer an error of an endpoint (DRF's exception handler)."""
    problem = problem_of(error)
    request = context["request"]._request
    response = Response(envelope(problem, request.request_id), status=problem.status)
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if problem.status == 405:
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    for name, value in problem.headers.items():
        response[name] = value
    if problem.retry_after_seconds is not None:
        response["Retry-After"] = str(problem.retry_after_seconds)
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer a request for an address that does not exist."""
    problem = Problem(404, "not_found", "Not found")
    return JsonResponse(envelope(problem, request.request_id), status=404)  # type: ignore[attr-defined]


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer a request that failed outside an endpoint (Django's handler500)."""
    error = sys.exc_info()[1]
    problem = problem_of(error) if error else Problem(500, "internal_error", "An unexpected error occurred")
    response = JsonResponse(envelope(problem, request.request_id), status=problem.status)  # type: ignore[attr-defined]
    if problem.retry_after_seconds is not None:
        response["Retry-After"] = str(problem.retry_after_seconds)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer a request that Django itself refuses, such as one for an unknown host."""
    problem = Problem(400, "bad_request", "Bad request")
    return JsonResponse(envelope(problem, request.request_id), status=400)  # type: ignore[attr-defined]
