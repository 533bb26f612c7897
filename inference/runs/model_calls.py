"""Ask a model within a run: attempts with their ledger rows, retries, the operation's deadline."""

import functools
import math
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.conf import settings

from inference import gateway
from inference.answers import read_answer
from inference.catalogue import approved_model
from inference.connections import ModelConnection
from inference.errors import InsufficientTime, ModelError
from inference.estimates import refuse_too_many_tokens
from inference.fan_out import release_connection
from inference.gateway.retries import seconds_until_retry
from inference.offline.engine import answer_offline
from inference.operation import Operation
from inference.prompting import Prompt, RenderedPrompt
from inference.redaction import RedactionSession
from inference.runs.ledger_rows import RunRows
from inference.runs.replies import AnswerT, Provenance, Reply
from usage.models import CallStatus

MIN_ATTEMPT_SECONDS = 10.0
# The end of the deadline belongs to the platform: it reads the answers, restores them and writes the response.
RESPONSE_SECONDS = 2.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class ModelCalls:
    """Asks models for a run. give_up_at: when a call gives up, by the monotonic clock, if before the deadline."""

    operation: Operation
    rows: RunRows
    redaction: RedactionSession = field(repr=False)
    give_up_at: float = math.inf

    @property
    def answer_by(self) -> float:
        return self.rows.deadline - RESPONSE_SECONDS

    def ask(
        self,
        connection: ModelConnection,
        prompt: Prompt,
        answer: type[AnswerT],
        step: str,
        variables: dict[str, str],
    ) -> Reply[AnswerT]:
        """Ask until an attempt succeeds or a retry is of no use. Raises what OperationRun.ask raises."""
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
        return self.retrying(lambda number: self._attempt(request, prompt, answer, step, number, entry.id))

    def retrying(self, attempt: Callable[[int], Result]) -> Result:
        """Make numbered attempts until one succeeds or a retry is of no use. Raises the last error."""
        number = 1
        while True:
            try:
                return attempt(number)
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
        timeout_seconds = self.attempt_seconds()
        gateway.breaker_of(request.connection).admit()
        closing = self.rows.open(
            model=request.connection.model,
            upper_estimate=request.upper_estimate,
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
                deadline=self.answer_by,
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

    def attempt_seconds(self) -> float:
        """Return the time limit of an attempt that begins now. Raises InsufficientTime."""
        now = time.monotonic()
        if self.rows.deadline - now < MIN_ATTEMPT_SECONDS:
            raise InsufficientTime
        # A call that is made at all has a fair chance of an answer.
        patience = max(MIN_ATTEMPT_SECONDS - RESPONSE_SECONDS, self.give_up_at - now)
        limit_seconds: float = settings.LLM_TIMEOUT_SECONDS
        return min(limit_seconds, self.answer_by - now, patience)

    def _sleep(self, seconds: float) -> None:
        wakes = time.monotonic() + seconds
        if self.rows.deadline - wakes < MIN_ATTEMPT_SECONDS or wakes > self.give_up_at:
            raise InsufficientTime
        time.sleep(seconds)

    def _offline_answerer(self, prompt: Prompt) -> Callable[[RenderedPrompt, Mapping[str, Any]], str] | None:
        answerer = self.operation.offline.get(prompt.name)
        if answerer is None:
            return None
        return functools.partial(answer_offline, answerer, metadata=self.operation.visible_metadata)
