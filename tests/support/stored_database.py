"""The rows of a database, one a line, as `tests/upgrade/*.jsonl` has them.

The first line says which commit wrote the database and which migration each app had reached. Then comes a line for each
table with its name and columns, and below it the table's rows: arrays, as PostgreSQL writes them. Rows are compared as
text, in which PostgreSQL writes equal values alike.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, LiteralString

import psycopg
from psycopg import sql

LOAD = """
insert into {table} ({columns}) overriding system value
select {values}
from unnest(%s::text[]) as line, lateral jsonb_populate_record(null::{table}, (
    select jsonb_object_agg(name, line::jsonb -> (number - 1)::int)
    from unnest(%s::text[]) with ordinality as listed (name, number)
)) as stored
"""


@dataclass(frozen=True)
class StoredTable:
    """A table, its columns, and the text of each row."""

    name: str
    columns: tuple[str, ...]
    rows: list[str] = field(default_factory=list)

    def values(self, column: str) -> list[Any]:
        at = self.columns.index(column)
        return [json.loads(row)[at] for row in self.rows]


@dataclass(frozen=True)
class StoredDatabase:
    """All tables of a commit. leaves: the last migration of each app."""

    commit: str
    leaves: Mapping[str, str]
    tables: tuple[StoredTable, ...]


def read_database(path: Path) -> StoredDatabase:
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    tables: list[StoredTable] = []
    for line in lines:
        if line.startswith("{"):
            described = json.loads(line)
            tables.append(StoredTable(described["table"], tuple(described["columns"])))
        else:
            tables[-1].rows.append(line)
    return StoredDatabase(**json.loads(header), tables=tuple(tables))


def fill(connection: psycopg.Connection[Any], database: StoredDatabase) -> None:
    """Put the rows in the place of those that are there, past the triggers; the tables' owner can do that."""
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in database.tables)
    for table in database.tables:
        connection.execute(sql.SQL("alter table {} disable trigger user").format(sql.Identifier(table.name)))
    connection.execute(sql.SQL("truncate {} cascade").format(names))
    for table in database.tables:
        _insert(connection, table)
    connection.execute("set constraints all immediate")  # a table with checks that wait cannot be altered
    for table in database.tables:
        connection.execute(sql.SQL("alter table {} enable trigger user").format(sql.Identifier(table.name)))


def _insert(connection: psycopg.Connection[Any], table: StoredTable) -> None:
    statement = sql.SQL(LOAD).format(
        table=sql.Identifier(table.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        values=sql.SQL(", ").join(sql.Identifier("stored", column) for column in table.columns),
    )
    connection.execute(statement, [table.rows, list(table.columns)])
    if (sequence := _sequence_of(connection, table)) is not None:
        next_id = sql.SQL("select setval(%s, (select coalesce(max(id), 0) + 1 from {}), false)")
        connection.execute(next_id.format(sql.Identifier(table.name)), [sequence])


def _sequence_of(connection: psycopg.Connection[Any], table: StoredTable) -> str | None:
    if "id" not in table.columns:
        return None
    found = connection.execute("select pg_get_serial_sequence(%s, 'id')", [table.name]).fetchone()
    return found[0] if found else None


def losses(
    connection: psycopg.Connection[Any],
    database: StoredDatabase,
    *,
    renamed_tables: Mapping[str, str],
    renamed_columns: Mapping[tuple[str, str], str],
    converted_columns: Mapping[tuple[str, str], tuple[str, LiteralString]] = MappingProxyType({}),
) -> list[str]:
    """Return what the connected database lacks: tables, columns, and rows with the same values.

    converted_columns: the column that replaced another, and the SQL that makes the old value of its value.
    """
    return [
        loss
        for table in database.tables
        for loss in _losses_of(
            connection,
            table,
            name=renamed_tables.get(table.name, table.name),
            columns=[
                converted_columns.get((table.name, column), (renamed_columns.get((table.name, column), column), "{}"))
                for column in table.columns
            ],
        )
    ]


def _losses_of(
    connection: psycopg.Connection[Any], table: StoredTable, *, name: str, columns: list[tuple[str, LiteralString]]
) -> Iterator[str]:
    there = _columns_of(connection, name)
    if missing := [column for column, _ in columns if column not in there]:
        yield f"{name} has no {', '.join(missing)}"
        return
    statement = sql.SQL("select jsonb_build_array({})::text from {}").format(
        sql.SQL(", ").join(sql.SQL(value).format(sql.Identifier(column)) for column, value in columns),
        sql.Identifier(name),
    )
    found = Counter(row for (row,) in connection.execute(statement).fetchall())
    for row in (Counter(table.rows) - found).elements():
        yield f"{name} has no row {row}"


def _columns_of(connection: psycopg.Connection[Any], table: str) -> set[str]:
    statement = "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s"
    return {name for (name,) in connection.execute(statement, [table]).fetchall()}
