"""Run an operation: its checks, redaction, model calls and ledger rows.

    1 scope and policy   2 redact the records   3 render the prompt   4 estimate, refuse prompts over the limit
    5 open the ledger row   6 call the gateway within the deadline   7 validate the answer
    8 close the row in any case, restore the values that this operation may see

Every caller (endpoint, page, job, demo) runs an operation inside `with operation(...) as run`, which checks the scope
of the key, audits an unredacted call, and counts the findings of redaction. Inside it an operation redacts texts, asks
for answers and restores them. Chunking, merging and judging belong to the operation. No database connection is held
while a model is called.
"""

import functools
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.functional import cached_property

from inference import gateway
from inference.answers import Answer, read_answer
from inference.catalogue import approved_model
from inference.connections import OFFLINE_MODEL, ModelConnection, generation_connection, judge_connection
from inference.errors import (
    InferenceError,
    InsufficientTime,
    ModelError,
    OperationNotAllowed,
    UnusableAnswer,
)
from inference.estimates import estimated_usage, refuse_too_many_tokens, upper_estimate
from inference.fan_out import RecordError, fan_out, fan_out_records, release_connection
from inference.gateway.retries import seconds_until_retry
from inference.offline.engine import answer_offline
from inference.operation import Operation
from inference.privacy.counts import add_counts
from inference.prompting import Prompt, RenderedPrompt, prompt_named
from inference.redaction import RedactionPolicy, RedactionSession, get_redactor
from tenants.access import Caller
from tenants.audit import record_event
from tenants.errors import Forbidden
from tenants.models import Tenant
from usage import ledger
from usage.errors import UsageError
from usage.models import CallStatus, LLMCall
from usage.prices import TokenCounts

MIN_ATTEMPT_SECONDS = 10.0

AnswerT = TypeVar("AnswerT", bound=Answer)
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class CallOrigin:
    """The caller of an operation. call_id: the API request's X-Request-ID, on every ledger row of the operation.

    actor_id: the actor in the audit log, for example `key:<id>`, `user:<id>` or `command:demo`. scopes: the
    operations that the key may use, empty for all.
    """

    tenant: Tenant
    call_id: uuid.UUID
    actor_id: str
    api_key_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    batch_id: uuid.UUID | None = None
    scopes: tuple[str, ...] = ()

    @classmethod
    def of_key(cls, caller: Caller, call_id: uuid.UUID) -> "CallOrigin":
        """Make the origin of a request that came with an API key."""
        key = caller.key
        return cls(caller.tenant, call_id, caller.actor_id, api_key_id=key.series_id, scopes=tuple(key.scopes))


@dataclass(frozen=True)
class Provenance:
    """model: the provider's name of the model that answered. prompt_version: the version of its prompt."""

    model: str
    prompt_version: str


@dataclass(frozen=True)
class Reply(Generic[AnswerT]):
    """A parsed answer with placeholders, and its provenance."""

    answer: AnswerT
    provenance: Provenance


@dataclass(frozen=True)
class OperationRun:
    """A running operation: its redaction session, its deadline, and what the ledger records of it."""

    operation: Operation
    origin: CallOrigin
    redaction: RedactionSession = field(repr=False)
    redaction_version: str
    deadline: float
    records_count: int
    is_redacting: bool = True
    framework_version_id: uuid.UUID | None = None

    def redact(self, text: str) -> str:
        """Return the text with placeholders, escaped for the tags of a user message. Raises RedactionError."""
        return self.redaction.redact(text)

    def redact_record(self, text: str, metadata: Mapping[str, str] | None = None) -> str:
        """Redact a record's text, and line by line before it the metadata that the operation's prompts may contain."""
        visible = self.operation.visible_part(metadata or {})
        lines = [f"{name}: {self.redact(value)}" for name, value in visible.items()]
        return "\n".join([*lines, self.redaction.redact_record(text)])

    def redact_again(self, text: str) -> str:
        """Return the result of redact_record for a text without redacting or counting it again."""
        return self.redaction.redact(text, is_counted=False)

    def restore(self, answer: Result) -> Result:
        """Mask values that no record contains, then restore the values that the operation's caller may see."""
        masked = self.redaction.mask_answer(answer)
        return self.redaction.restore_answer(masked, self.operation.restored_except)

    def storable(self, text: str) -> str:
        """Return a part of a record or an answer in the form that may be stored, with placeholders.

        "" when nothing was redacted, and for a tenant that stores no results.
        """
        is_stored = self.is_redacting and self.origin.tenant.stores_results
        return self.redaction.mask(text, is_counted=False) if is_stored and text else ""

    # Django's, which has no lock: the one of functools is shared by all runs in Python 3.11, and a slow redaction would
    # hold up every other run. Before threads begin, fan_out sees to it that the note is there.
    @cached_property
    def tenant_note(self) -> str:
        """Return the tenant's note to its models, escaped for the tags of a user message."""
        return self.redact(self.origin.tenant.prompt_note)

    def prompt(self, name: str) -> Prompt:
        """Return the version of a prompt that this run uses."""
        return prompt_named(name)

    def ask(self, prompt: str, answer: type[AnswerT], *, step: str, **variables: str) -> Reply[AnswerT]:
        """Ask the generating model with the prompt of this name.

        Raises ModelError after the last retry, ModelUnavailable, OperationTimedOut, TooManyTokens, ModelNotApproved.
        """
        return self._ask(generation_connection(), self.prompt(prompt), answer, step, variables)

    def ask_judge(
        self, prompt: str, answer: type[AnswerT], *, step: str = "judge", **variables: str
    ) -> Reply[AnswerT] | None:
        """Ask the judging model. Returns None when it failed or its answer is out of range."""
        try:
            return self._ask(judge_connection(), self.prompt(prompt), answer, step, variables)
        except (InferenceError, UsageError):
            return None

    def work_offline(self, work: Callable[[], Result], *, step: str, version: str) -> Result:
        """Do work on this machine in place of a model, under the same policy and with a ledger row without cost.

        version: the version of the method, in place of a prompt's. Raises ModelNotApproved, BudgetExceeded.
        """
        closing = self._open_row(
            model=OFFLINE_MODEL,
            upper_estimate=TokenCounts(),
            entry_id=approved_model(OFFLINE_MODEL).id,
            step=step,
            prompt_name=step,
            prompt_version=version,
        )
        try:
            result = work()
            closing.succeed(TokenCounts(), OFFLINE_MODEL)
            return result
        finally:
            closing.close()

    def fan_out(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Do work for all items, several at a time, and return the results in order. Raises the first error."""
        return fan_out(self._with_note(work), items)

    def fan_out_records(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result | RecordError]:
        """Do work for all records, several at a time. A record that a model failed on has the error as its result."""
        return fan_out_records(self._with_note(work), items)

    def _with_note(self, work: Callable[[Item], Result]) -> Callable[[Item], Result]:
        """Redact the tenant's note before the threads start, and return the work unchanged."""
        _ = self.tenant_note  # threads that redact it at the same time would count its findings twice
        return work

    def _ask(
        self,
        connection: ModelConnection,
        prompt: Prompt,
        answer: type[AnswerT],
        step: str,
        variables: dict[str, str],
    ) -> Reply[AnswerT]:
        rendered = prompt.render(**variables)
        refuse_too_many_tokens(rendered)
        entry = approved_model(connection.model)
        request = gateway.ModelRequest(
            connection=replace(connection, base_model=entry.base_model),
            prompt=rendered,
            answer_name=answer.__name__,
            answer_schema=answer.json_schema(),
            max_output_tokens=settings.LLM_MAX_OUTPUT_TOKENS,
            answer_offline=self._offline_answerer(prompt),
        )
        number = 1
        while True:
            try:
                return self._attempt(request, prompt, answer, step, number, entry.id)
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
    ) -> Reply[AnswerT]:
        timeout_seconds = min(settings.LLM_TIMEOUT_SECONDS, self._seconds_left())
        gateway.breaker_of(request.connection).admit()
        closing = self._open_row(
            model=request.connection.model,
            upper_estimate=upper_estimate(request.prompt, max_output_tokens=request.max_output_tokens),
            entry_id=entry_id,
            step=step,
            attempt=number,
            prompt_name=prompt.name,
            prompt_version=prompt.version,
        )
        release_connection()
        try:
            model_answer = gateway.attempt(request, timeout_seconds=timeout_seconds)
            closing.note(model_answer, request)
            parsed = read_answer(
                answer,
                model_answer.text,
                reasoning=model_answer.reasoning,
                failure=model_answer.failure,
                deadline=self.deadline,
            )
            parsed = self.redaction.without_foreign(parsed, request.prompt.user)
            closing.status = CallStatus.OK
            answering_model = model_answer.response_model or request.connection.model
            return Reply(parsed, Provenance(answering_model, prompt.version))
        except ModelError as error:
            closing.fail(error)
            raise
        finally:
            closing.close()

    def _seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left < MIN_ATTEMPT_SECONDS:
            raise InsufficientTime
        return left

    def _sleep(self, seconds: float) -> None:
        if self._seconds_left() - seconds < MIN_ATTEMPT_SECONDS:
            raise InsufficientTime
        time.sleep(seconds)

    def _offline_answerer(self, prompt: Prompt) -> Callable[[RenderedPrompt, Mapping[str, Any]], str] | None:
        answerer = self.operation.offline.get(prompt.name)
        if answerer is None:
            return None
        return functools.partial(answer_offline, answerer, metadata=self.operation.visible_metadata)

    def _open_row(
        self,
        *,
        model: str,
        upper_estimate: TokenCounts,
        entry_id: uuid.UUID,
        step: str,
        prompt_name: str,
        prompt_version: str,
        attempt: int = 1,
    ) -> "_Closing":
        row = LLMCall(
            call_id=self.origin.call_id,
            operation=self.operation.name,
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
        return _Closing(ledger.open_row(row, upper_estimate=upper_estimate, deadline_at=deadline_at))


class _Closing:
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
        self.tokens = answer.tokens or estimated_usage(request.prompt, answer.text + answer.reasoning)
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


@contextmanager
def operation(
    declared: Operation,
    origin: CallOrigin,
    *,
    records_count: int,
    wants_redaction: bool = True,
    framework_version_id: uuid.UUID | None = None,
) -> Iterator[OperationRun]:
    """Run an operation for the tenant in scope, from the check of the key's scope to the counts of redaction.

    wants_redaction: False is honoured only when the tenant's policy says so; see OperationRun.is_redacting.
    Raises Forbidden, OperationNotAllowed, RedactionError.
    """
    ensure_in_scope(declared, origin.scopes)
    if declared.name in origin.tenant.refused_operations:
        raise OperationNotAllowed
    policy = RedactionPolicy.from_dict(origin.tenant.redaction_policy)
    is_redacting = wants_redaction or not policy.may_be_switched_off
    deadline = time.monotonic() + declared.deadline_seconds
    run = OperationRun(
        operation=declared,
        origin=origin,
        redaction=get_redactor().open_session(policy, deadline, is_redacting=is_redacting),
        redaction_version=policy.version if is_redacting else "off",
        deadline=deadline,
        records_count=records_count,
        is_redacting=is_redacting,
        framework_version_id=framework_version_id,
    )
    if not is_redacting:
        _audit_unredacted(run)
    try:
        yield run
    finally:
        add_counts(declared.name, run.redaction)


def ensure_in_scope(declared: Operation, scopes: Sequence[str]) -> None:
    """Refuse a key whose scopes do not name the operation. Raises Forbidden."""
    if scopes and declared.name not in scopes:
        raise Forbidden(f"This key may not use {declared.name}")


def _audit_unredacted(run: OperationRun) -> None:
    record_event(
        tenant_id=run.origin.tenant.id,
        actor_id=run.origin.actor_id,
        action="redaction.switched_off",
        resource_type="operation",
        resource_id=run.operation.name,
        metadata={"call_id": str(run.origin.call_id), "records": run.records_count},
    )
