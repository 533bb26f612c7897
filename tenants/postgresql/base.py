"""The database wrapper that tells PostgreSQL the current scope, for row-level security.

Before a statement runs, the session settings `app.tenant_id` and `app.scope` are set if they differ from the scope in
force. Before a connection returns to the pool, they are cleared. PostgreSQL reverts them when the transaction or
savepoint in which they were set is rolled back, and a new connection has none; the wrapper sets them again then.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from tenants.postgresql.session import tell_scope
from tenants.scoping import Scope, scope_or_none


def as_settings(scope: Scope | None) -> tuple[str, str]:
    """Return the values of `app.tenant_id` and `app.scope`. With empty strings no row is visible."""
    if scope is None:
        return "", ""
    return ("", "all") if scope.tenant_id is None else (str(scope.tenant_id), "tenant")


class DatabaseWrapper(base.DatabaseWrapper):
    """Sets the scope of tenants/scoping.py on every connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: tuple[str, str] | None = None
        self.execute_wrappers.append(self._tell_scope)

    def init_connection_state(self) -> None:
        self._told = None
        super().init_connection_state()

    def _close(self) -> None:
        """Clear the scope before the connection returns to the pool, or close the connection where that fails.

        The pool's own `reset` would run in a thread of the pool, which every call would have to wake twice.
        """
        if self.connection is not None and self._told != as_settings(None):
            if not self._clear_scope():
                self.connection.close()
            self._told = None
        super()._close()  # type: ignore[misc] # not in the stubs

    def _clear_scope(self) -> bool:
        """Clear the session's scope; return False inside a transaction, or when the server is gone."""
        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            return False
        try:
            tell_scope(self.connection, *as_settings(None))
        except psycopg.OperationalError:
            return False
        return True

    def _rollback(self) -> None:
        self._told = None
        super()._rollback()  # type: ignore[misc] # not in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc] # not in the stubs
        self._told = None

    def _tell_scope(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        wanted = as_settings(scope_or_none())
        if wanted != self._told and not self._is_in_failed_transaction():
            with self.wrap_database_errors:  # Django wraps errors of the statement itself only
                tell_scope(self.connection, *wanted)
            self._told = wanted
        return execute(sql, params, many, context)

    def _is_in_failed_transaction(self) -> bool:
        """Tell whether a transaction has failed. Only a rollback can be executed then."""
        return bool(self.connection.info.transaction_status == TransactionStatus.INERROR)
