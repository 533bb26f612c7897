"""The translation of a violated constraint, such as a taken name, into Conflict."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import IntegrityError

from tenants.errors import Conflict


@contextmanager
def conflict_on(*constraints: str, message: str = "") -> Iterator[None]:
    """Raise Conflict where one of the named constraints is violated. Another violation is a defect, and passes.

    Deferred constraints are checked at the commit: for them, stand outside the transaction.
    message: for the person who reads it.
    """
    try:
        yield
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.IntegrityError) and cause.diag.constraint_name in constraints:
            raise Conflict(message) from error
        raise
