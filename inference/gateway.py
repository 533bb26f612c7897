"""The one door to model providers: a single attempt through LiteLLM, with a clock of ours, and its errors translated.

LiteLLM is imported inside this module's functions only: it takes 2 s and 150 MB that commands, migrations and tests
should not pay. Its `timeout` is per read, so a provider that trickles bytes would never time out: the attempt runs in
a thread that is waited for no longer than that. Its error classes mislead: errors are told apart by `status_code`.
"""

import contextlib
import functools
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from django.conf import settings

from inference.circuit_breaker import CircuitBreaker, CircuitBreakers
from inference.connections import OFFLINE_MODEL, ModelConnection, generation_connection, judge_connection
from inference.errors import (
    ModelError,
    ModelFailed,
    ModelRateLimited,
    ModelTimedOut,
    ModelUnreachable,
)
from inference.prompting import RenderedPrompt
from usage.prices import TokenCounts

Result = TypeVar("Result")
LONGEST_RETRY_AFTER_SECONDS = 3600.0
NOBODY = ModelConnection("openai/nobody", api_base="http://127.0.0.1:9", api_key="none")


@dataclass(frozen=True)
class ModelRequest:
    """One call as it is sent. answer_schema: the JSON schema that the answer has to fit.

    answer_offline: answers in place of a provider when the offline engine is the model.
    """

    connection: ModelConnection
    prompt: RenderedPrompt
    answer_name: str
    answer_schema: dict[str, Any] = field(repr=False)
    max_output_tokens: int
    answer_offline: Callable[[RenderedPrompt, Mapping[str, Any]], str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ModelAnswer:
    """What the provider returned. text: empty when it sent none. tokens: None when it did not say what it billed."""

    text: str = field(repr=False)
    tokens: TokenCounts | None
    response_model: str


_breakers = CircuitBreakers()


def breaker_of(connection: ModelConnection) -> CircuitBreaker:
    """Return the circuit breaker of a model; whoever attempts a call asks it first."""
    return _breakers.of(connection.model)


def attempt(request: ModelRequest, *, timeout_seconds: float) -> ModelAnswer:
    """Make one attempt. Raises a ModelError."""
    if request.connection.model == OFFLINE_MODEL:
        return _answered_offline(request)
    breaker = breaker_of(request.connection)
    try:
        response = _within(timeout_seconds, functools.partial(_complete, request))
    except ModelError as error:
        breaker.record(has_failed=error.status is None or error.status >= 500)
        raise
    breaker.record(has_failed=False)
    return _read(response)


def _answered_offline(request: ModelRequest) -> ModelAnswer:
    """Have the offline engine answer, in this thread: it waits for nobody."""
    if request.answer_offline is None:
        raise ModelFailed(501)
    text = request.answer_offline(request.prompt, request.answer_schema)
    return ModelAnswer(text=text, tokens=None, response_model=OFFLINE_MODEL)


def warm_up() -> None:
    """Load LiteLLM and all it loads late, so that the first request does not pay for it. The offline engine needs none.

    One attempt at a local port where nobody listens.
    """
    if {generation_connection().model, judge_connection().model} == {OFFLINE_MODEL}:
        return
    with contextlib.suppress(ModelError):
        attempt(ModelRequest(NOBODY, RenderedPrompt("", ""), "warm_up", {"properties": {}}, 16), timeout_seconds=60)


def _within(seconds: float, work: Callable[[], Result]) -> Result:
    """Run work in a thread of its own, waited for no longer than this. Raises ModelTimedOut and leaves it behind."""
    done = threading.Event()
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:  # noqa: BLE001  (carried over to the waiting thread, which raises it)
            outcome["error"] = error
        finally:
            done.set()

    threading.Thread(target=copy_context().run, args=(run,), daemon=True, name="model-attempt").start()
    if not done.wait(seconds):
        raise ModelTimedOut
    if "error" in outcome:
        raise outcome["error"]
    result: Result = outcome["result"]
    return result


def _complete(request: ModelRequest) -> Any:
    connection = request.connection
    reached_by = {
        "api_base": connection.api_base,
        "api_key": connection.api_key,
        "api_version": connection.api_version,
    }
    litellm, keeps_no_log = _litellm()
    keeps_no_log.set(True)
    try:
        return litellm.completion(
            model=connection.model,
            messages=[
                {"role": "system", "content": request.prompt.system},
                {"role": "user", "content": request.prompt.user},
            ],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": request.answer_name, "strict": True, "schema": request.answer_schema},
            },
            temperature=0,
            max_tokens=request.max_output_tokens,
            timeout=settings.LLM_TIMEOUT_SECONDS,  # constant: LiteLLM keeps a client, with its connections, a timeout
            max_retries=0,
            drop_params=True,  # not as LiteLLM's own setting: it would send a call that was refused with 422 again
            **{name: value for name, value in reached_by.items() if value},
        )
    except Exception as error:  # noqa: BLE001  (vendor errors share no base class)
        raise _translated(error) from None


@functools.cache
def _litellm() -> tuple[Any, ContextVar[bool]]:
    """Import LiteLLM, offline and silent.

    The context variable says, where it is set, that a call is another's part: LiteLLM then makes no log entry of it,
    which would be a copy of the prompt and the answer in a queue, and a seventh of what a call costs.
    """
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm
    from litellm._internal_context import is_internal_call

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    return litellm, is_internal_call


def _translated(error: Exception) -> ModelError:
    """Turn a vendor's error into one of ours, once, keeping none of its text."""
    status = getattr(error, "status_code", None)
    chain = {type(cause).__name__ for cause in _causes(error)}
    has_answered = "APIStatusError" in chain  # with a status: LiteLLM makes a Timeout of a provider's own 408
    if not has_answered and chain & {"ReadTimeout", "ConnectTimeout", "APITimeoutError", "Timeout"}:
        return ModelTimedOut()
    if status == 429:
        return ModelRateLimited(_retry_after_seconds(error))
    if not has_answered and chain & {"APIConnectionError", "ConnectError", "ReadError", "RemoteProtocolError"}:
        return ModelUnreachable()
    return ModelFailed(status if isinstance(status, int) else 500)


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def _retry_after_seconds(error: Exception) -> float | None:
    """Seconds, or a date, as RFC 9110 has it; None when the provider said neither."""
    responses = (getattr(cause, "response", None) for cause in _causes(error))  # the vendor's own is an empty one
    headers = (getattr(response, "headers", {}) for response in responses)
    written = next((str(each["retry-after"]) for each in headers if "retry-after" in each), "")
    try:
        seconds = float(written) if written[:1].isdigit() else _seconds_until(written)
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def _seconds_until(date: str) -> float:
    return parsedate_to_datetime(date).timestamp() - time.time()


def _read(response: Any) -> ModelAnswer:
    tokens = _tokens_of(getattr(response, "usage", None))
    choices = getattr(response, "choices", None) or []
    text = choices[0].message.content if choices else ""
    return ModelAnswer(text=text or "", tokens=tokens, response_model=str(getattr(response, "model", "") or ""))


def _tokens_of(usage: Any) -> TokenCounts | None:
    if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    of_prompt = getattr(usage, "prompt_tokens_details", None)
    of_answer = getattr(usage, "completion_tokens_details", None)
    return TokenCounts(
        input_tokens=usage.prompt_tokens,
        cached_tokens=getattr(of_prompt, "cached_tokens", None) or 0,
        cache_write_tokens=getattr(of_prompt, "cache_creation_tokens", None) or 0,
        output_tokens=usage.completion_tokens,
        reasoning_tokens=getattr(of_answer, "reasoning_tokens", None) or 0,
    )
