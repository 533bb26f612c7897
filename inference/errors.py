"""Errors of operations and model calls.

InferenceError
├── ModelError                  the provider's side; status: the HTTP status it answered, if any; reason: why
│   ├── ModelRateLimited        429; retry_after_seconds as the provider said, or None
│   ├── ModelUnreachable        refused, reset, no route
│   ├── ModelTimedOut           no whole answer within the attempt's time
│   ├── ModelFailed             any other refusal or failure
│   └── UnusableAnswer          an answer, billed, that does not fit the operation's schema
│       └── UnreadableAnswer    a status of 2xx, and a body that cannot be read: nobody knows what was billed
├── ModelUnavailable            the circuit breaker is open: no call was made
├── OperationTimedOut           the operation's deadline has passed
├── InsufficientTime            too little of the deadline is left for another attempt
├── TooManyTokens               estimated tokens over LLM_MAX_TOTAL_TOKENS
├── ModelNotApproved            the catalogue has no approved entry for the model
├── EmbeddingsUnavailable       no embedding model is configured, or its weights are missing
├── OperationNotAllowed         the tenant's policy refuses the operation
└── AnalysisUnavailable         the operation itself cannot be done
"""

from http import HTTPStatus

from usage.failure_reasons import FailureReason

CANNOT_DIFFER = {
    FailureReason.CONTENT_FILTER,
    FailureReason.AUTHENTICATION,
    FailureReason.MODEL_NOT_FOUND,
    FailureReason.UNSUPPORTED_REQUEST,
    FailureReason.CONTEXT_LENGTH,
    FailureReason.OUTPUT_CUT_OFF,
    FailureReason.REFUSAL,
}
REASON_OF_STATUS: dict[int, FailureReason] = {
    HTTPStatus.BAD_REQUEST: FailureReason.UNSUPPORTED_REQUEST,
    HTTPStatus.UNAUTHORIZED: FailureReason.AUTHENTICATION,
    HTTPStatus.FORBIDDEN: FailureReason.AUTHENTICATION,
    HTTPStatus.NOT_FOUND: FailureReason.MODEL_NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: FailureReason.TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: FailureReason.CONTEXT_LENGTH,
    HTTPStatus.UNPROCESSABLE_ENTITY: FailureReason.UNSUPPORTED_REQUEST,
    HTTPStatus.TOO_MANY_REQUESTS: FailureReason.RATE_LIMITED,
}


class InferenceError(Exception):
    """Root of this app's errors."""


class ModelError(InferenceError):
    """The provider refused, failed or returned an unusable answer. Contains no text of the provider."""

    is_billing_unknown = False

    def __init__(self, reason: FailureReason, status: int | None = None) -> None:
        super().__init__()
        self.reason = reason
        self.status = status

    @property
    def is_transient(self) -> bool:
        """Return whether the same call may succeed later."""
        if self.reason in CANNOT_DIFFER:
            return False
        return self.status is None or self.status in {408, 409, 425} or self.status >= 500


class ModelRateLimited(ModelError):
    """The provider asks to slow down. is_out_of_quota: the paid quota is used up, and waiting does not help."""

    def __init__(self, retry_after_seconds: float | None = None, *, is_out_of_quota: bool = False) -> None:
        super().__init__(FailureReason.RATE_LIMITED, HTTPStatus.TOO_MANY_REQUESTS)
        self.retry_after_seconds = retry_after_seconds
        self.is_out_of_quota = is_out_of_quota

    @property
    def is_transient(self) -> bool:
        return not self.is_out_of_quota


class ModelUnreachable(ModelError):
    """No answer arrived: the connection was refused, reset or broken off.

    was_sent: the whole request was, so that the provider may have answered and billed it.
    """

    def __init__(self, *, was_sent: bool = False) -> None:
        super().__init__(FailureReason.UNREACHABLE)
        self.is_billing_unknown = was_sent


class ModelTimedOut(ModelError):
    """No complete answer arrived in time."""

    is_billing_unknown = True

    def __init__(self) -> None:
        super().__init__(FailureReason.TIMEOUT)


class ModelFailed(ModelError):
    """The provider answered with an error.

    refused_parameter: the request's parameter that caused the error. was_adapted_to: the next request omits it.
    """

    def __init__(
        self, status: int, reason: FailureReason | None = None, *, refused_parameter: str | None = None
    ) -> None:
        super().__init__(reason or REASON_OF_STATUS.get(status, FailureReason.PROVIDER_ERROR), status)
        self.refused_parameter = refused_parameter
        self.was_adapted_to = False

    @property
    def is_transient(self) -> bool:
        return self.was_adapted_to or super().is_transient


class UnusableAnswer(ModelError):
    """The answer does not fit the schema. check: the check that failed, never the answer's text."""

    def __init__(self, check: str, reason: FailureReason = FailureReason.INVALID_ANSWER) -> None:
        super().__init__(reason)
        self.check = check


class UnreadableAnswer(UnusableAnswer):
    """The status was 2xx, but the body cannot be read."""

    is_billing_unknown = True


class ModelUnavailable(InferenceError):
    """The circuit breaker is open because the model has been failing."""


class OperationTimedOut(InferenceError):
    """The operation's deadline has passed."""


class InsufficientTime(OperationTimedOut):
    """The time left before the deadline is too short for another attempt."""


class TooManyTokens(InferenceError):
    """The text does not fit one call."""

    def __init__(self, estimated: int, limit: int) -> None:
        super().__init__()
        self.estimated = estimated
        self.limit = limit


class ModelNotApproved(InferenceError):
    """The model has no approved entry in the catalogue."""


class EmbeddingsUnavailable(InferenceError):
    """No embedding model is configured, or its weights cannot be read on this machine."""


class OperationNotAllowed(InferenceError):
    """The tenant's policy refuses the operation."""


class AnalysisUnavailable(InferenceError):
    """The operation itself cannot be done."""
