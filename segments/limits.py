"""Questions to the database that stop by themselves, and that a newer one of the same page stops."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

CANCELLED = "57014"
"""What PostgreSQL calls a statement that ran out of time or was cancelled (SQLSTATE)."""
STEPS = 10_000
"""How many of its steps SQLite goes between two looks at the clock: a millisecond or less."""


class TooSlowError(Exception):
    """The answer would have taken too long."""


class OvertakenError(Exception):
    """The same page has asked something newer meanwhile."""


@contextmanager
def limited(
    *, seconds: float, memory: int = 64, page: str = "", also_stops: Sequence[str] = ()
) -> Iterator[None]:
    """Ask within so many seconds a statement, and with so many megabytes for sorting and hashing.

    `page` names the page that asks, whatever its letters: on PostgreSQL, what it asked before is cancelled,
    and what was asked under the names in `also_stops`.
    TooSlowError, OvertakenError: the statement was stopped.
    """
    start = time.monotonic()
    stop = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    try:
        with stop(seconds, memory, [page, *also_stops] if page else []):
            yield
    except OperationalError as error:
        if not _was_stopped(error):
            raise
        overtaken = page and time.monotonic() - start < seconds
        raise (OvertakenError if overtaken else TooSlowError) from error


@contextmanager
def _on_postgresql(seconds: float, memory: int, pages: Sequence[str]) -> Iterator[None]:
    """The settings last until the end of the transaction.

    Compiling plans costs more than it saves here, and starting workers more than a few thousand rows do.
    """
    names = [f"segments:{hashlib.sha256(page.encode()).hexdigest()[:40]}" for page in pages]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %(milliseconds)s, true), set_config('jit', 'off', true),"
            " set_config('parallel_setup_cost', '5000', true),"
            " set_config('work_mem', %(memory)s, true), set_config('application_name', %(name)s, true),"
            " (SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
            "  WHERE application_name = ANY(%(names)s) AND datname = current_database()"
            "  AND usename = current_user AND pid <> pg_backend_pid())",
            {
                "milliseconds": str(int(seconds * 1000)),
                "memory": f"{memory}MB",
                "name": names[0] if names else "segments",
                "names": names,
            },
        )
        yield


@contextmanager
def _on_sqlite(seconds: float, _memory: int, _pages: Sequence[str]) -> Iterator[None]:
    """SQLite asks now and then whether to go on. In a transaction, it would keep others from writing."""
    deadline = time.monotonic() + seconds
    database = connection.connection
    database.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        yield
    finally:
        database.set_progress_handler(None, STEPS)


def _was_stopped(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == CANCELLED or str(error) == "interrupted"
