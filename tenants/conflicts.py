"""Translation of violated constraints, such as that of a taken name, into Conflict."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import IntegrityError

from tenants.errors import Conflict


@contextmanager
def conflict_on(*constraints: str, message: str = "") -> Iterator[None]:
    """Raise Conflict when a block violates one of the named constraints. Other violations are defects and pass.

    For deferred constraints the block has to contain the transaction, because they are checked at the commit.
    message: shown to the person who caused it.
    """
    try:
        yield
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.IntegrityError) and cause.diag.constraint_name in constraints:
            raise Conflict(message) from error
        raise
