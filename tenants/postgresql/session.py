"""The two session settings that row-level security reads."""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.pq import ExecStatus


def tell_scope(connection: Connection[Any], tenant_id: str, scope: str) -> None:
    """Set both settings in one round trip, directly through libpq, because this runs on every borrowed connection.

    tenant_id: a UUID, or empty; scope: `tenant`, `all` or empty. Never a value from a client.
    """
    result = connection.pgconn.exec_(f"set app.tenant_id = '{tenant_id}'; set app.scope = '{scope}'".encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise OperationalError("the scope could not be set")
