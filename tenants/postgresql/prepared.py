"""Statements that PostgreSQL parses and plans once a connection, for the few that are on every call's way."""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.db import connection


def execute_prepared(statement: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Run a statement as Django's cursors do, the scope told before it; return its rows, if it has any.

    A statement is known again by its text and its parameters' types. So values are sent as text, lists as lists of it,
    and PostgreSQL takes the types from the columns they go to: a number's size, or its absence, makes no other
    statement.
    """
    connection.ensure_connection()
    connection.connection.prepare_threshold = 0  # means nothing to Django's own cursors, which send their values inside
    with connection.make_cursor(psycopg.Cursor(connection.connection)) as cursor:  # type: ignore[arg-type] # plain
        cursor.execute(statement, [_as_text(value) for value in values])
        return cursor.fetchall() if cursor.description else []


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return None if value is None else str(value)
