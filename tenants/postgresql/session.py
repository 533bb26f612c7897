"""The two session settings that row-level security reads."""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.pq import ExecStatus


def tell_scope(connection: Connection[Any], tenant_id: str, scope: str) -> None:
    """Set both in one round trip, straight through libpq: this runs before the first statement of every borrower.

    tenant_id: a UUID, or empty; scope: `tenant`, `all` or empty. Never anything a client sent.
    """
    result = connection.pgconn.exec_(f"set app.tenant_id = '{tenant_id}'; set app.scope = '{scope}'".encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise OperationalError("the scope could not be set")
