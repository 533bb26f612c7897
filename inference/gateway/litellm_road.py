"""Every provider with a protocol of its own, called through LiteLLM.

LiteLLM is imported inside this module's functions only: it takes 2 s and 120 MB. Its `timeout` is per read, so an
attempt runs in a thread that is waited for until its time is up, and left behind then. Its error classes mislead, and
it follows redirects and reads answers of any size: what came over the wire is watched below it.
"""

import contextlib
import functools
import os
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from django.conf import settings

from inference.errors import ModelError, ModelFailed, ModelTimedOut, ModelUnreachable
from inference.gateway.calls import ModelRequest
from inference.gateway.chat import chat_parameters
from inference.gateway.dialects import Dialect
from tenants.outgoing.clocks import Clock

Result = TypeVar("Result")


def complete(request: ModelRequest, dialect: Dialect, *, timeout_seconds: float) -> Any:
    """Make one call and return the completion, as the server sent it or as LiteLLM made it. Raises ModelError."""
    from inference.gateway.watched import Watch, current_watch

    load()  # before the clock runs
    watch = Watch(Clock(timeout_seconds), request.max_answer_bytes)
    current_watch.set(watch)
    try:
        made = _within(timeout_seconds, functools.partial(_call, request, dialect))
    except ModelTimedOut:
        raise
    except Exception as error:  # noqa: BLE001  (vendor errors share no base class)
        completion = watch.completion()
        if completion is None:
            raise watch.error() or _translated(error) from None
        return completion
    if watch.status is not None and not watch.has_succeeded:  # LiteLLM makes answers of some errors
        raise watch.error() or ModelFailed(watch.status)
    return watch.completion() or made


def import_litellm() -> None:
    """Import LiteLLM alone: no call, and so no event loop of its own."""
    _litellm()


@functools.cache
def load() -> None:
    """Import LiteLLM and all that it imports late, by one call to a local port where nobody listens."""
    litellm, _ = _litellm()
    with contextlib.suppress(Exception):
        litellm.completion("openai/nobody", [], api_base="http://127.0.0.1:9", api_key="none", max_retries=0)


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


def _call(request: ModelRequest, dialect: Dialect) -> Any:
    connection = request.connection
    reached_by = {
        "api_base": connection.api_base,
        "api_key": connection.api_key,
        "api_version": connection.api_version,
    }
    litellm, keeps_no_log = _litellm()
    keeps_no_log.set(True)
    return litellm.completion(
        model=connection.model,
        **chat_parameters(request, dialect),
        timeout=settings.LLM_TIMEOUT_SECONDS,  # constant: LiteLLM caches a client for each timeout
        max_retries=0,
        drop_params=True,  # not as LiteLLM's own setting: it would send a call that was refused with 422 again
        **{name: value for name, value in reached_by.items() if value},
    )


@functools.cache
def _litellm() -> tuple[Any, ContextVar[bool]]:
    """Import LiteLLM, offline, silent and with a transport of ours.

    The context variable says, where it is set, that a call is another's part: LiteLLM then makes no log entry of it,
    which would be a copy of the prompt and the answer in a queue, and a seventh of what a call costs.
    """
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import httpx
    import litellm
    from litellm._internal_context import is_internal_call

    from inference.gateway.watched import WatchedTransport

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.sync_transport = WatchedTransport()
    litellm.client_session = httpx.Client(transport=WatchedTransport())  # of the openai package, which takes a client
    return litellm, is_internal_call


def _translated(error: Exception) -> ModelError:
    """Turn an error of LiteLLM's own, or of a provider's package, into one of ours, with none of its text."""
    status = getattr(error, "status_code", None)
    chain = {type(cause).__name__ for cause in _causes(error)}
    if chain & {"ReadTimeout", "APITimeoutError", "ReadTimeoutError"}:
        return ModelTimedOut()
    if chain & {"ConnectTimeout", "APIConnectionError", "ConnectError", "EndpointConnectionError"}:
        return ModelUnreachable()
    return ModelFailed(status if isinstance(status, int) and status >= 400 else 500)


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return causes
