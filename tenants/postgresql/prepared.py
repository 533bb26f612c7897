"""Prepared statements, which PostgreSQL parses and plans once per connection, for the few that every call runs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from tenants.postgresql.base import as_settings
from tenants.postgresql.one_trip import run_in_scope
from tenants.scoping import scope_or_none


def execute_prepared(statement: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Run a prepared statement in the current scope, and return its rows.

    PostgreSQL recognises a statement by its text and the types of its parameters. Values are sent as text, so that
    their types never differ; PostgreSQL takes the types from the columns.
    Outside a transaction this is one round trip, on a connection that is borrowed for its duration.
    """
    written = [_as_text(value) for value in values]
    if _is_in_transaction():
        return _within_transaction(statement, written)
    with connection.wrap_database_errors, _borrowed() as borrowed:
        return run_in_scope(borrowed, as_settings(scope_or_none()), statement, written)


def _is_in_transaction() -> bool:
    opened = connection.connection
    return connection.in_atomic_block or (opened is not None and not opened.autocommit)


def _within_transaction(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """Run the statement as Django's cursors do, which see to the transaction and to the scope."""
    connection.ensure_connection()
    # No effect on Django's own cursors, which put values into the statement.
    connection.connection.prepare_threshold = 0
    with connection.make_cursor(psycopg.Cursor(connection.connection)) as cursor:  # type: ignore[arg-type] # plain
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def _borrowed() -> Iterator[psycopg.Connection[Any]]:
    """Lend this thread's connection if it is open, and one of the pool otherwise."""
    pool = connection.pool if connection.connection is None else None  # type: ignore[attr-defined] # not in the stubs
    if pool is None:
        connection.ensure_connection()
        yield connection.connection
        return
    pool.open()
    lent = pool.getconn()
    try:
        yield lent
    finally:
        pool.putconn(lent)


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return None if value is None else str(value)
