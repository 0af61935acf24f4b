"""Reading as of one moment: without what others write meanwhile, and without keeping them waiting."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from psycopg import IsolationLevel

READING = ("SELECT", "COPY (SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")
"""What a statement begins with that writes no row; no function that the program selects writes one."""


@dataclass
class Snapshot:
    """A snapshot that is open."""

    changes_before: int
    """Rows that the connection had written when it began; SQLite only."""
    only_read: bool = True
    """Whether none of its statements may have written anything."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What has been worked out for questions of this snapshot."""


_open: ContextVar[Snapshot | None] = ContextVar("snapshot", default=None)


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is asked in the block is answered as of one moment, that of its first question.

    Within another transaction it promises nothing more than that one.
    """
    if connection.in_atomic_block:
        yield
        return
    with _transaction():
        opened, around = Snapshot(_rows_written()), _open.get()
        _open.set(opened)
        try:
            with connection.execute_wrapper(partial(_noting_writes, opened)):
                yield
        finally:
            # Not by a token: files are read in generators, which may be closed elsewhere.
            _open.set(around)


def open_snapshot() -> Snapshot | None:
    """The snapshot in which the connection asks, as long as it has written nothing itself."""
    found = _open.get()
    if found is None or not connection.in_atomic_block or _rows_written() != found.changes_before:
        return None
    return found


@contextmanager
def _transaction() -> Iterator[None]:
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        session = connection.connection
        # It goes with BEGIN; SET TRANSACTION would be a statement more.
        usual, session.isolation_level = session.isolation_level, IsolationLevel.REPEATABLE_READ
        try:
            with transaction.atomic():
                yield
        finally:
            if not session.closed:
                session.isolation_level = usual
        return
    sqlite = cast("Any", connections[DEFAULT_DB_ALIAS])
    sqlite.ensure_connection()
    with ExitStack() as stack:
        # Transactions usually begin by keeping other writers out (`config.environment.sqlite`); not this one.
        usual, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
        try:
            stack.enter_context(transaction.atomic())
        finally:
            sqlite.transaction_mode = usual
        yield


def _noting_writes(opened: Snapshot, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    opened.only_read &= str(sql).lstrip("( \n").startswith(READING)
    return execute(sql, *rest)


def _rows_written() -> int:
    """Rows that this connection has written, on SQLite; `change_log.position` asks PostgreSQL itself."""
    if connection.vendor == "postgresql":
        return 0
    connection.ensure_connection()
    return int(connection.connection.total_changes)
