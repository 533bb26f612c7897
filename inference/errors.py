"""What can go wrong between an operation and a model.

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
    """Root of this room's errors."""


class ModelError(InferenceError):
    """The provider refused, failed or answered unusably. Carries no text of the provider's."""

    is_billing_unknown = False

    def __init__(self, reason: FailureReason, status: int | None = None) -> None:
        super().__init__()
        self.reason = reason
        self.status = status

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed a moment later."""
        if self.reason in CANNOT_DIFFER:
            return False
        return self.status is None or self.status in {408, 409, 425} or self.status >= 500


class ModelRateLimited(ModelError):
    """The provider asks to slow down. is_out_of_quota: what was paid for is used up, which no wait of ours changes."""

    def __init__(self, retry_after_seconds: float | None = None, *, is_out_of_quota: bool = False) -> None:
        super().__init__(FailureReason.RATE_LIMITED, HTTPStatus.TOO_MANY_REQUESTS)
        self.retry_after_seconds = retry_after_seconds
        self.is_out_of_quota = is_out_of_quota

    @property
    def is_transient(self) -> bool:
        return not self.is_out_of_quota


class ModelUnreachable(ModelError):
    """No answer came: refused, reset or broken off."""

    def __init__(self) -> None:
        super().__init__(FailureReason.UNREACHABLE)


class ModelTimedOut(ModelError):
    """No whole answer came in time."""

    is_billing_unknown = True

    def __init__(self) -> None:
        super().__init__(FailureReason.TIMEOUT)


class ModelFailed(ModelError):
    """The provider answered with an error.

    refused_parameter: of the request, where that was the reason. was_adapted_to: the next request goes without it.
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
    """The model answered, and it does not fit what was asked. check: which one failed, never the answer's text."""

    def __init__(self, check: str, reason: FailureReason = FailureReason.INVALID_ANSWER) -> None:
        super().__init__(reason)
        self.check = check


class UnreadableAnswer(UnusableAnswer):
    """A status of 2xx arrived, and the body behind it cannot be read."""

    is_billing_unknown = True


class ModelUnavailable(InferenceError):
    """The model has been failing; it is left alone for a moment."""


class OperationTimedOut(InferenceError):
    """The operation's deadline has passed."""


class InsufficientTime(OperationTimedOut):
    """Too little time is left for another attempt."""


class TooManyTokens(InferenceError):
    """The text does not fit one call."""

    def __init__(self, estimated: int, limit: int) -> None:
        super().__init__()
        self.estimated = estimated
        self.limit = limit


class ModelNotApproved(InferenceError):
    """The model has no approved entry in the catalogue."""


class OperationNotAllowed(InferenceError):
    """The tenant's policy refuses the operation."""


class AnalysisUnavailable(InferenceError):
    """The operation itself cannot be done."""
