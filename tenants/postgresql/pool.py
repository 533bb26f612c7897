"""What happens to a connection that goes back to the pool. Imported by the settings: no Django here."""

from typing import Any

from psycopg import Connection

FORGET_SCOPE_SQL = "select set_config('app.tenant_id', '', false), set_config('app.scope', '', false)"


def forget_scope(connection: Connection[Any]) -> None:
    """Clear the scope, so that a connection never carries one tenant's sight to the next borrower."""
    connection.execute(FORGET_SCOPE_SQL)
    if not connection.autocommit:
        connection.commit()
