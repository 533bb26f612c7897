"""Writes that outlive a restart of PostgreSQL."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

DATABASE_ERRORS = (OperationalError, InterfaceError)
PAUSE_SECONDS = 0.5

Result = TypeVar("Result")


def persistently(write: Callable[[], Result], *, seconds: float = 20.0) -> Result:
    """Write, and try again for some time when the database cannot be reached.

    write: may run twice, as a connection can be lost after the commit. In a transaction it runs once.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return write()
        except DATABASE_ERRORS:
            if connection.in_atomic_block or time.monotonic() > end:
                raise
        connection.close()
        time.sleep(PAUSE_SECONDS)
