"""Run one prepared statement for a scope in a single round trip to PostgreSQL.

Preparation, scope and statement are sent together, in libpq's pipeline mode, and form one transaction. The scope is
local to it, so the connection has no scope before and after the statement.
"""

import functools
import hashlib
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, OperationalError, abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

TELL_SCOPE_SQL = "select set_config('app.tenant_id', %s, true), set_config('app.scope', %s, true)"


@dataclass(frozen=True)
class Statement:
    """A statement with numbered parameters, and the name under which a connection prepares it."""

    name: bytes
    sql: bytes


@dataclass
class Session:
    """State that is reused from one statement of a connection to the next.

    transformer: knows the adapters of all types that were met. prepared: the names of prepared statements.
    """

    transformer: abc.Transformer
    prepared: set[bytes] = field(default_factory=set)


_sessions: WeakKeyDictionary[Connection[Any], Session] = WeakKeyDictionary()


def run_in_scope(connection: Connection[Any], scope: Sequence[str], sql: str, values: Sequence[Any]) -> list[Any]:
    """Run a statement in a transaction of its own, in autocommit mode, and return its rows.

    scope: the values of `app.tenant_id` and `app.scope`. sql: with %s for every parameter.
    """
    steps = [(_statement(TELL_SCOPE_SQL), scope), (_statement(sql), values)]
    try:
        return _run(connection, steps)
    except InvalidSqlStatementName:  # psycopg deallocates all prepared statements after a rollback
        return _run(connection, steps)


@functools.cache
def _statement(sql: str) -> Statement:
    first, *others = sql.split("%s")
    numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
    return Statement(f"qfa_{hashlib.sha256(sql.encode()).hexdigest()[:16]}".encode(), numbered.encode())


def _run(connection: Connection[Any], steps: Sequence[tuple[Statement, Sequence[Any]]]) -> list[Any]:
    """Run the steps as one transaction, and return the rows of the last one."""
    session = _session_of(connection)
    transformer, prepared = session.transformer, session.prepared
    written = [transformer.dump_sequence(values, [PyFormat.TEXT] * len(values)) for _, values in steps]
    missing = [statement for statement, _ in steps if statement.name not in prepared]
    with _pipeline(connection) as pgconn:
        for statement in missing:
            pgconn.send_prepare(statement.name, statement.sql)
        for (statement, _), parameters in zip(steps, written, strict=True):
            pgconn.send_query_prepared(statement.name, parameters)
        pgconn.pipeline_sync()
        results = list(_results(pgconn))
    # Preparing is not undone when a later step fails.
    new = {statement.name for statement, result in zip(missing, results, strict=False) if _is_done(result)}
    prepared.update(new)
    if failed := next((result for result in results if not _is_done(result)), None):
        error = error_from_result(failed)
        if isinstance(error, InvalidSqlStatementName):  # all were deallocated, before those of this run were prepared
            prepared.intersection_update(new)
        raise error
    transformer.set_pgresult(results[-1])
    try:
        return transformer.load_rows(0, results[-1].ntuples, tuple)
    finally:
        transformer.set_pgresult(None)


def _session_of(connection: Connection[Any]) -> Session:
    session = _sessions.get(connection)
    if session is None:
        # Of the adapters alone: with a reference to the connection, the entry would outlive it.
        session = _sessions[connection] = Session(Transformer(connection.adapters))
    return session


def _is_done(result: PGresult) -> bool:
    return result.status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}


@contextmanager
def _pipeline(connection: Connection[Any]) -> Iterator[PGconn]:
    """Close the connection if the block fails, because answers may still be on their way."""
    try:
        connection.pgconn.enter_pipeline_mode()
        yield connection.pgconn
        connection.pgconn.exit_pipeline_mode()
    except BaseException:
        connection.close()
        raise


def _results(pgconn: PGconn) -> Iterator[PGresult]:
    """Yield all results up to the end of the pipeline. Waits without the interpreter's lock, as get_result does not."""
    poller = select.poll()
    poller.register(pgconn.socket, select.POLLIN | select.POLLOUT)
    while pgconn.flush():
        poller.poll()
        pgconn.consume_input()
    poller.modify(pgconn.socket, select.POLLIN)
    while True:
        while pgconn.is_busy():
            poller.poll()
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:  # the end of a statement's results
            if pgconn.status != ConnStatus.OK:
                raise OperationalError("the connection is lost")
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return
        else:
            yield result
