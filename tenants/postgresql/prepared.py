"""Statements that PostgreSQL parses and plans once a connection, for the few that are on every call's way."""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.db import connection


def execute_prepared(statement: str, values: Iterable[Any]) -> None:
    """Run a statement as Django's cursors do, the scope told before it.

    A statement is known again by its text and its parameters' types. So values are sent as text, and PostgreSQL takes
    the types from the columns they go to: a number's size, or its absence, makes no other statement.
    """
    connection.ensure_connection()
    connection.connection.prepare_threshold = 0  # means nothing to Django's own cursors, which send their values inside
    with connection.make_cursor(psycopg.Cursor(connection.connection)) as cursor:  # type: ignore[arg-type] # plain
        cursor.execute(statement, [None if value is None else str(value) for value in values])
