"""Run several model calls of one operation at a time.

`fan_out` is for parts that are needed together, `fan_out_records` for records that are answered one by one.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Generic, TypeAlias, TypeVar

from django.conf import settings
from django.db import connection as database

from inference.errors import InsufficientTime, ModelError, ModelUnavailable, OperationTimedOut, TooManyTokens
from usage.failure_reasons import FailureReason

Item = TypeVar("Item")
Result = TypeVar("Result")

RecordError: TypeAlias = ModelError | ModelUnavailable | OperationTimedOut | TooManyTokens
RECORD_ERRORS = (ModelError, ModelUnavailable, OperationTimedOut, TooManyTokens)
"""Errors of one record. Every other error (budget, redaction, a defect) ends the whole operation."""

MAX_PROVIDER_FAILURES_BEFORE_ANSWER = 3
REASONS_ABOUT_PROVIDER = {
    FailureReason.AUTHENTICATION,
    FailureReason.MODEL_NOT_FOUND,
    FailureReason.RATE_LIMITED,
    FailureReason.TIMEOUT,
    FailureReason.UNREACHABLE,
    FailureReason.PROVIDER_ERROR,
}
# Providers name a request unsupported also when they only dislike a text, so that other records may still be answered.
REASONS_ABOUT_RECORD = {
    FailureReason.CONTENT_FILTER,
    FailureReason.UNSUPPORTED_REQUEST,
    FailureReason.CONTEXT_LENGTH,
    FailureReason.OUTPUT_CUT_OFF,
    FailureReason.REFUSAL,
    FailureReason.INVALID_ANSWER,
}


def fan_out(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Do work for all items, at most FAN_OUT_THREADS at a time, and return the results in order.

    The first error is raised, and no further item is started.
    """
    if len(items) <= 1:
        return [work(item) for item in items]
    # The threads need connections of the pool; a waiting caller must not hold one.
    release_connection()
    with ThreadPoolExecutor(min(len(items), settings.FAN_OUT_THREADS)) as pool:
        try:
            # Threads do not inherit context variables, and so not the tenant in scope.
            futures = [pool.submit(copy_context().run, _return_connection_after, work, item) for item in items]
            finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
            return [future.result() for future in futures]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def fan_out_records(
    work: Callable[[Item], Result], items: Sequence[Item], *, start_by: float = math.inf
) -> list[Result | RecordError]:
    """Do work for all records as fan_out does. A record that a model failed on has the error as its result.

    start_by: by the monotonic clock. The result of a record that has not started by then is InsufficientTime.
    """
    return fan_out(_RecordWork(work, start_by), items)


def ensure_any_answered(results: Sequence[Result | RecordError]) -> None:
    """Raise the error of a batch in which no record was answered."""
    errors = [result for result in results if isinstance(result, RECORD_ERRORS)]
    if errors and len(errors) == len(results):
        # An error of the provider may pass, and tells the caller to come back. An error of a record does not pass.
        raise next((error for error in errors if not _is_about_record(error)), errors[0])


def answered(result: Result | RecordError) -> Result:
    """Return a record's result, and raise it where it is an error."""
    if isinstance(result, RECORD_ERRORS):
        raise result
    return result


class _RecordWork(Generic[Item, Result]):
    """Turn errors of records into results.

    If the provider fails before any record was answered, the remaining records get the same failure without a call:
    further calls would delay the response and burden a failing provider.
    """

    def __init__(self, work: Callable[[Item], Result], start_by: float) -> None:
        self._work = work
        self._start_by = start_by
        self._lock = threading.Lock()
        self._is_any_answered = False
        self._provider_failures: list[RecordError] = []

    def __call__(self, item: Item) -> Result | RecordError:
        if self._is_hopeless():
            return self._provider_failures[0]
        if time.monotonic() >= self._start_by:
            return InsufficientTime()
        try:
            result = self._work(item)
        except RECORD_ERRORS as error:
            if not _is_about_record(error):
                with self._lock:
                    self._provider_failures.append(error)
            return error
        self._is_any_answered = True
        return result

    def _is_hopeless(self) -> bool:
        failures = len(self._provider_failures)
        return not self._is_any_answered and failures >= MAX_PROVIDER_FAILURES_BEFORE_ANSWER


def _is_about_record(error: RecordError) -> bool:
    """Return whether the error concerns this record only, so that others may still be answered."""
    return isinstance(error, TooManyTokens) or (isinstance(error, ModelError) and error.reason in REASONS_ABOUT_RECORD)


def _return_connection_after(work: Callable[[Item], Result], item: Item) -> Result:
    try:
        return work(item)
    finally:
        database.close()


def release_connection() -> None:
    """Give the database connection back to the pool before a wait, unless a transaction needs it."""
    if not database.in_atomic_block:
        database.close()
