"""Open and close the ledger rows of a run."""

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from inference import gateway
from inference.errors import ModelError, UnusableAnswer
from inference.runs.origin import CallOrigin
from usage import ledger
from usage.models import CallStatus, LLMCall
from usage.prices import TokenCounts


@dataclass(frozen=True)
class RunRows:
    """Opens the ledger rows of a run. deadline: of the operation, by the monotonic clock."""

    operation: str
    origin: CallOrigin
    redaction_version: str
    records_count: int
    deadline: float
    framework_version_id: uuid.UUID | None = None

    def open(
        self,
        *,
        model: str,
        upper_estimate: TokenCounts,
        entry_id: uuid.UUID,
        step: str,
        prompt_name: str,
        prompt_version: str,
        attempt: int = 1,
    ) -> "Closing":
        """Open the row of an attempt before its call. Raises BudgetExceeded."""
        row = LLMCall(
            call_id=self.origin.call_id,
            operation=self.operation,
            step=step,
            attempt=attempt,
            request_model=model,
            prompt_name=prompt_name,
            prompt_version=prompt_version,
            redaction_version=self.redaction_version,
            api_key_id=self.origin.api_key_id,
            user_id=self.origin.user_id,
            framework_version_id=self.framework_version_id,
            model_entry_id=entry_id,
            batch_id=self.origin.batch_id,
            records_count=self.records_count,
        )
        deadline_at = timezone.now() + timedelta(seconds=self.deadline - time.monotonic())
        return Closing(ledger.open_row(row, upper_estimate=upper_estimate, deadline_at=deadline_at))


class Closing:
    """The outcome with which an attempt's row is closed. It is an error of the platform until set."""

    def __init__(self, row: ledger.OpenRow) -> None:
        self.row = row
        self.started = time.monotonic()
        self.status = CallStatus.ERROR
        self.error_class = ""
        self.reason = ""
        self.response_model = ""
        self.tokens: TokenCounts | None = None
        self.is_usage_flagged = False

    def note(self, answer: gateway.ModelAnswer, request: gateway.ModelRequest) -> None:
        """Set the billed tokens of an answer before the answer is parsed."""
        self.tokens = answer.tokens or request.upper_usage(answer.text + answer.reasoning)
        self.is_usage_flagged = answer.is_usage_flagged
        self.response_model = answer.response_model

    def succeed(self, tokens: TokenCounts, response_model: str) -> None:
        self.status, self.tokens, self.response_model = CallStatus.OK, tokens, response_model

    def fail(self, error: ModelError) -> None:
        """Set the outcome of a failed attempt."""
        # An unusable answer is billed and a refusal is not. After a timeout the billing is unknown.
        self.error_class = type(error).__name__
        self.reason = error.reason
        if error.is_billing_unknown:
            self.status = CallStatus.UNKNOWN
        elif not isinstance(error, UnusableAnswer):
            self.tokens = TokenCounts()

    def close(self) -> None:
        ledger.close_row(
            self.row,
            status=self.status,
            latency_seconds=time.monotonic() - self.started,
            tokens=self.tokens,
            error_class=self.error_class,
            reason=self.reason,
            response_model=self.response_model,
            usage_flagged=self.is_usage_flagged,
        )
