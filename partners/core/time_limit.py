"""Queries that stop after a time-out, or when their page sends newer ones."""

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import ClientCursor

from partners.core.limits import limits
from partners.core.snapshot import snapshot

CANCELLED = "57014"
"""What PostgreSQL calls a statement that ran out of time or was cancelled (SQLSTATE)."""
CANCEL = (
    ", (SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
    "  WHERE application_name IN (%s) AND datname = current_database()"
    "  AND usename = current_user AND pid <> pg_backend_pid())"
)
"""Looking at all sessions takes six times as long as all else that a limit asks."""
STEPS_PER_LOOK = 10_000
"""Steps of SQLite's virtual machine between two looks at the clock: a millisecond or less."""
_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""When the innermost block of those that are open ends, on the clock of `time.monotonic`."""


class TooSlowError(Exception):
    """The answer would have taken too long."""


class SupersededError(Exception):
    """The same page has sent a newer request meanwhile."""


@contextmanager
def time_limit(
    *,
    seconds: float,
    memory_mb: int | None = None,
    page: str = "",
    also_stops: Sequence[str] = (),
    keeps: bool = False,
) -> Iterator[None]:
    """Ask within so many seconds, and with so many megabytes for sorting and hashing (None: the usual).

    No statement that goes through Django's cursors begins later, and none runs longer. A block within a block
    ends no later than it. `page` names the page that asks, whatever its letters: on PostgreSQL, the first
    statement cancels what it asked before, and what was asked under the names in `also_stops`. All is asked
    as of one moment (`partners.core.snapshot`). What is written is kept only with `keeps`.
    TooSlowError, SupersededError: the statement was stopped.
    """
    outer = _deadline.get()
    deadline = min(time.monotonic() + seconds, outer)
    names = [page, *also_stops] if page else []
    stop = (
        _on_postgresql(deadline, memory_mb or limits().query_memory_mb, names, keeps=keeps)
        if connection.vendor == "postgresql"
        else _on_sqlite(deadline, outer, keeps=keeps)
    )
    token = _deadline.set(deadline)
    try:
        with stop, connection.execute_wrapper(partial(_in_time, deadline)):
            yield
    except OperationalError as error:
        if not was_stopped(error):
            raise
        # PostgreSQL reports a time-out and a cancellation by another request in the same way.
        overtaken = page and time.monotonic() < deadline
        raise (SupersededError if overtaken else TooSlowError) from error
    finally:
        _deadline.reset(token)


def is_limited() -> bool:
    """Whether what is asked now is asked within a limit."""
    return _deadline.get() < math.inf


def was_stopped(error: BaseException) -> bool:
    """Whether this is a statement that was stopped."""
    return isinstance(error, OperationalError) and (
        getattr(error.__cause__, "sqlstate", None) == CANCELLED or str(error) == "interrupted"
    )


def _in_time(deadline: float, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    """Begin a statement, unless it is too late; what ends a block within this one has to go through."""
    if time.monotonic() > deadline and not sql.startswith(("ROLLBACK", "RELEASE")):
        raise TooSlowError
    return execute(sql, *rest)


@contextmanager
def _on_postgresql(deadline: float, memory_mb: int, pages: Sequence[str], *, keeps: bool) -> Iterator[None]:
    """The settings are the transaction's: rolling it back brings back those of the block around this one.

    Compiling plans costs more than it saves here, and starting workers more than a few thousand rows do.
    """
    names = [f"segments:{hashlib.sha256(page.encode()).hexdigest()[:40]}" for page in pages]
    settings = {
        "statement_timeout": max(math.ceil((deadline - time.monotonic()) * 1000), 1),
        "jit": "off",
        "parallel_setup_cost": 5000,
        "work_mem": f"{memory_mb}MB",
        "application_name": names[0] if names else "segments",
    }
    sets = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    cancel = CANCEL % ", ".join(f"'{name}'" for name in names) if names else ""
    setting = f"SELECT {sets}{cancel}"
    if connection.in_atomic_block and keeps:
        # No savepoint would part what is told here from what the block around this one has not told yet.
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(setting)
            yield
        return
    block = transaction.atomic() if connection.in_atomic_block else snapshot()
    with block, connection.execute_wrapper(_WithFirstStatement(setting)):
        yield
        if not keeps:
            transaction.set_rollback(True)


class _WithFirstStatement:
    """What PostgreSQL is told with the first statement that comes: in one way to it instead of two."""

    def __init__(self, setting: str) -> None:
        """A statement without parameters."""
        self._setting = setting

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        setting, self._setting = self._setting, ""
        if not setting:
            return execute(sql, params, *rest)
        try:
            return _execute_together(setting, execute, sql, params, *rest)
        except BaseException:
            # The statement may have failed before it was sent; what is told twice does no harm.
            self._setting = setting
            raise


def _execute_together(setting: str, execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
    many, context = rest
    cursor = context["cursor"].cursor
    if many or not isinstance(cursor, ClientCursor) or sql.lstrip()[:4].upper() == "COPY":
        # These go alone.
        with context["connection"].cursor() as another:
            another.execute(setting)
        return execute(sql, params, *rest)
    found = execute(f"{setting}; {sql}", params, *rest)
    # From what the setting gave to what the statement gives.
    cursor.nextset()
    return found


@contextmanager
def _on_sqlite(deadline: float, outer: float, *, keeps: bool) -> Iterator[None]:
    """SQLite asks now and then whether to go on."""
    _look_at_the_clock(deadline)
    try:
        with nullcontext() if keeps else snapshot():
            yield
    finally:
        _look_at_the_clock(outer)


def _look_at_the_clock(until: float) -> None:
    connection.ensure_connection()
    stop = None if until == math.inf else lambda: time.monotonic() > until
    connection.connection.set_progress_handler(stop, STEPS_PER_LOOK)
