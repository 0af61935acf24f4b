"""What an error of the database means."""

from collections.abc import Iterator

from django.db import OperationalError

LOCKED = ("database is locked", "database table is locked")
"""How SQLite says, after its `timeout`, that another connection still writes."""
IN_THE_WAY = ("40001", "40P01", "55P03", "57014")
"""How PostgreSQL says that others were in the way (SQLSTATE): of two writers it stops one where neither could
go on, and a statement that waits for longer than the server lets it. What they wrote is rolled back."""
OUT_OF_REACH = (None, "57P01", "57P02", "57P03")
"""How PostgreSQL says that it is being stopped or started. None: it said nothing, there is no connection."""


def is_busy(error: BaseException | None) -> bool:
    """Whether another one's writing stood in the way, whatever was made of it since.

    Django takes a session that could not be saved for one that was deleted.
    """
    return any(str(one) in LOCKED or _sqlstate(one) in IN_THE_WAY for one in _of_the_database(error))


def is_out_of_reach(error: BaseException | None) -> bool:
    """Whether PostgreSQL could not be asked, or was stopped before it answered."""
    return any(_sqlstate(one) in OUT_OF_REACH for one in _of_the_database(error))


def _of_the_database(error: BaseException | None) -> Iterator[OperationalError]:
    while error:
        if isinstance(error, OperationalError):
            yield error
        error = error.__context__


def _sqlstate(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "sqlstate", "")
