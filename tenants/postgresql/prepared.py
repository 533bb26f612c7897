"""Prepared statements, which PostgreSQL parses and plans once per connection, for the few that every call runs."""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.db import connection


def execute_prepared(statement: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Run a prepared statement in the current scope, as Django's cursors do, and return its rows.

    PostgreSQL recognises a statement by its text and the types of its parameters. Values are sent as text, so that
    their types never differ; PostgreSQL takes the types from the columns.
    """
    connection.ensure_connection()
    connection.connection.prepare_threshold = (
        0  # no effect on Django's own cursors, which put values into the statement
    )
    with connection.make_cursor(psycopg.Cursor(connection.connection)) as cursor:  # type: ignore[arg-type] # plain
        cursor.execute(statement, [_as_text(value) for value in values])
        return cursor.fetchall() if cursor.description else []


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return None if value is None else str(value)
