"""What can go wrong between an operation and a model.

InferenceError
├── ModelError                  the provider's side; ModelError.status is the HTTP status it answered, if any
│   ├── ModelRateLimited        429; retry_after_seconds as the provider said, or None
│   ├── ModelUnreachable        refused, reset, no route
│   ├── ModelTimedOut           no whole answer within the attempt's time
│   ├── ModelFailed             any other refusal or failure
│   └── UnusableAnswer          an answer, billed, that does not fit the operation's schema
├── ModelUnavailable            the circuit breaker is open: no call was made
├── OperationTimedOut           the operation's deadline has passed
├── InsufficientTime            too little of the deadline is left for another attempt
├── TooManyTokens               estimated tokens over LLM_MAX_TOTAL_TOKENS
├── ModelNotApproved            the catalogue has no approved entry for the model
├── OperationNotAllowed         the tenant's policy refuses the operation
└── AnalysisUnavailable         the operation itself cannot be done
"""


class InferenceError(Exception):
    """Root of this room's errors."""


class ModelError(InferenceError):
    """The provider refused, failed or answered unusably. Carries no text of the provider's."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__()
        self.status = status

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed a moment later."""
        return self.status is None or self.status in {408, 409, 425} or self.status >= 500


class ModelRateLimited(ModelError):
    """The provider asks to slow down."""

    def __init__(self, retry_after_seconds: float | None = None) -> None:
        super().__init__(429)
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_transient(self) -> bool:
        return True


class ModelUnreachable(ModelError):
    """No answer came: refused, reset or broken off."""


class ModelTimedOut(ModelError):
    """No whole answer came in time."""


class ModelFailed(ModelError):
    """The provider answered with an error."""


class UnusableAnswer(ModelError):
    """The model answered, and it does not fit what was asked. reason: which check failed, never the answer's text."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


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
