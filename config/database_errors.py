"""What an error of the database means."""

import errno
from collections.abc import Iterator

from django.db import DatabaseError, OperationalError

LOCKED = ("database is locked", "database table is locked")
"""How SQLite says, after its `timeout`, that another connection still writes."""
IN_THE_WAY = ("40001", "40P01", "55P03", "57014")
"""How PostgreSQL says that others were in the way (SQLSTATE): of two writers it stops one where neither could
go on, and a statement that waits for longer than the server lets it. What they wrote is rolled back."""
OUT_OF_REACH = (None, "57P01", "57P02", "57P03", "57P05", "53300")
"""How PostgreSQL says that it is being stopped or started, or lets no more in. None: it said nothing, there
is no connection."""
BROKEN_CONNECTION = "08"
"""How the codes begin with which PgBouncer says so."""
READ_ONLY = "25006"
"""How a server says that it is a standby by now: the primary is another one."""
FULL = ("53100", "53200")
"""How PostgreSQL says that its disk or memory is full."""
FULL_SQLITE = "database or disk is full"


def is_busy(error: BaseException | None) -> bool:
    """Whether another one's writing stood in the way, whatever was made of it since.

    Django takes a session that could not be saved for one that was deleted.
    """
    return any(str(one) in LOCKED or _sqlstate(one) in IN_THE_WAY for one in _of_the_database(error))


def is_out_of_reach(error: BaseException | None) -> bool:
    """Whether PostgreSQL could not be asked, was stopped before it answered, or is no primary any more."""
    codes = [_sqlstate(one) for one in _of_the_database(error)]
    is_away = any(code in OUT_OF_REACH or str(code).startswith(BROKEN_CONNECTION) for code in codes)
    return is_away or is_read_only(error)


def is_read_only(error: BaseException | None) -> bool:
    """Whether the server that was asked to write is a standby by now."""
    return any(_sqlstate(one) == READ_ONLY for one in _chain(error) if isinstance(one, DatabaseError))


def is_full(error: BaseException | None) -> bool:
    """Whether there was no room for what was to be written, in the database or in a file."""
    return any(
        one.errno == errno.ENOSPC
        if isinstance(one, OSError)
        else isinstance(one, DatabaseError) and (_sqlstate(one) in FULL or str(one) == FULL_SQLITE)
        for one in _chain(error)
    )


def _of_the_database(error: BaseException | None) -> Iterator[OperationalError]:
    return (one for one in _chain(error) if isinstance(one, OperationalError))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those while whose handling it was raised."""
    while error:
        yield error
        error = error.__context__


def _sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, "sqlstate", "")
