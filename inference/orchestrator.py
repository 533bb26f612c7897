"""The road of one operation to its models and back.

    1 scope and policy   2 redact each record   3 render the prompt   4 estimate, refuse what does not fit
    5 open the ledger row   6 call the gateway within the deadline   7 validate the answer
    8 close the row whatever happened, restore what this operation may see

An operation begins a run, redacts what it got, asks for answers and restores what it gives. Chunking, merging and
judging are the operation's own business. No database connection is held while a model is called.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from inference import gateway
from inference.answers import Answer, without_foreign_placeholders
from inference.catalogue import approved_entry_id
from inference.connections import ModelConnection, generation_connection, judge_connection
from inference.errors import (
    InferenceError,
    InsufficientTime,
    ModelError,
    ModelTimedOut,
    OperationNotAllowed,
    UnusableAnswer,
)
from inference.estimates import estimated_usage, refuse_too_many_tokens, upper_estimate
from inference.fan_out import fan_out, release_connection
from inference.prompting import Prompt
from inference.redaction import RedactionPolicy, RedactionSession, get_redactor
from inference.registry import Operation
from inference.retries import seconds_until_retry
from tenants.models import Tenant
from usage import ledger
from usage.errors import UsageError
from usage.models import CallStatus, LLMCall
from usage.prices import TokenCounts

LEAST_ATTEMPT_SECONDS = 10.0

AnswerT = TypeVar("AnswerT", bound=Answer)
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class CallOrigin:
    """Who asks. call_id: the API request's X-Request-ID, the same on every ledger row of the operation."""

    tenant: Tenant
    call_id: uuid.UUID
    api_key_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    batch_id: uuid.UUID | None = None


@dataclass(frozen=True)
class OperationRun:
    """One operation on its road: its redaction session, its deadline, and everything the ledger has to say of it."""

    operation: Operation
    origin: CallOrigin
    redaction: RedactionSession = field(repr=False)
    redaction_version: str
    deadline: float
    records_count: int
    is_redacting: bool = True
    framework_version_id: uuid.UUID | None = None

    def redact(self, text: str) -> str:
        """Return the text with placeholders, fit to stand inside the tags of a user message. Raises RedactionError."""
        return self.redaction.redact(text)

    def redact_record(self, text: str, metadata: Mapping[str, str] | None = None) -> str:
        """Redact a record's text and, line by line before it, the metadata that may reach this prompt."""
        lines = [f"{name}: {self.redact(value)}" for name, value in (metadata or {}).items()]
        return "\n".join([*lines, self.redaction.redact_record(text)])

    def redact_again(self, text: str) -> str:
        """The same text as redact_record gave, without a second look and counted once."""
        return self.redaction.redact(text, is_counted=False)

    def restore(self, answer: Result) -> Result:
        """Mask what no record put there, then put the values back that this operation's caller may see."""
        masked = self.redaction.mask_answer(answer)
        return self.redaction.restore_answer(masked, self.operation.keeps)

    def storable(self, text: str) -> str:
        """A piece of a record or an answer as it may be kept: with placeholders.

        "" when nothing was redacted, and for a tenant that keeps no results.
        """
        is_kept = self.is_redacting and self.origin.tenant.stores_results
        return self.redaction.mask(text, is_counted=False) if is_kept and text else ""

    @cached_property
    def tenant_note(self) -> str:
        """What the tenant wants its models to know, fit to stand inside the tags of a user message."""
        return self.redact(self.origin.tenant.prompt_note)

    def ask(self, prompt: Prompt, answer: type[AnswerT], *, step: str, **variables: str) -> AnswerT:
        """Ask the generating model and return its parsed answer, placeholders still in it.

        Raises ModelError after the last retry, ModelUnavailable, OperationTimedOut, TooManyTokens, ModelNotApproved.
        """
        return self._ask(generation_connection(), prompt, answer, step, variables)

    def ask_judge(
        self, prompt: Prompt, answer: type[AnswerT], *, step: str = "judge", **variables: str
    ) -> AnswerT | None:
        """Ask the judging model; None when it failed or answered out of range: a judge never fails an operation."""
        try:
            return self._ask(judge_connection(), prompt, answer, step, variables)
        except (InferenceError, UsageError):
            return None

    def fan_out(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Do work for each item, several at a time, results in order; the first error ends it."""
        return fan_out(work, items)

    def _ask(
        self,
        connection: ModelConnection,
        prompt: Prompt,
        answer: type[AnswerT],
        step: str,
        variables: dict[str, str],
    ) -> AnswerT:
        rendered = prompt.render(**variables)
        refuse_too_many_tokens(rendered)
        entry_id = approved_entry_id(connection.model)
        request = gateway.ModelRequest(
            connection=connection,
            prompt=rendered,
            answer_name=answer.__name__,
            answer_schema=answer.json_schema(),
            max_output_tokens=settings.LLM_MAX_OUTPUT_TOKENS,
        )
        number = 1
        while True:
            try:
                return self._attempt(request, prompt, answer, step, number, entry_id)
            except ModelError as error:
                wait_seconds = seconds_until_retry(error, attempt=number)
                if wait_seconds is None:
                    raise
                self._sleep(wait_seconds)
            number += 1

    def _attempt(
        self,
        request: gateway.ModelRequest,
        prompt: Prompt,
        answer: type[AnswerT],
        step: str,
        number: int,
        entry_id: uuid.UUID,
    ) -> AnswerT:
        timeout_seconds = min(settings.LLM_TIMEOUT_SECONDS, self._seconds_left())
        gateway.breaker_of(request.connection).admit()
        row = ledger.open_row(
            self._ledger_entry(request, prompt, step, number, entry_id),
            upper_estimate=upper_estimate(request.prompt, max_output_tokens=request.max_output_tokens),
            deadline_at=timezone.now() + timedelta(seconds=self.deadline - time.monotonic()),
        )
        release_connection()
        closing = _Closing(row)
        try:
            model_answer = gateway.attempt(request, timeout_seconds=timeout_seconds)
            closing.tokens = model_answer.tokens or estimated_usage(request.prompt, model_answer.text)
            closing.response_model = model_answer.response_model
            parsed = without_foreign_placeholders(answer.parse(model_answer.text), request.prompt.user)
            closing.status = CallStatus.OK
            return parsed
        except ModelError as error:
            closing.fail(error)
            raise
        finally:
            closing.close()

    def _seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left < LEAST_ATTEMPT_SECONDS:
            raise InsufficientTime
        return left

    def _sleep(self, seconds: float) -> None:
        if self._seconds_left() - seconds < LEAST_ATTEMPT_SECONDS:
            raise InsufficientTime
        time.sleep(seconds)

    def _ledger_entry(
        self, request: gateway.ModelRequest, prompt: Prompt, step: str, number: int, entry_id: uuid.UUID
    ) -> LLMCall:
        return LLMCall(
            call_id=self.origin.call_id,
            operation=self.operation.name,
            step=step,
            attempt=number,
            request_model=request.connection.model,
            prompt_name=prompt.name,
            prompt_version=prompt.version,
            redaction_version=self.redaction_version,
            api_key_id=self.origin.api_key_id,
            user_id=self.origin.user_id,
            framework_version_id=self.framework_version_id,
            model_entry_id=entry_id,
            batch_id=self.origin.batch_id,
            records_count=self.records_count,
        )


class _Closing:
    """How an attempt's row will be closed: as a defect of ours until something better is known."""

    def __init__(self, row: ledger.OpenRow) -> None:
        self.row = row
        self.started = time.monotonic()
        self.status = CallStatus.ERROR
        self.error_class = ""
        self.response_model = ""
        self.tokens: TokenCounts | None = None

    def fail(self, error: ModelError) -> None:
        """An answer that could not be used is billed; a refusal is not; of a timeout nobody knows."""
        self.error_class = type(error).__name__
        if isinstance(error, ModelTimedOut):
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
            response_model=self.response_model,
        )


def begin(
    operation: Operation,
    origin: CallOrigin,
    *,
    records_count: int,
    wants_redaction: bool = True,
    framework_version_id: uuid.UUID | None = None,
) -> OperationRun:
    """Begin a run for the tenant in scope. Raises OperationNotAllowed, RedactionError.

    wants_redaction: False is honoured only when the tenant's policy says so; see OperationRun.is_redacting.
    """
    if operation.name in origin.tenant.refused_operations:
        raise OperationNotAllowed
    deadline = time.monotonic() + operation.deadline_seconds
    policy = RedactionPolicy.from_dict(origin.tenant.redaction_policy)
    is_redacting = wants_redaction or not policy.may_be_switched_off
    return OperationRun(
        operation=operation,
        origin=origin,
        redaction=get_redactor().open_session(policy, deadline, is_redacting=is_redacting),
        redaction_version=policy.version if is_redacting else "off",
        deadline=deadline,
        records_count=records_count,
        is_redacting=is_redacting,
        framework_version_id=framework_version_id,
    )
