"""Several model calls of one operation at a time, and what threads owe the database pool."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.conf import settings
from django.db import connection as database

Item = TypeVar("Item")
Result = TypeVar("Result")


def fan_out(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Do work for each item, at most FAN_OUT_THREADS at a time, results in order; the first error ends it.

    Threads do not inherit context variables: each gets a copy, and so the tenant in scope. The caller's database
    connection is given back first: callers that kept theirs while they wait would leave none for the threads.
    """
    if len(items) <= 1:
        return [work(item) for item in items]
    release_connection()
    with ThreadPoolExecutor(min(len(items), settings.FAN_OUT_THREADS)) as pool:
        waiting = [pool.submit(copy_context().run, _returning_connection, work, item) for item in items]
        try:
            return [each.result() for each in waiting]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _returning_connection(work: Callable[[Item], Result], item: Item) -> Result:
    try:
        return work(item)
    finally:
        database.close()


def release_connection() -> None:
    """Give the database connection back to the pool before a wait, unless a transaction needs it."""
    if not database.in_atomic_block:
        database.close()
