"""Call providers with a protocol of their own through LiteLLM.

LiteLLM is imported inside this module's functions only, because it takes 2 s and 120 MB. Its `timeout` is per read, so
an attempt runs in a thread that is abandoned when its time is up. Its error classes mislead, and it follows redirects
and reads answers of any size, so `watched.py` checks the HTTP traffic below it.
"""

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from inference.connections import ModelConnection
from inference.errors import ModelError, ModelFailed, ModelTimedOut, ModelUnreachable
from inference.gateway.calls import ModelRequest
from inference.gateway.chat import chat_parameters
from inference.gateway.dialects import Dialect
from tenants.outgoing.clocks import Clock

if TYPE_CHECKING:
    from inference.gateway.watched import Watch

Result = TypeVar("Result")


def complete(request: ModelRequest, dialect: Dialect, *, timeout_seconds: float) -> Any:
    """Make one call and return the completion, as the server sent it or as LiteLLM made it. Raises ModelError."""
    watch, made = _watched(timeout_seconds, request.max_answer_bytes, functools.partial(_call, request, dialect))
    completion = watch.completion()
    if completion is None and isinstance(made, Exception):
        raise watch.error() or _translated(made) from None
    if completion is None and watch.status is not None and not watch.has_succeeded:
        raise watch.error() or ModelFailed(watch.status)  # LiteLLM makes answers of some errors
    return completion or made


def embed(connection: ModelConnection, texts: Sequence[str], *, timeout_seconds: float, max_answer_bytes: int) -> Any:
    """Embed texts in one call and return LiteLLM's response. Raises ModelError."""
    watch, made = _watched(timeout_seconds, max_answer_bytes, functools.partial(_embed, connection, texts))
    if isinstance(made, Exception):
        raise watch.error() or _translated(made) from None
    if watch.status is not None and not watch.has_succeeded:
        raise watch.error() or ModelFailed(watch.status)
    return made


def import_litellm() -> None:
    """Import LiteLLM without a call, which would start an event loop."""
    _litellm()


@functools.cache
def load() -> None:
    """Import LiteLLM and its lazy imports, by a call to a local port without a server."""
    litellm, _ = _litellm()
    with contextlib.suppress(Exception):
        litellm.completion("openai/nobody", [], api_base="http://127.0.0.1:9", api_key="none", max_retries=0)


def _watched(seconds: float, max_bytes: int, call: Callable[[], Any]) -> tuple["Watch", Any]:
    """Make a call and return its HTTP traffic, and LiteLLM's answer or error. Raises ModelTimedOut."""
    from inference.gateway.watched import Watch, current_watch

    load()  # before the clock runs
    watch = Watch(Clock(seconds), max_bytes)
    current_watch.set(watch)
    try:
        return watch, _within(seconds, call)
    except ModelTimedOut:
        raise
    except Exception as error:  # noqa: BLE001  (vendor errors share no base class)
        return watch, error


def _within(seconds: float, work: Callable[[], Result]) -> Result:
    """Run work in a thread with a time limit. Raises ModelTimedOut and abandons the thread when it is exceeded."""
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


def _call(request: ModelRequest, dialect: Dialect) -> Any:
    litellm, keeps_no_log = _litellm()
    keeps_no_log.set(True)
    return litellm.completion(
        **chat_parameters(request, dialect),
        drop_params=True,  # not as LiteLLM's own setting: it would send a call that was refused with 422 again
        **_parameters(request.connection),
    )


def _embed(connection: ModelConnection, texts: Sequence[str]) -> Any:
    litellm, keeps_no_log = _litellm()
    keeps_no_log.set(True)
    return litellm.embedding(input=list(texts), **_parameters(connection))


def _parameters(connection: ModelConnection) -> dict[str, Any]:
    reached_by = {
        "api_base": connection.api_base,
        "api_key": connection.api_key,
        "api_version": connection.api_version,
    }
    return {
        "model": connection.model,
        "timeout": settings.LLM_TIMEOUT_SECONDS,  # constant, because LiteLLM caches a client per timeout
        "max_retries": 0,
        **{name: value for name, value in reached_by.items() if value},
    }


@functools.cache
def _litellm() -> tuple[Any, ContextVar[bool]]:
    """Import LiteLLM, offline, silent and with WatchedTransport.

    The context variable marks a call as internal. LiteLLM then writes no log entry, which would put a copy of the
    prompt and the answer into a queue, and take a seventh of the processor time of a call.
    """
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import httpx
    import litellm
    from litellm._internal_context import is_internal_call

    from inference.gateway.watched import WatchedTransport

    litellm.telemetry = False
    # LiteLLM takes this number for embeddings when it is told 0.
    litellm.DEFAULT_MAX_RETRIES = 0  # type: ignore[attr-defined]
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.sync_transport = WatchedTransport()
    litellm.client_session = httpx.Client(transport=WatchedTransport())  # of the openai package, which takes a client
    return litellm, is_internal_call


def _translated(error: Exception) -> ModelError:
    """Turn an error of LiteLLM or of a provider's package into a ModelError without its text."""
    status = getattr(error, "status_code", None)
    chain = {type(cause).__name__ for cause in _causes(error)}
    if chain & {"ReadTimeout", "APITimeoutError", "ReadTimeoutError"}:
        return ModelTimedOut()
    if chain & {"ConnectTimeout", "ConnectError", "EndpointConnectionError"}:
        return ModelUnreachable()
    if "APIConnectionError" in chain:  # also where a connection broke after the request was sent
        return ModelUnreachable(was_sent=True)
    return ModelFailed(status if isinstance(status, int) and status >= 400 else 500)


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return causes
